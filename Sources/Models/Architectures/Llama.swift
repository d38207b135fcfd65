import Kernels
import Weights

extension ArchitectureSpec {
    /// LLaMA 1 to 3, SmolLM2, Mistral and others that are stored under this name.
    ///
    /// The files keep the rows of queries and keys permuted, so that neighbours are rotated together.
    static let llama = ArchitectureSpec(
        name: "llama", layout: .gguf, pairing: .interleaved, attentionBias: .optional, otherBias: .optional,
        normsHeads: false, spellings: [.gguf])

    /// The same models as published: rows as they were trained.
    static let llamaCheckpoint = ArchitectureSpec(
        name: "LlamaForCausalLM", layout: .checkpoint, pairing: .halves, attentionBias: .optional, otherBias: .optional,
        normsHeads: false, spellings: [.checkpoint(prefix: "", others: [])])

    /// Mistral: the same blocks; a model with a sliding window is served within it.
    static let mistralCheckpoint = ArchitectureSpec(
        name: "MistralForCausalLM", layout: .checkpoint, pairing: .halves, attentionBias: .optional,
        otherBias: .optional, normsHeads: false, spellings: [.checkpoint(prefix: "", others: [])])
}
