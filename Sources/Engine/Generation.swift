import Sampling

/// What the engine thread keeps of a living sequence besides its tokens and pages.
final class Generation {
    let request: GenerationRequest
    let submittedAt: Double
    /// Released with this object when the sequence ends, after its last event.
    let sink: EventSink
    let chooser: TokenChooser
    var usage: Usage
    /// When it left the queue for the first time.
    var admittedAt: Double?
    var firstTokenAt: Double?
    var lastTokenAt: Double?
    /// When a token last showed its reader something, and how many have shown nothing since.
    private var shownAt: Double?
    private var silentTokens = 0
    /// How looking up its own text has worked so far.
    var lookups = LookupRecord()
    /// Where the drafts came from that the next step tries.
    var draftSource: DraftSource?
    /// The outcome of the drafts of the last step.
    var checked = CheckedDrafts()
    /// Whether the drafting layer has seen every token so far; it sees tokens only.
    var isTracked: Bool
    /// What is known of the tokens that the step has chosen, and how many of them were delivered.
    private var chosen: [(logprobs: TokenLogprobs?, note: TokenNote)] = []
    private var delivered = 0
    var reportedPosition: Int?
    var failure = FinishReason.failed("the model produced numbers that are not finite")
    /// Whether it cannot go on although its numbers are sound: no token is allowed to follow.
    private(set) var isBarred = false
    private var promptLogprobs: [TokenLogprobs?]

    init(_ request: GenerationRequest, submittedAt: Double, vocabulary: Int, sink: @escaping EventSink) {
        var kept = request
        // The chooser alone has the constraint, and changes it where it stands.
        kept.constraint = nil
        self.request = kept
        self.submittedAt = submittedAt
        self.sink = sink
        chooser = TokenChooser(request, vocabulary: vocabulary)
        isTracked = request.media.isEmpty
        usage = Usage(promptTokens: request.prompt.count, cachedTokens: 0, completionTokens: 0)
        promptLogprobs = request.promptLogprobs == nil ? [] : .init(repeating: nil, count: request.prompt.count)
    }

    /// Silent tokens in a row for which others wait: a stream that never shows anything must not hold prompts up for ever.
    private static let mostSilentTokens = 2

    /// Takes note of a token that is delivered; returns since when nothing was shown if this token shows nothing either.
    func note(isSilent: Bool, at time: Double) -> Double? {
        guard isSilent, let shownAt, silentTokens < Self.mostSilentTokens else {
            shownAt = time
            silentTokens = 0
            return nil
        }
        silentTokens += 1
        return shownAt
    }

    /// Takes the token that was chosen; what is known of it is kept until it is delivered. Nil if there is none.
    func takeChoice() -> Int32? {
        switch chooser.take() {
        case .chosen(let sampled, let note):
            chosen.append((sampled.logprobs, note))
            return sampled.token
        case .failed(.nothingAllowed):
            failure = .failed("no token is allowed to follow")
            isBarred = true
            return nil
        case .failed(.constraintFailed(let error)):
            failure = .constraintFailed(error.reason)
            isBarred = true
            return nil
        case .failed(.nonFiniteLogits), .none:
            return nil
        }
    }

    /// The next token to be delivered, with what is known of it.
    func generated(_ token: Int32) -> GeneratedToken {
        guard delivered < chosen.count else { return GeneratedToken(token: token, logprobs: nil) }
        var generated = GeneratedToken(token: token, logprobs: chosen[delivered].logprobs)
        generated.note = chosen[delivered].note
        delivered += 1
        checked.mark(&generated)
        return generated
    }

    /// Forgets what the step before has chosen.
    func forgetChosen() {
        guard !chosen.isEmpty else { return }
        chosen.removeAll(keepingCapacity: true)
        delivered = 0
    }

    /// Reports the prompt token at `position + 1` from the logits at `position`; false if they are not finite.
    func score(_ logits: Span<Float>, position: Int, by board: RowSampler) -> Bool {
        guard let top = request.promptLogprobs, position + 1 < request.prompt.count, request.prompt[position + 1] >= 0
        else { return true }
        promptLogprobs[position + 1] = board.report(on: request.prompt[position + 1], logits, topCount: top)
        return promptLogprobs[position + 1] != nil
    }

    /// The reports on the prompt, once.
    func takePromptLogprobs() -> [TokenLogprobs?]? {
        guard !promptLogprobs.isEmpty else { return nil }
        defer { promptLogprobs = [] }
        return promptLogprobs
    }
}
