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
}
