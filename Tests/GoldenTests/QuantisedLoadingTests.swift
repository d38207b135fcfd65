import FoundationEssentials
import Kernels
import Models
import Platform
import Testing
import Weights

/// Weights that are made smaller while they are loaded: the same whether by way of a file, a cache or neither.
@Suite struct QuantisedLoadingTests {
    static let quantisations: [Quantisation] = [.q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .q4_k, .q5_k, .q6_k, .f16, .f32]
    /// A folder in BF16, and a file in F32.
    private static let folder = Fixture.path("checkpoints/qwen2-tiny-bf16-sharded")
    private static let file = Fixture.path("qwen2-yarn-F32.gguf")
    private static let prompt: [Int32] = [5, 1, 4, 9, 3, 8]
    private static let setting = ModelRun.Setting(
        instructionSet: KernelChoice.automatic.instructionSet, threads: 2, activations: .int8, kvFormat: .f32)

    /// A folder that is gone when the test is over.
    private final class Scratch {
        let path: String

        init() throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "michat-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            path = folder.path
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func file(_ name: String) -> String { path + "/" + name }
    }

    /// A store in a folder, which remembers what it was told.
    private final class Store: WeightStore {
        let folder: String
        var outcomes: [CacheOutcome] = []

        init(_ folder: String) { self.folder = folder }

        func open(_ name: String) -> PackedFile? {
            guard FileName.isTaken(folder + "/" + name) else { return nil }
            do {
                return try PackedFile(path: folder + "/" + name)
            } catch {
                outcomes.append(.refused("\(error)"))
                return nil
            }
        }

        func create(_ name: String, byteCount: Int, matrices: Int, sources: Int) -> PackedFileWriter? {
            try? PackedFileWriter(path: folder + "/" + name, matrices: matrices, sources: sources)
        }

        func report(_ outcome: CacheOutcome) { outcomes.append(outcome) }
    }

    private static func open(_ path: String) throws -> any TensorFile {
        path.hasSuffix(".gguf") ? try GGUFFile(path: path) : try CheckpointFolder(path: path)
    }

    private static func logits(
        _ path: String, _ quantisation: Quantisation, _ store: Store? = nil
    ) throws -> [[UInt32]] {
        let run = try ModelRun(try open(path), setting, quantisation, store)
        return run.logits(prompt).map { (row: [Float]) in row.map(\.bitPattern) }
    }

    private static func convert(_ path: String, _ quantisation: Quantisation, to target: String) throws {
        let conversion = try ModelConversion(try open(path), quantisation, includesDraft: true)
        let values = try conversion.values()
        let compute = Compute(
            instructionSet: KernelChoice.automatic.instructionSet, activations: .f32, pool: ComputePool(threads: 2))
        let new = try NewFile(path: target, isPrivate: false)
        try conversion.write(
            to: { (tensors) throws(WeightsError) in try GGUFWriter(new, values: values, tensors: tensors) },
            compute: compute, progress: { _ in })
    }

    @Test(arguments: quantisations, [folder, file])
    func equalsLoadingAConvertedFile(_ quantisation: Quantisation, _ source: String) throws {
        let scratch = try Scratch()
        try Self.convert(source, quantisation, to: scratch.file("out.gguf"))
        let converted = try Self.logits(scratch.file("out.gguf"), .none)
        #expect(try Self.logits(source, quantisation) == converted)
        // What is in blocks already stays; what was kept because no block fits stays too.
        #expect(try Self.logits(scratch.file("out.gguf"), quantisation) == converted)
        #expect(!FileName.isTaken(scratch.file("out.gguf.part")))
    }

    /// L1: what a folder says about its context holds for the file made of it, too.
    @Test(arguments: [
        (
            "qwen2-tiny", "\"max_position_embeddings\": 4096",
            """
            "max_position_embeddings": 1024, "rope_scaling": {"type": "yarn", "factor": 4.0,
            "original_max_position_embeddings": 1024}
            """, 4096
        )
    ])
    func l1_aStretchedContextSurvivesConversion(name: String, field: String, changed: String, context: Int) throws {
        let scratch = try Scratch()
        let files = FileManager.default
        for file in try files.contentsOfDirectory(atPath: Fixture.path("checkpoints/\(name)")) {
            let source = URL(filePath: Fixture.path("checkpoints/\(name)")).appending(path: file)
            try Data(contentsOf: source.resolvingSymlinksInPath()).write(to: URL(filePath: scratch.file(file)))
        }
        let text = try String(contentsOfFile: scratch.file("config.json"), encoding: .utf8)
        let other = text.replacing(field, with: changed)
        try #require(other != text)
        try other.write(toFile: scratch.file("config.json"), atomically: true, encoding: .utf8)
        try Self.convert(scratch.path, .none, to: scratch.file("out.gguf"))
        for path in [scratch.path, scratch.file("out.gguf")] {
            #expect(try ModelLoader.shape(of: Self.open(path)).trainedContext == context, "\(path)")
        }
        #expect(try Self.logits(scratch.path, .none) == Self.logits(scratch.file("out.gguf"), .none))
    }

