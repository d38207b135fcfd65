package import Kernels

/// What sets one family of decoder models apart from the others, as data.
///
/// All of them are the same block: norm, attention, residual, norm, gated feed-forward, residual.
package struct ArchitectureSpec: Sendable {
    /// Value of `general.architecture`, and the prefix of the family's metadata keys.
    package let name: String
    /// Which elements of a head are rotated together.
    package let pairing: RotaryPairing
    /// Biases of the query, key and value projections.
    package let attentionBias: BiasRule
    /// Biases of all other projections.
    package let otherBias: BiasRule
    /// What the tensors are called in the file.
    package let names: TensorNames

    /// A family with these properties.
    package init(
        name: String, pairing: RotaryPairing, attentionBias: BiasRule, otherBias: BiasRule, names: TensorNames
    ) {
        self.name = name
        self.pairing = pairing
        self.attentionBias = attentionBias
        self.otherBias = otherBias
        self.names = names
    }

    /// The full name of a metadata key of this family.
    package func key(_ suffix: String) -> String { "\(name).\(suffix)" }
}

/// Whether a projection has a bias.
package enum BiasRule: Sendable {
    /// The file has to have it.
    case required
    /// It is used where the file has it.
    case optional
}

/// Names of tensors without `.weight` and `.bias`.
package struct TensorNames: Sendable {
    /// What the names of all tensors of the blocks begin with.
    package let blockPrefix: String
    /// Outside the blocks.
    package let embedding, outputNorm, head, rotaryFactors: String
    /// The attention part of a block.
    package let attentionNorm, query, key, value, queryKeyValue, attentionOutput: String
    /// The feed-forward part of a block.
    package let feedForwardNorm, gate, up, down: String

    /// The names that GGUF files use.
    package static let gguf = TensorNames(
        blockPrefix: "blk.", embedding: "token_embd", outputNorm: "output_norm", head: "output",
        rotaryFactors: "rope_freqs",
        attentionNorm: "attn_norm", query: "attn_q", key: "attn_k", value: "attn_v", queryKeyValue: "attn_qkv",
        attentionOutput: "attn_output",
        feedForwardNorm: "ffn_norm", gate: "ffn_gate", up: "ffn_up", down: "ffn_down")

    /// The name of a part of block `layer`.
    package func block(_ layer: Int, _ part: String) -> String { "\(blockPrefix)\(layer).\(part)" }

    /// The block that a tensor of this name belongs to, if it belongs to one.
    package func blockIndex(_ name: String) -> Int? {
        guard name.hasPrefix(blockPrefix) else { return nil }
        let index = Int(name.dropFirst(blockPrefix.count).prefix { $0 != "." })
        return index.flatMap { $0 >= 0 ? $0 : nil }
    }
}
