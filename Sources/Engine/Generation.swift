import Sampling

/// What the engine keeps of a living sequence besides its tokens and pages.
struct Generation {
    let request: GenerationRequest
    let submittedAt: Double
    let sink: EventSink
    var sampler: Sampler
    var usage: Usage
    var firstTokenAt: Double?
    var lastTokenAt: Double?
    var pendingLogprobs: TokenLogprobs?
    var promptLogprobs: [TokenLogprobs?]
    var reportedPosition: Int?
    var failure = "the model produced numbers that are not finite"

    init(_ request: GenerationRequest, submittedAt: Double, vocabulary: Int, sink: @escaping EventSink) {
        self.request = request
        self.submittedAt = submittedAt
        self.sink = sink
        sampler = Sampler(request.sampling, prompt: request.prompt, vocabulary: vocabulary)
        usage = Usage(promptTokens: request.prompt.count, cachedTokens: 0, completionTokens: 0)
        promptLogprobs = request.promptLogprobs == nil ? [] : .init(repeating: nil, count: request.prompt.count)
    }

    /// Chooses the next token; its report is kept until the token is delivered.
    mutating func sample(_ logits: Span<Float>, using row: inout LogitRow) -> Int32? {
        do {
            let sampled = try sampler.sample(logits, mask: nil, using: &row)
            sampler.accept(sampled.token)
            pendingLogprobs = sampled.logprobs
            return sampled.token
        } catch {
            if error == .nothingAllowed { failure = "no token is allowed to follow" }
            return nil
        }
    }

    /// Reports the prompt token at `position + 1` from the logits at `position`; false if they are not finite.
    mutating func score(_ logits: Span<Float>, position: Int) -> Bool {
        guard let top = request.promptLogprobs, position + 1 < request.prompt.count else { return true }
        guard Sampler.isFinite(logits) else { return false }
        promptLogprobs[position + 1] = TokenLogprobs(logits, chosen: request.prompt[position + 1], topCount: top)
        return true
    }

    /// Hands the reports on the prompt out, once.
    mutating func deliverPromptLogprobs() {
        guard !promptLogprobs.isEmpty else { return }
        sink(.promptLogprobs(promptLogprobs))
        promptLogprobs = []
    }
}
