/// Keeps tokens with at least a fraction of the most likely token's probability.
/// Source: Nguyen and others, "Turning Up the Heat: Min-p Sampling", arXiv:2407.01082.
package struct MinP: LogitStage {
    private let fraction: Float

    /// Takes the fraction; 0 keeps everything.
    package init(_ parameters: SamplingParameters) { fraction = parameters.minP }

    /// Bans what lies more than −ln(fraction) below the best logit.
    package func apply(_ row: inout LogitRow, history: TokenHistory) {
        guard fraction > 0 else { return }
        let best = row.maximum()
        guard best > -.infinity else { return }
        let lowest = best + Float(Exponential.log(Double(fraction)))
        row.keep(downTo: RankedLogit(token: .max, value: min(best, lowest)))
    }
}
