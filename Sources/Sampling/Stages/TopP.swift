/// Nucleus sampling: keeps the smallest set of most likely tokens that holds the probability p, at least one.
/// Source: Holtzman and others, "The Curious Case of Neural Text Degeneration", arXiv:1904.09751.
package struct TopP: TruncatingStage {
    private let share: Float

    /// Takes p; 1 keeps everything.
    package init(_ parameters: SamplingParameters) { share = parameters.topP }

    /// Keeps nothing behind the nucleus of what is still in play.
    package func apply(_ candidates: inout Candidates, _ logits: Span<Float>, mask: TokenMask?) {
        guard share < 1 else { return }
        candidates.keep(share: Double(share), logits, mask: mask)
    }
}
