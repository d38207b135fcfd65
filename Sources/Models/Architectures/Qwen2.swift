import Kernels
import Weights

extension ArchitectureSpec {
    /// Qwen2, Qwen2.5, QwQ, and MiMo-7B with or without its drafting layer.
    static let qwen2 = ArchitectureSpec(
        name: "qwen2", layout: .gguf, pairing: .halves, attentionBias: .required, otherBias: .optional,
        normsHeads: false, spellings: [.gguf])

    /// Qwen2, Qwen2.5 and QwQ as published.
    static let qwen2Checkpoint = checkpoint("Qwen2ForCausalLM", [.checkpoint(prefix: "", others: [])])

    /// MiMo-7B as published: Qwen2's block, and a drafting layer.
    static let mimo = checkpoint("MiMoForCausalLM", [.checkpoint(prefix: "", others: [])])

    /// The text part of Qwen2.5-Omni, saved with the whole model or alone.
    static let omni = [
        "Qwen2_5OmniThinkerForConditionalGeneration", "Qwen2_5OmniForConditionalGeneration", "Qwen2_5OmniModel",
    ].map { name in
        checkpoint(
            name,
            ["thinker.", ""].map { prefix in
                .checkpoint(
                    prefix: prefix,
                    // What hears, sees and speaks.
                    others: [prefix + "audio_tower.", prefix + "visual.", "talker.", "token2wav."])
            })
    }

    private static func checkpoint(_ name: String, _ spellings: [TensorNames]) -> ArchitectureSpec {
        ArchitectureSpec(
            name: name, layout: .checkpoint, pairing: .halves, attentionBias: .required, otherBias: .optional,
            normsHeads: false, spellings: spellings)
    }
}
