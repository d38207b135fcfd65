import Models
import Weights

/// A whole model of a few hundred weights, to be bent and broken by tests.
struct TinyModel {
    static let hidden = 16, feedForward = 32, heads = 4, kvHeads = 2, headDimension = 4, vocabulary = 8, layers = 2

    var architecture = "llama"
    /// Metadata besides the architecture; nil leaves a key out.
    var integers: [String: UInt32?] = [:]
    var floats: [String: Float] = [:]
    var strings: [String: String] = [:]
    /// Other extents than the right ones.
    var shapes: [String: [UInt64]] = [:]
    var types: [String: UInt32] = [:]
    var missing: Set<String> = []
    var extra: [String: [UInt64]] = [:]
    /// Types of the tokens, if the file is to have a vocabulary.
    var tokenTypes: [Int32]?
    var tokenCount: Int?

    private var standardIntegers: [(String, UInt32)] {
        [
            ("context_length", 64), ("block_count", UInt32(Self.layers)), ("embedding_length", UInt32(Self.hidden)),
            ("feed_forward_length", UInt32(Self.feedForward)), ("attention.head_count", UInt32(Self.heads)),
            ("attention.head_count_kv", UInt32(Self.kvHeads)),
        ]
    }

    private var standardTensors: [(String, [UInt64])] {
        let hidden = UInt64(Self.hidden), wide = UInt64(Self.feedForward)
        let query = UInt64(Self.heads * Self.headDimension), shared = UInt64(Self.kvHeads * Self.headDimension)
        var result: [(String, [UInt64])] = [("token_embd.weight", [hidden, UInt64(Self.vocabulary)])]
        for layer in 0..<Self.layers {
            result += [
                ("attn_norm.weight", [hidden]), ("attn_q.weight", [hidden, query]),
                ("attn_k.weight", [hidden, shared]),
                ("attn_v.weight", [hidden, shared]), ("attn_output.weight", [query, hidden]),
                ("ffn_norm.weight", [hidden]), ("ffn_gate.weight", [hidden, wide]), ("ffn_up.weight", [hidden, wide]),
                ("ffn_down.weight", [wide, hidden]),
            ].map { ("blk.\(layer).\($0.0)", $0.1) }
            guard architecture == "qwen2" else { continue }
            for (part, count) in [("q", query), ("k", shared), ("v", shared)] {
                result.append(("blk.\(layer).attn_\(part).bias", [count]))
            }
        }
        return result + [("output_norm.weight", [hidden])]
    }

    /// The file as it comes out.
    func file() throws(WeightsError) -> GGUFFile {
        var builder = GGUFBuilder()
        builder.add("general.architecture", string: architecture)
        for (key, value) in standardIntegers where integers[key] == nil {
            builder.add("\(architecture).\(key)", uint32: value)
        }
        for (key, value) in integers.sorted(by: { $0.key < $1.key }) {
            if let value { builder.add("\(architecture).\(key)", uint32: value) }
        }
        for (key, value) in floats.merging(
            ["attention.layer_norm_rms_epsilon": 1e-5], uniquingKeysWith: { own, _ in own })
        {
            builder.add("\(architecture).\(key)", float32: value)
        }
        for (key, value) in strings { builder.add("\(architecture).\(key)", string: value) }
        addVocabulary(to: &builder)
        for (name, standard) in standardTensors + extra.map({ ($0.key, $0.value) }) where !missing.contains(name) {
            let shape = shapes[name] ?? standard
            let type = types[name] ?? 0
            builder.tensors.append(
                GGUFBuilder.Tensor(name: name, dimensions: shape, type: type, offset: UInt64(builder.dataBytes)))
            let bytes = TensorType.known(type)?.byteCount(elements: Int(shape.reduce(1, *))) ?? 0
            builder.dataBytes += (bytes + 31) / 32 * 32
        }
        return try builder.read()
    }

    private func addVocabulary(to builder: inout GGUFBuilder) {
        guard let tokenTypes else { return }
        let count = tokenCount ?? tokenTypes.count
        builder.add("tokenizer.ggml.tokens", list: .string, (0..<count).map { GGUFBuilder.text("t\($0)") })
        builder.add("tokenizer.ggml.token_type", list: .int32, tokenTypes.map { GGUFBuilder.little($0) })
    }
}
