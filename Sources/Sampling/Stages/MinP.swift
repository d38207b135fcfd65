/// Keeps tokens with at least a fraction of the most likely token's probability.
/// Source: Nguyen and others, "Turning Up the Heat: Min-p Sampling", arXiv:2407.01082.
package struct MinP: TruncatingStage {
    private let fraction: Float

    /// Takes the fraction; 0 keeps everything.
    package init(_ parameters: SamplingParameters) { fraction = parameters.minP }

    /// Keeps what lies at most −ln(fraction) below the best logit.
    package func apply(_ candidates: inout Candidates, _ logits: Span<Float>, mask: TokenMask?) {
        guard fraction > 0 else { return }
        candidates.keep(fraction: fraction, logits, mask: mask)
    }
}
