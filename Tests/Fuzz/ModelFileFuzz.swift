import Kernels
import Models
import Platform
import Weights

/// libFuzzer's entry: any bytes as a model file, taken as far as one step of the model.
///
/// Built and run by `build-model-file` in this folder; a finding belongs among the named cases of `HostileGGUFTests`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzModelFile(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    do {
        let file = try GGUFFile(bytes: bytes, path: "fuzz.gguf")
        touch(file)
        try step(file)
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}

private let compute = Compute(instructionSet: .scalar, activations: .f32, pool: ComputePool(threads: 1))

/// Reads every key in every way and the ends of every tensor.
private func touch(_ file: GGUFFile) {
    let metadata = file.metadata
    for key in metadata.keys {
        _ = try? metadata.string(key)
        _ = try? metadata.int(key)
        _ = try? metadata.double(key)
        _ = try? metadata.bool(key)
        _ = try? metadata.ints(key)
        _ = try? metadata.floats(key)
        if let strings = try? metadata.strings(key) {
            for index in 0..<strings.count { _ = strings[index].count }
        }
        _ = metadata.summary(key, maximumCharacters: 40)
    }
    for tensor in file.tensors {
        let bytes = file.bytes(of: tensor)
        precondition(bytes.byteCount == tensor.byteCount)
        _ = unsafe bytes.unsafeLoad(fromByteOffset: tensor.byteCount - 1, as: UInt8.self)
    }
}

private func step(_ file: GGUFFile) throws(WeightsError) {
    let shape = try ModelLoader.shape(of: file)
    let extent = ServingExtent(
        context: 8, kvFormat: .f32, pages: 1, pageTokens: 8, maximumRows: 2, maximumOutputs: 1, threads: 1,
        drafting: nil)
    let plan = try ModelLoader.memoryPlan(file, .none, extent)
    guard plan.totalBytes < 32 << 20, shape.trainedContext >= 8, shape.vocabulary >= 2 else { return }
    let model = try ModelLoader.load(file, compute: compute, context: 8) { _ in }
    guard
        let cache = try? KVCache(
            pages: 1, pageTokens: 8, layers: shape.layers, kvHeads: shape.kvHeads, headDimension: shape.headDimension,
            format: .f32)
    else { return }
    let workspace = Workspace(shape: shape, maximumRows: 2, maximumOutputs: 1)
    model.forward(
        [BatchRow(tokens: [0, 1], position: 0, pages: [0], outputs: .last)], cache: cache, workspace: workspace)
}
