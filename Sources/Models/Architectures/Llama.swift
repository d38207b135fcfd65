import Kernels

extension ArchitectureSpec {
    /// LLaMA 1 to 3, SmolLM2, Mistral and others that are stored under this name.
    ///
    /// The files keep the rows of queries and keys permuted, so that neighbours are rotated together.
    static let llama = ArchitectureSpec(
        name: "llama", pairing: .interleaved, attentionBias: .optional, otherBias: .optional, names: .gguf)
}
