/// Repetition, frequency and presence penalties.
///
/// Repetition looks at prompt and answer and scales, as vLLM does; frequency and presence look at the answer alone
/// and subtract, as OpenAI documents.
/// Source: Keskar and others, "CTRL", arXiv:1909.05858 (repetition); OpenAI's API reference (frequency and presence).
package struct Penalties: LogitStage {
    private let presence: Float
    private let frequency: Float
    private let repetition: Float

    /// Takes the three penalties.
    package init(_ parameters: SamplingParameters) {
        presence = parameters.presencePenalty
        frequency = parameters.frequencyPenalty
        repetition = parameters.repetitionPenalty
    }

    /// Whether the stage changes nothing whatever was said.
    package var isNeutral: Bool { presence == 0 && frequency == 0 && repetition == 1 }

    /// Idle before anything was said.
    package func isIdle(_ history: TokenHistory) -> Bool {
        isNeutral || (history.generated.isEmpty && (repetition == 1 || history.prompt.isEmpty))
    }

    /// Changes the logits of tokens that occurred; the others are not touched.
    package func apply(_ row: inout ShapedLogits, history: TokenHistory) {
        guard !isNeutral else { return }
        if repetition != 1 {
            for token in history.prompt where history.generated[token] == nil { row.change(token, repeated) }
        }
        for (token, count) in history.generated {
            row.change(token) { (repetition == 1 ? $0 : repeated($0)) - frequency * Float(count) - presence }
        }
    }

    private func repeated(_ logit: Float) -> Float { logit > 0 ? logit / repetition : logit * repetition }
}
