import JSON
import Kernels
import Models
import Platform
import Tokenization
import Weights

/// libFuzzer's entry: any bytes as a file of a checkpoint folder, taken as far as one step of the model.
///
/// The first byte chooses: `t` a tokenizer, `c` a configuration and behind its last brace and a zero a shard, anything
/// else a shard. A finding belongs among the named cases of `SafetensorsTests` and its neighbours.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCheckpoint(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let rest = Array(bytes.dropFirst())
    do {
        switch bytes.first {
        case UInt8(ascii: "t"): try tokenize(rest)
        case UInt8(ascii: "c"): try load(rest)
        default: touch(try SafetensorsFile(bytes: rest, path: "fuzz.safetensors"))
        }
    } catch {
        precondition(!"\(error)".isEmpty)
    }
    return 0
}

private let compute = Compute(instructionSet: .scalar, activations: .f32, pool: ComputePool(threads: 1))

private func tokenize(_ bytes: [UInt8]) throws {
    let tokenizer = try Tokenizer(
        TokenizerFile(JSONParser.parse(bytes, limits: .request), others: []).description)
    let ids = tokenizer.encode(
        "Rivers run 1234, na\u{EF}ve <|im_end|> \n\n  to the sea", specialTokens: true, addBOS: true)
    _ = tokenizer.decode(ids, rendersSpecial: true)
}

private func load(_ bytes: [UInt8]) throws {
    let end = bytes.firstIndex(of: 0) ?? bytes.endIndex
    let configuration = try JSONParser.parse(Array(bytes[..<end]), limits: .request)
    let shard = try SafetensorsFile(bytes: Array(bytes[end...].dropFirst()), path: "fuzz.safetensors")
    touch(shard)
    let folder = try CheckpointFolder(configuration: configuration, shards: [shard], path: "fuzz")
    let shape = try ModelLoader.shape(of: folder)
    let extent = ServingExtent(
        context: 8, kvFormat: .f32, pages: 1, pageTokens: 8, maximumRows: 2, maximumOutputs: 1, threads: 1,
        drafting: nil)
    let plan = try ModelLoader.memoryPlan(folder, .none, extent)
    guard plan.totalBytes < 32 << 20, shape.trainedContext >= 8, shape.vocabulary >= 2 else { return }
    let model = try ModelLoader.load(folder, compute: compute, context: 8) { _ in }
    let cache = try KVCache(
        pages: 1, pageTokens: 8, layers: shape.layers, kvHeads: shape.kvHeads, headDimension: shape.headDimension,
        format: .f32)
    let workspace = Workspace(shape: shape, maximumRows: 2, maximumOutputs: 1)
    model.forward(
        [BatchRow(tokens: [0, 1], position: 0, pages: [0], outputs: .last)], cache: cache, workspace: workspace)
}

private func touch(_ file: SafetensorsFile) {
    for tensor in file.tensors {
        let bytes = file.bytes(of: tensor)
        precondition(bytes.byteCount == tensor.byteCount)
        _ = unsafe bytes.unsafeLoad(fromByteOffset: tensor.byteCount - 1, as: UInt8.self)
    }
}
