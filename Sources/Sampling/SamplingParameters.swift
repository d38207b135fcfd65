/// Why sampling parameters are refused; names the parameter as the wire does.
package struct SamplingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The parameter's name on the wire, such as `top_p`.
    package let parameter: String
    /// What a valid value looks like.
    package let reason: String

    /// Names the parameter and its valid range.
    package var description: String { "\(parameter) \(reason)" }
}

/// The numbers that turn a row of logits into a token.
///
/// `neutral` changes nothing: every stage is off and the model's own distribution is sampled.
package struct SamplingParameters: Sendable, Equatable {
    /// Divides the logits; below `greedyTemperature` the most likely token is taken.
    package var temperature: Float
    /// Keeps this many most likely tokens; 0 keeps all.
    package var topK: Int
    /// Keeps the smallest set of most likely tokens that holds this probability; 1 keeps all.
    package var topP: Float
    /// Keeps tokens with at least this fraction of the most likely token's probability; 0 keeps all.
    package var minP: Float
    /// Subtracted once from every token that was generated before.
    package var presencePenalty: Float
    /// Subtracted once per earlier generation of the token.
    package var frequencyPenalty: Float
    /// Divides positive and multiplies negative logits of tokens in prompt or answer; 1 is off.
    package var repetitionPenalty: Float
    /// Added to the logits of single tokens.
    package var logitBias: [Int32: Float]
    /// With the index of the generated token the only source of randomness.
    package var seed: UInt64
    /// Stop tokens cannot be drawn before this many tokens were generated.
    package var minTokens: Int
    /// How many alternatives to report with each token's log-probability; nil reports nothing.
    package var topLogprobs: Int?
    /// The tokens that end an answer, the model's end tokens included unless they are to be ignored.
    package var stopTokens: Set<Int32>

    /// Temperatures below this one are greedy: the division would only overflow.
    package static let greedyTemperature: Float = 1e-5
    /// The most alternatives that are reported per token.
    package static let maximumTopLogprobs = 20

    /// Parameters under which every stage is the identity.
    package static func neutral(seed: UInt64) -> SamplingParameters {
        SamplingParameters(
            temperature: 1, topK: 0, topP: 1, minP: 0, presencePenalty: 0, frequencyPenalty: 0, repetitionPenalty: 1,
            logitBias: [:], seed: seed, minTokens: 0, topLogprobs: nil, stopTokens: [])
    }

    /// Whether the most likely token is always taken.
    package var isGreedy: Bool { temperature < Self.greedyTemperature }

    /// Checks every number against its range; `vocabulary` is the number of tokens that can be named.
    package func validate(vocabulary: Int) throws(SamplingError) {
        try Self.check(temperature, in: 0...2, "temperature")
        try Self.check(topP, in: 0...1, "top_p")
        try Self.check(minP, in: 0...1, "min_p")
        try Self.check(presencePenalty, in: -2...2, "presence_penalty")
        try Self.check(frequencyPenalty, in: -2...2, "frequency_penalty")
        guard repetitionPenalty > 0, repetitionPenalty <= 10 else {
            throw SamplingError(parameter: "repetition_penalty", reason: "must be above 0 and at most 10")
        }
        guard topK >= 0 else { throw SamplingError(parameter: "top_k", reason: "must not be negative") }
        guard minTokens >= 0 else { throw SamplingError(parameter: "min_tokens", reason: "must not be negative") }
        if let count = topLogprobs, !(0...Self.maximumTopLogprobs).contains(count) {
            throw SamplingError(parameter: "top_logprobs", reason: "must be between 0 and \(Self.maximumTopLogprobs)")
        }
        for (token, bias) in logitBias {
            guard token >= 0, Int(token) < vocabulary else {
                throw SamplingError(parameter: "logit_bias", reason: "names token \(token), which does not exist")
            }
            try Self.check(bias, in: -100...100, "logit_bias")
        }
    }

    private static func check(
        _ value: Float, in range: ClosedRange<Float>, _ parameter: String
    ) throws(SamplingError) {
        guard range.contains(value) else {
            throw SamplingError(
                parameter: parameter, reason: "must be between \(range.lowerBound) and \(range.upperBound)")
        }
    }
}
