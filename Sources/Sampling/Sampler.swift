/// Why no token could be chosen from a row.
package enum SamplingFailure: Error, Equatable, Sendable {
    /// The model produced NaN or an infinity; no token of such a row may be trusted.
    case nonFiniteLogits
    /// Mask, bans and padding leave no token.
    case nothingAllowed
    /// The form that the answer has to have cannot be followed any further.
    case constraintFailed(ConstraintFailure)
}

/// A chosen token with the report that was asked for.
package struct SampledToken: Sendable, Equatable {
    /// The token's id.
    package let token: Int32
    /// Present if the parameters ask for log-probabilities.
    package let logprobs: TokenLogprobs?
}

/// From a row of logits to a token, for one sequence.
///
/// The order of the chain is vLLM's: mask, min_tokens, logit bias, penalties; then greedy choice, or temperature,
/// min-p, top-k, top-p and the draw. Log-probabilities are those of the untouched row, which is copied only for a stage
/// that changes logits. The draw for the n-th token
/// depends on the seed, n and the row alone.
package struct Sampler: Sendable {
    /// What the request asked for.
    package let parameters: SamplingParameters
    /// What was generated so far.
    package private(set) var history: TokenHistory
    private let vocabulary: Int
    private let random: RandomSource
    /// Whether a stage asks which tokens were generated.
    private let countsTokens: Bool
    private let shaping: [any LogitStage]
    private let truncating: [any TruncatingStage]
    /// Whether the draw looks at the weights of the whole row, because no earlier stage makes a list.
    private let weighsAll: Bool

    /// A sampler for one sequence; `vocabulary` is the number of tokens that may be sampled, without padding.
    package init(_ parameters: SamplingParameters, prompt: [Int32], vocabulary: Int) {
        self.parameters = parameters
        self.vocabulary = vocabulary
        random = RandomSource(seed: parameters.seed)
        history = TokenHistory(prompt: parameters.repetitionPenalty == 1 ? [] : Set(prompt.lazy.filter { $0 >= 0 }))
        var shaping: [any LogitStage] = []
        if parameters.minTokens > 0 { shaping.append(MinTokens(parameters)) }
        if !parameters.logitBias.isEmpty { shaping.append(LogitBias(parameters)) }
        let penalties = Penalties(parameters)
        countsTokens = !penalties.isNeutral
        if countsTokens { shaping.append(penalties) }
        self.shaping = shaping
        var truncating: [any TruncatingStage] = []
        if parameters.minP > 0 { truncating.append(MinP(parameters)) }
        if parameters.topK > 0 { truncating.append(TopK(parameters)) }
        if parameters.topP < 1 { truncating.append(TopP(parameters)) }
        self.truncating = truncating
        weighsAll = !(parameters.minP > 0) && (parameters.topK <= 0 || parameters.topK >= vocabulary)
    }

    /// Chooses the next token from `logits`, working in `row`; call `accept` with what is kept.
    /// - Throws: ``SamplingFailure`` for logits that are not numbers, and when no token is allowed.
    package func sample(
        _ logits: Span<Float>, mask: TokenMask?, using row: inout LogitRow
    ) throws(SamplingFailure) -> SampledToken {
        let usable = logits.extracting(first: vocabulary)
        let token = try choose(usable, mask: mask, using: &row)
        let report = parameters.topLogprobs.map {
            TokenLogprobs(usable, chosen: token, topCount: $0, using: &row)
        }
        return SampledToken(token: token, logprobs: report)
    }

    /// `token` as if it had been chosen from `logits`, whatever they say of it; call `accept` as with any other.
    /// - Throws: ``SamplingFailure`` for logits that are not numbers, and for a token beyond the vocabulary.
    package func report(
        _ token: Int32, in logits: Span<Float>, using row: inout LogitRow
    ) throws(SamplingFailure) -> SampledToken {
        let usable = logits.extracting(first: vocabulary)
        guard row.isFinite(usable) else { throw .nonFiniteLogits }
        guard token >= 0, Int(token) < vocabulary else { throw .nothingAllowed }
        return SampledToken(
            token: token,
            logprobs: parameters.topLogprobs.map {
                TokenLogprobs(usable, chosen: token, topCount: $0, using: &row)
            })
    }

    /// Takes note of the token with which the sequence goes on.
    package mutating func accept(_ token: Int32) {
        if countsTokens { history.append(token) } else { history.count() }
    }

    private func choose(
        _ logits: Span<Float>, mask: TokenMask?, using row: inout LogitRow
    ) throws(SamplingFailure) -> Int32 {
        let token: Int32?
        if shaping.allSatisfy({ $0.isIdle(history) }) {
            guard begin(logits, mask: mask, &row.candidates) else { throw .nonFiniteLogits }
            token = choose(logits, mask: mask, &row.candidates)
        } else {
            guard row.isFinite(logits) else { throw .nonFiniteLogits }
            row.shaped.load(logits)
            for stage in shaping { stage.apply(&row.shaped, history: history) }
            let values = row.shaped.values
            // Banned tokens are not finite.
            _ = begin(values.span, mask: mask, &row.candidates)
            token = choose(values.span, mask: mask, &row.candidates)
        }
        guard let token else { throw .nothingAllowed }
        return token
    }

    private func begin(_ logits: Span<Float>, mask: TokenMask?, _ candidates: inout Candidates) -> Bool {
        parameters.isGreedy
            ? candidates.survey(logits, mask: mask)
            : candidates.begin(logits, mask: mask, temperature: parameters.temperature, weighs: weighsAll)
    }

    private func choose(_ logits: Span<Float>, mask: TokenMask?, _ candidates: inout Candidates) -> Int32? {
        if parameters.isGreedy { return candidates.best(logits, mask: mask) }
        guard !candidates.isEmpty else { return nil }
        for stage in truncating { stage.apply(&candidates, logits, mask: mask) }
        return candidates.draw(logits, mask: mask, random.uniform(at: history.generatedCount))
    }
}
