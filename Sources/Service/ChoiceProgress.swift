import Engine
import OpenAI
import Sampling

/// One choice on its way: its text so far, what it took, and how it ended.
struct ChoiceProgress: Sendable {
    /// What an event meant for the choice.
    enum Step: Sendable, Equatable {
        /// Nothing a client sees.
        case nothing
        /// The prompt's log probabilities are there.
        case promptReported
        /// There may be more text.
        case grew
        /// It ended; `cancels` when the engine does not know yet.
        case ended(cancels: Bool)
        /// It cannot be finished.
        case failed(APIError)
    }

    /// Its text.
    private(set) var text: AnswerText
    /// Why it ended, once it has.
    private(set) var finish: CompletionFinish?
    /// Tokens of its prompt that were found in the cache.
    private(set) var cachedTokens = 0
    /// The prompt's log probabilities, once they are there.
    private(set) var promptLogprobs: [TokenLogprobs?]?
    /// Sum of its tokens' log probabilities, for choosing among candidates.
    private(set) var logprobSum: Double = 0
    /// Its tokens that had been drafted, and drafts that proved wrong.
    private(set) var acceptedDrafts = 0
    private(set) var rejectedDrafts = 0
    /// What a client may want to know of its ending.
    private(set) var remarks = CompletionRemarks()
    /// Tokens of its thinking, tags included.
    private(set) var reasoningTokens = 0
    /// What closed its thinking.
    private(set) var closure: ThinkingClosure?
    private var isOver = false
    private let minimumTokens: Int
    /// Why an answer ended that called something.
    private let calledFinish: CompletionFinish
    private static let repetition = "repetition"

    /// A choice without text.
    init(_ rules: AnswerText.Rules) {
        text = AnswerText(rules)
        minimumTokens = rules.stopping.minimumTokens
        calledFinish = rules.calls?.isNamed == true ? .stop : .toolCalls
    }

    /// Takes an event of the engine; whatever comes after the end is ignored.
    mutating func apply(_ event: GenerationEvent) -> Step {
        guard !isOver else { return .nothing }
        switch event {
        case .admitted(let cached):
            cachedTokens = cached
            return .nothing
        case .progress:
            return .nothing
        case .promptLogprobs(let logprobs):
            promptLogprobs = logprobs
            return .promptReported
        case .tokens(let tokens):
            return append(tokens)
        case .finished(let reason, _):
            return end(reason)
        }
    }

    /// Text that became visible since the last time.
    mutating func take() -> AnswerText.Delta? { text.take() }

    /// Forgets the prompt's log probabilities, which another choice has too.
    mutating func dropPromptLogprobs() { promptLogprobs = nil }

    private mutating func append(_ tokens: [GeneratedToken]) -> Step {
        for token in tokens {
            text.append(token.token, logprobs: token.logprobs, tags: token.note.tags)
            if token.note.part == .thinking { reasoningTokens = text.tokenCount }
            closure = token.note.closure
            let isCircle = token.note.isRepeating && text.tokenCount >= minimumTokens
            logprobSum += Double(token.logprobs?.logprob ?? 0)
            acceptedDrafts += token.isDrafted ? 1 : 0
            rejectedDrafts += token.rejectedDrafts
            guard text.isStopped || isCircle else { continue }
            if !text.isStopped { remarks.stopReason = Self.repetition }
            close(text.isStopped ? .stop : .length)
            return .ended(cancels: true)
        }
        return .grew
    }

    private mutating func end(_ reason: FinishReason) -> Step {
        switch reason {
        case .stopToken(let token):
            text.appendEnd(token)
            close(.stop)
        case .stopString:
            close(.stop)
        case .length:
            close(.length)
        case .cancelled:
            isOver = true
            return .failed(
                .unavailable(
                    "The answer was ended: the server is shutting down, or its model is being replaced.",
                    code: "draining"))
        case .rejected(let error):
            isOver = true
            return .failed(.admission(error, parameter: "prompt", retryAfterSeconds: 1))
        case .constraintFailed(let reason):
            isOver = true
            return .failed(.unfollowable(reason))
        case .failed:
            isOver = true
            return .failed(.server("The answer could not be finished."))
        }
        return .ended(cancels: false)
    }

    private mutating func close(_ reason: CompletionFinish) {
        text.close(isCut: reason == .length)
        finish = text.isStopped ? .stop : reason
        if finish == .stop, text.callCount > 0 { finish = calledFinish }
        remarks.reasoningClosedBy =
            switch closure {
            case .budget: "budget"
            case .repetition: Self.repetition
            case .model, nil: nil
            }
        isOver = true
    }
}
