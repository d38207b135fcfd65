package import Sampling

/// What is to be generated: token ids in, token ids out.
package struct GenerationRequest: Sendable {
    /// The prompt, at least one token.
    package var prompt: [Int32]
    /// What stands in the prompt besides tokens, in order.
    package var media: [MediaSpan] = []
    /// The most tokens to generate; nil goes on until the context is full, 0 only reads the prompt.
    package var maximumTokens: Int?
    /// How tokens are chosen.
    package var sampling: SamplingParameters
    /// How many alternatives to report for each prompt token; nil reports nothing.
    package var promptLogprobs: Int?
    /// Higher goes first.
    package var priority: Int
    /// Only requests with the same salt share cached prefixes.
    package var cacheSalt: [UInt8]
    /// What the answer may look like in large parts; a source of drafts, without influence on the answer.
    package var prediction: [Int32] = []
    /// Whose request it is: tenants take turns for places, whatever their requests ask for.
    package var tenant: [UInt8] = []
    /// What binds the tokens of the answer; nil for an answer that is taken as it comes.
    package var constraint: (any TokenConstraint)?

    /// A request without a prediction.
    package init(
        prompt: [Int32], maximumTokens: Int?, sampling: SamplingParameters, promptLogprobs: Int?, priority: Int,
        cacheSalt: [UInt8]
    ) {
        self.prompt = prompt
        self.maximumTokens = maximumTokens
        self.sampling = sampling
        self.promptLogprobs = promptLogprobs
        self.priority = priority
        self.cacheSalt = cacheSalt
    }
}
