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

    /// Log-softmax of `logits`, padding excluded, at `chosen`, with the best `topCount` tokens.
    ///
    /// `chosen` outside the vocabulary gets the floor; no more than `maximumTopLogprobs` alternatives are reported.
    package init(_ logits: Span<Float>, chosen: Int32, topCount: Int) {
        let best = Survey.maximum(of: logits)
        let sum = Exponential.sum(of: logits, below: best)
        let normaliser = Double(best) + Exponential.log(max(sum, .leastNormalMagnitude))
        func logprob(_ logit: Float) -> Float { max(Self.floor, Float(Double(logit) - normaliser)) }
        self.logprob = chosen >= 0 && Int(chosen) < logits.count ? logprob(logits[Int(chosen)]) : Self.floor
        let wanted = min(topCount, SamplingParameters.maximumTopLogprobs, logits.count)
        top = Self.best(wanted, of: logits).map { TopLogprob(token: $0.token, logprob: logprob($0.value)) }
    }

    private static func best(_ wanted: Int, of logits: Span<Float>) -> [RankedLogit] {
        guard wanted > 0 else { return [] }
        var top: [RankedLogit] = []
        top.reserveCapacity(wanted + 1)
        var bar = -Float.infinity
        for index in logits.indices where logits[index] > bar || top.count < wanted {
            let next = RankedLogit(token: Int32(truncatingIfNeeded: index), value: logits[index])
            let place = top.firstIndex { $0 < next } ?? top.count
            top.insert(next, at: place)
            if top.count > wanted { top.removeLast() }
            if top.count == wanted { bar = top[wanted - 1].value }
        }
        return top
    }
}
