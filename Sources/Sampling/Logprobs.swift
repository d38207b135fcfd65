/// One alternative with its log-probability.
package struct TopLogprob: Sendable, Equatable {
    /// The token's id.
    package let token: Int32
    /// Natural logarithm of the probability the model itself gives the token, at least −9999.
    package let logprob: Float

    /// An alternative of a report.
    package init(token: Int32, logprob: Float) {
        self.token = token
        self.logprob = logprob
    }
}

/// The log-probabilities reported with one token: of the model itself, before penalties, bias and temperature.
package struct TokenLogprobs: Sendable, Equatable {
    /// Of the token that was chosen.
    package let logprob: Float
    /// The most likely tokens, best first, the lower id first among equals.
    package let top: [TopLogprob]

    /// No log-probability is reported below this floor: JSON has no infinity.
    package static let floor: Float = -9999

    /// A report as it was computed elsewhere.
    package init(logprob: Float, top: [TopLogprob]) {
        self.logprob = logprob
        self.top = top
    }

    /// Log-softmax of `logits`, padding excluded, at `chosen`, with the best `topCount` tokens; all logits are finite.
    ///
    /// `chosen` outside the vocabulary gets the floor; no more than `maximumTopLogprobs` alternatives are reported.
    package init(_ logits: Span<Float>, chosen: Int32, topCount: Int, using row: inout LogitRow) {
        let normaliser = row.candidates.normaliser(logits)
        func logprob(_ logit: Float) -> Float { max(Self.floor, Float(Double(logit) - normaliser)) }
        self.logprob = chosen >= 0 && Int(chosen) < logits.count ? logprob(logits[Int(chosen)]) : Self.floor
        let wanted = min(topCount, SamplingParameters.maximumTopLogprobs, logits.count)
        top = row.candidates.mostLikely(wanted, logits).map { TopLogprob(token: $0.token, logprob: logprob($0.logit)) }
    }
}