    @Test func convertingWithoutQuantisingKeepsTheBytes() throws {
        let scratch = try Scratch()
        try Self.convert(Self.file, .none, to: scratch.file("out.gguf"))
        let before = try GGUFFile(path: Self.file)
        let after = try GGUFFile(path: scratch.file("out.gguf"))
        #expect(Set(before.tensors.map(\.name)) == Set(after.tensors.map(\.name)))
        for tensor in before.tensors {
            let other = try #require(after.tensor(tensor.name))
            #expect(other.dimensions == tensor.dimensions && other.type == tensor.type, "\(tensor.name)")
            let isEqual = unsafe before.bytes(of: tensor).withUnsafeBytes { left in
                unsafe after.bytes(of: other).withUnsafeBytes { right in unsafe left.elementsEqual(right) }
            }
            #expect(isEqual, "\(tensor.name)")
        }
    }

    /// The drafting layer under NextN's names: the projection's halves have changed places, everything else is as it was.
    @Test func theDraftingLayerIsWrittenInTheOtherOrder() throws {
        let scratch = try Scratch()
        let source = try CheckpointFolder(path: Fixture.path("checkpoints/mimo-tiny"))
        try Self.convert(source.path, .f32, to: scratch.file("out.gguf"))
        let written = try GGUFFile(path: scratch.file("out.gguf"))
        let layers = try #require(try source.metadata.int("MiMoForCausalLM.block_count"))
        let before = try #require(source.tensor("model.mtp_layers.0.input_proj.weight"))
        let after = try #require(written.tensor("blk.\(layers).nextn.eh_proj.weight"))
        #expect(after.dimensions == before.dimensions)
        let stored = try #require(ElementFormat.allCases.first { $0.name == before.type.name })
        let values = Decoding.decode(source.bytes(of: before), format: stored, count: before.elements)
        let swapped = Decoding.decode(written.bytes(of: after), format: .f32, count: after.elements)
        let width = before.dimensions[0]
        let expected = values.indices.map { (index: Int) -> Float in
            values[index / width * width + (index + width / 2) % width]
        }
        #expect(swapped == expected)
        #expect(try written.metadata.int("qwen2.nextn_predict_layers") == 1)
        #expect(try written.metadata.int("qwen2.block_count") == layers + 1)
        #expect(try ModelLoader.shape(of: written).draftLayers == 1)
    }

    @Test(arguments: [Quantisation.q8_0, .q4_0, .q4_k, .r8])
    func aCacheGivesTheSameBits(_ quantisation: Quantisation) throws {
        let scratch = try Scratch()
        let store = Store(scratch.path)
        let plain = try Self.logits(Self.folder, quantisation)
        let cold = try Self.logits(Self.folder, quantisation, store)
        let warm = try Self.logits(Self.folder, quantisation, store)
        #expect(plain == cold && cold == warm)
        guard store.outcomes.count == 2, case .written(let bytes) = store.outcomes[0] else {
            Issue.record("\(store.outcomes)")
            return
        }
        #expect(store.outcomes[1] == .hit(bytes: bytes))
    }

