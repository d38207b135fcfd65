import Kernels
import Weights

extension ArchitectureSpec {
    /// Qwen3 without experts: no biases, every head of queries and keys normed.
    static let qwen3 = ArchitectureSpec(
        name: "qwen3", layout: .gguf, pairing: .halves, attentionBias: .optional, otherBias: .optional,
        normsHeads: true, spellings: [.gguf])

    /// The same models as published.
    static let qwen3Checkpoint = ArchitectureSpec(
        name: "Qwen3ForCausalLM", layout: .checkpoint, pairing: .halves, attentionBias: .optional, otherBias: .optional,
        normsHeads: true, spellings: [.checkpoint(prefix: "", others: [])])
}
