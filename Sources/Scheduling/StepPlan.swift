/// Which logits of a row are wanted.
package enum RowOutputs: Sendable, Equatable {
    /// None: the prompt goes on in a later step.
    case none
    /// Those of the last token: the next token is sampled.
    case last
    /// Those of every token: the request asked for log-probabilities of its prompt.
    case all
}

/// The tokens of one sequence that are computed in this step.
package struct PlannedRow: Sendable, Equatable {
    /// Whose tokens.
    package let id: SequenceID
    /// Position of the first token in its sequence.
    package let position: Int
    /// How many known tokens to compute; the scheduler shows them, and the sequence's pages, until the plan is committed.
    package let count: Int
    /// How many drafts to compute behind them; only a row of one known token that samples has any.
    package let draftCount: Int
    /// Which logits are wanted.
    package let outputs: RowOutputs
    /// Whether the next token is to be sampled from the last token's logits.
    package let samples: Bool

    /// How many rows of logits come out of it.
    package var outputCount: Int {
        switch outputs {
        case .none: 0
        case .last: 1 + draftCount
        case .all: count
        }
    }
}

/// The first `tokens` slots of one page, copied to another before the rows are computed.
package struct PageCopy: Sendable, Equatable {
    /// The page that is read; it is not written in this step.
    package let from: PageID
    /// The page that is written; it belongs to one sequence.
    package let to: PageID
    /// How many slots, from the page's first on.
    package let tokens: Int
}

/// A sequence that left the queue in this step.
package struct Admitted: Sendable, Equatable {
    /// Which sequence.
    package let id: SequenceID
    /// Prompt tokens that were found in the cache.
    package let cachedTokens: Int
    /// Whether it ran before and comes back after a preemption.
    package let isReturning: Bool
}

/// Everything one step does: first the copies, then the rows.
package struct StepPlan: Sendable, Equatable {
    /// To be done in order before the rows.
    package internal(set) var copies: [PageCopy] = []
    /// In order: sequences that owe one token, then prompts.
    package internal(set) var rows: [PlannedRow] = []
    /// Sequences that left the queue.
    package internal(set) var admitted: [Admitted] = []
    /// Sequences that lost their pages and wait again.
    package internal(set) var preempted: [SequenceID] = []

    /// A plan to do nothing.
    package init() {}

    /// Forgets everything and keeps the memory.
    mutating func removeAll() {
        copies.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
        admitted.removeAll(keepingCapacity: true)
        preempted.removeAll(keepingCapacity: true)
    }

    /// Tokens computed in this step.
    package var tokenCount: Int { rows.reduce(0) { $0 + $1.count + $1.draftCount } }
    /// Rows of logits produced in this step.
    package var outputCount: Int { rows.reduce(0) { $0 + $1.outputCount } }
}

/// What came out of a planned row.
package enum RowSample: Sendable, Equatable {
    /// The row samples nothing.
    case none
    /// The next token; no draft was right.
    case token(Int32)
    /// The drafts that were right, then the next token.
    ///
    /// A slice, so that rows share memory; the next writer lets go of the samples first.
    case tokens(ArraySlice<Int32>)
    /// The logits are sound, but no token may follow; the sequence ends and what it computed is kept.
    case barred
    /// The logits were not usable; the sequence ends and nothing it computed is kept.
    case failed
}

/// Why a sequence ended.
package enum EndReason: Sendable, Equatable {
    /// It produced one of its stop tokens.
    case stopToken(Int32)
    /// It reached its own limit or the end of the context.
    case length
    /// Somebody cancelled it.
    case cancelled
    /// Its logits were not usable, or left no token that may follow.
    case failed
}

/// What a step changed for one sequence.
package enum Outcome: Sendable, Equatable {
    /// The next token; a stop token is not one of them.
    case token(SequenceID, Int32)
    /// The one ending.
    case finished(SequenceID, EndReason)
}