    /// No GGUF file holds R8, so that nobody takes such a file for another one.
    @Test func r8IsNotWrittenIntoFiles() throws {
        let error = #expect(throws: WeightsError.self) {
            _ = try ModelConversion(try Self.open(Self.folder), .r8, includesDraft: false)
        }
        #expect(error?.description.contains("no GGUF file holds it") == true)
    }

    /// R8 is made of what a file holds in blocks, too.
    @Test func r8TakesBlocks() throws {
        let path = Fixture.path("qwen2-tiny-Q8_0.gguf")
        let stored = try Self.logits(path, .none), made = try Self.logits(path, .r8)
        #expect(made != stored)
        for (row, other) in zip(stored, made) {
            let values = row.map { Float(bitPattern: $0) }
            let distance = zip(values, other).reduce(Float(0)) { max($0, abs($1.0 - Float(bitPattern: $1.1))) }
            let spread = (values.max() ?? 0) - (values.min() ?? 0)
            #expect(distance < spread / 20, "\(distance) of \(spread)")
        }
    }

    @Test func whatIsNotQuantisedIsNotCached() throws {
        let scratch = try Scratch()
        let store = Store(scratch.path)
        _ = try Self.logits(Self.folder, .none, store)
        _ = try Self.logits(Fixture.path("qwen2-tiny-Q8_0.gguf"), .q4_0, store)
        #expect(store.outcomes.isEmpty)
    }

    /// Wherever a byte is wrong, the cache is made anew and nobody sees a wrong number.
    @Test(arguments: [0, 17, 30, 60, 130, 4096 + 5, -1, -4000])
    func aDamagedCacheIsMadeAnew(_ place: Int) throws {
        let scratch = try Scratch()
        let store = Store(scratch.path)
        let cold = try Self.logits(Self.folder, .q8_0, store)
        let name = try #require(try Folder.names(scratch.path).first)
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: scratch.file(name))))
        // The last bytes of the file fill a page and belong to no matrix.
        let last = bytes.lastIndex { $0 != 0 } ?? 0
        bytes[place >= 0 ? place : last + 1 + place] ^= 0x40
        try Data(bytes).write(to: URL(filePath: scratch.file(name)))
        #expect(try Self.logits(Self.folder, .q8_0, store) == cold)
        guard store.outcomes.count == 3, case .refused = store.outcomes[1], case .written = store.outcomes[2] else {
            Issue.record("\(store.outcomes)")
            return
        }
        #expect(try Self.logits(Self.folder, .q8_0, store) == cold)
    }

    @Test(arguments: [0, 1, 16, 56, 4095, 5000])
    func aCacheThatIsCutShortIsMadeAnew(_ count: Int) throws {
        let scratch = try Scratch()
        let store = Store(scratch.path)
        let cold = try Self.logits(Self.folder, .q8_0, store)
        let name = try #require(try Folder.names(scratch.path).first)
        let bytes = try Data(contentsOf: URL(filePath: scratch.file(name)))
        try bytes.prefix(count).write(to: URL(filePath: scratch.file(name)))
        #expect(try Self.logits(Self.folder, .q8_0, store) == cold)
        #expect(store.outcomes.count == 3)
    }

    /// Another model of the same shape and size, in the same place, is not taken for the old one; a copy is.
    @Test func contentDecides() throws {
        let scratch = try Scratch()
        let store = Store(scratch.path + "/cache")
        try FileManager.default.createDirectory(atPath: store.folder, withIntermediateDirectories: false)
        let path = scratch.file("model.gguf")
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: Self.file)))
        try Data(bytes).write(to: URL(filePath: path))
        let first = try Self.logits(path, .q8_0, store)
        try Data(bytes).write(to: URL(filePath: scratch.file("copy.gguf")))
        #expect(try Self.logits(scratch.file("copy.gguf"), .q8_0, store) == first)
        guard case .hit? = store.outcomes.last else {
            Issue.record("\(store.outcomes)")
            return
        }
        // One weight in the middle of the last tensor.
        let tensors = try GGUFFile(path: path).tensors.filter { $0.dimensions.count == 2 }
        let tensor = try #require(tensors.last)
        bytes[tensor.byteOffset + tensor.byteCount / 2] ^= 0x40
        try Data(bytes).write(to: URL(filePath: path))
        let second = try Self.logits(path, .q8_0, store)
        #expect(second == (try Self.logits(path, .q8_0)))
        #expect(store.outcomes.contains(.refused("the model has changed")))
    }

    /// Packed matrices outlive the program that wrote them: another layout or encoder needs another version number.
    @Test func theLayoutIsThatOfItsVersion() throws {
        let compute = Compute(
            instructionSet: KernelChoice.automatic.instructionSet, activations: .f32, pool: ComputePool(threads: 2))
        let source = (0..<32 * 512).flatMap { (index: Int) -> [UInt8] in
            let value = Float(index * 7919 % 2003 - 1001) / 1001
            return (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
        }
        var digests: [UInt8] = []
        for format in ElementFormat.allCases where format.canBeEncoded && format.isInFiles {
            let form = MatrixLayout(outputs: 32, inputs: 512, stored: .f32, wanted: format, rotation: 0)
            let matrix = unsafe try Matrix(packing: source.span.bytes, form: form, using: compute)
            digests += compute.digest(matrix.packedBytes)
        }
        let text = Digest.sha256(digests).prefix(8).map { String(Int($0) + 256, radix: 16).dropFirst() }.joined()
        #expect(text == "626d6308cbbfd627", "raise Matrix.layoutVersion or encoderVersion, then record the new digest")
        #expect(Matrix.layoutVersion == 2 && Matrix.encoderVersion == 1)
    }
}
