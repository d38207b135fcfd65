import JSON
import Kernels
import Models
import Platform
import Testing
import Weights

/// Model files with flipped bytes in their tables, taken as far as a step of the model: an error or an answer.
@Suite struct DamagedModelTests {
    @Test("Loaded and run, or refused", arguments: 0..<6)
    func load(seed: Int) throws {
        let whole = try Fixture.bytes(seed.isMultiple(of: 2) ? "qwen2-yarn-F32.gguf" : "qwen2-tiny-Q4_0.gguf")
        let dataStart = try #require(try GGUFFile(bytes: whole, path: "x").tensors.map(\.byteOffset).min())
        let compute = Compute(
            instructionSet: KernelChoice.automatic.instructionSet, activations: .f32, pool: ComputePool(threads: 1))
        var random = SeededBytes(state: UInt64(seed) &* 77 &+ 5)
        var refused = 0
        for _ in 0..<400 {
            var damaged = whole
            damaged[random.below(dataStart)] = UInt8(truncatingIfNeeded: random.next() >> 20)
            do {
                let file = try GGUFFile(bytes: damaged, path: "damaged.gguf")
                try step(file, compute)
            } catch {
                #expect(error.file == "damaged.gguf")
                refused += 1
            }
        }
        #expect(refused > 50 && refused < 400)
    }

    @Test("Folders with flipped bytes: loaded and run, or refused", arguments: 0..<4)
    func loadFolder(seed: Int) throws {
        let weights = try Fixture.bytes("checkpoints/qwen3-tiny/model.safetensors")
        let configuration = try Fixture.bytes("checkpoints/qwen3-tiny/config.json")
        let header = 8 + (0..<8).reduce(0) { $0 | Int(weights[$1]) << (8 * $1) }
        let compute = Compute(
            instructionSet: KernelChoice.automatic.instructionSet, activations: .f32, pool: ComputePool(threads: 1))
        var random = SeededBytes(state: UInt64(seed) &* 91 &+ 3)
        var refused = 0
        for round in 0..<300 {
            var (damagedWeights, damagedText) = (weights, configuration)
            // Digits stay digits most of the time, so that more than the syntax is tested.
            let change = UInt8(truncatingIfNeeded: random.next() >> 20)
            if round.isMultiple(of: 2) {
                damagedWeights[random.below(header)] = round % 4 == 0 ? 0x30 + change % 10 : change
            } else {
                damagedText[random.below(damagedText.count)] = round % 4 == 1 ? 0x30 + change % 10 : change
            }
            do {
                let json = try JSONParser.parse(damagedText, limits: .file)
                let shard = try SafetensorsFile(bytes: damagedWeights, path: "damaged")
                try step(try CheckpointFolder(configuration: json, shards: [shard], path: "damaged"), compute)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 50 && refused < 300)
    }

    private func step(_ file: any TensorFile, _ compute: Compute) throws(WeightsError) {
        let shape = try ModelLoader.shape(of: file)
        let extent = ServingExtent(
            context: 16, kvFormat: .f32, pages: 1, pageTokens: 8, maximumRows: 3, maximumOutputs: 1, threads: 1,
            drafting: nil)
        let plan = try ModelLoader.memoryPlan(file, .none, extent)
        guard plan.totalBytes < 64 << 20, shape.trainedContext >= 16 else { return }
        let model = try ModelLoader.load(file, compute: compute, context: 16) { _ in }
        guard
            let cache = try? KVCache(
                pages: 1, pageTokens: 8, layers: shape.layers, kvHeads: shape.kvHeads,
                headDimension: shape.headDimension, format: .f32)
        else { return }
        let workspace = Workspace(shape: shape, maximumRows: 3, maximumOutputs: 1)
        let row = BatchRow(tokens: [0, 1, 2], position: 0, pages: [0], outputs: .last)
        model.forward([row], cache: cache, workspace: workspace)
    }
}

/// Files of `Tests/Fixtures`.
enum Fixture {
    static func path(_ name: String) -> String {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        return parts.joined(separator: "/") + "/Fixtures/" + name
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        let file = try MappedFile(path: path(name))
        var result: [UInt8] = []
        unsafe file.bytes.withUnsafeBytes { unsafe result.append(contentsOf: $0) }
        return result
    }
}

/// A small generator, so that a failing seed can be run again.
private struct SeededBytes {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 11
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
