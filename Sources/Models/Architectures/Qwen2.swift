import Kernels

extension ArchitectureSpec {
    /// Qwen2, Qwen2.5, QwQ, and MiMo-7B without its draft layer.
    static let qwen2 = ArchitectureSpec(
        name: "qwen2", pairing: .halves, attentionBias: .required, otherBias: .optional, names: .gguf)
}
