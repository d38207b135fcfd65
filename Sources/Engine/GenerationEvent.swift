package import Sampling
package import Scheduling

/// A generated token with the report that was asked for.
package struct GeneratedToken: Sendable, Equatable {
    /// The token's id.
    package let token: Int32
    /// Present if the request asks for log-probabilities.
    package let logprobs: TokenLogprobs?
    /// Whether it was drafted before it was chosen.
    package var isDrafted = false
    /// How many drafts proved wrong when it was chosen.
    package var rejectedDrafts = 0
    /// What the request's constraint knows of it, such as the part of the answer in which it lies.
    package var note = TokenNote()

    /// A token that nobody tried to draft.
    package init(token: Int32, logprobs: TokenLogprobs?) {
        self.token = token
        self.logprobs = logprobs
    }
}

/// How far a sequence is before its first token.
package enum GenerationProgress: Sendable, Equatable {
    /// This many sequences stand before it in the queue.
    case queued(position: Int)
    /// This many of its prompt tokens are computed.
    case prefill(done: Int, total: Int)
}

/// What happens to a sequence: any number of events, then exactly one `.finished`.
///
/// Events are delivered on a thread of their own, or on the submitting one if the request is refused at once; the
/// receiver does no more than what its client must see, as the events of all others come on the same thread.
package enum GenerationEvent: Sendable, Equatable {
    /// It left the queue; this many prompt tokens need not be computed.
    case admitted(cachedTokens: Int)
    /// It came closer to its first token.
    case progress(GenerationProgress)
    /// One entry per prompt token, the first of them nil; comes before the first token.
    case promptLogprobs([TokenLogprobs?])
    /// The next tokens; a stop token is not among them.
    case tokens([GeneratedToken])
    /// The end.
    case finished(FinishReason, Usage)
}

/// Why a sequence ended.
package enum FinishReason: Sendable, Equatable {
    /// It produced one of its stop tokens.
    case stopToken(Int32)
    /// The reader found a stop string in its text and cancelled the rest.
    case stopString
    /// It reached its own limit or the end of the context.
    case length
    /// It was cancelled, or the server stopped.
    case cancelled
    /// It was not taken.
    case rejected(AdmissionError)
    /// The form that it has to have could not be followed any further, for this reason.
    case constraintFailed(String)
    /// The engine could not go on with it.
    case failed(String)
}

/// Why a sequence is cancelled.
package enum CancelReason: Sendable, Equatable {
    /// Nobody wants it any more.
    case abandoned
    /// Its text is complete: it ends with a stop string.
    case stopString
}

/// What a sequence cost, in tokens.
package struct Usage: Sendable, Equatable {
    /// Tokens of the prompt.
    package var promptTokens: Int
    /// Prompt tokens found in the cache.
    package var cachedTokens: Int
    /// Tokens that were generated, a stop token included.
    package var completionTokens: Int

    /// A bill.
    package init(promptTokens: Int, cachedTokens: Int, completionTokens: Int) {
        self.promptTokens = promptTokens
        self.cachedTokens = cachedTokens
        self.completionTokens = completionTokens
    }
}

/// Receives a sequence's events.
package typealias EventSink = @Sendable (GenerationEvent) -> Void
