/// Where an answer stands with its block of thinking.
package enum ThinkingPhase: Sendable, Equatable {
    /// Nothing but blanks so far: a block may still open.
    case before
    /// In the block.
    case inside
    /// Behind the block, or in an answer without one.
    case answer
}

/// What a byte of an answer decides about its thinking.
package enum TagEvent: Sendable, Equatable {
    /// The byte completes the tag that opens the block.
    case opened
    /// The byte belongs to an answer without a block.
    case began
    /// The byte completes an opening tag inside the block, where it means nothing.
    case reopened
    /// The byte completes the tag that closes the block.
    case closed
    /// The byte completes a closing tag although no block was opened: all of the answer so far was thinking.
    case closedLate
    /// The byte completes a closing tag behind a block that was closed without the model, which has noticed late.
    case closedAgain
    /// The byte completes an opening tag in the middle of an answer, which is text.
    case mentioned
}

/// An event and its place in a token's text.
package struct TagMark: Sendable, Equatable {
    /// What happens.
    package let event: TagEvent
    /// Bytes of the token's text up to the event.
    package let end: Int

    /// An event behind `end` bytes.
    package init(_ event: TagEvent, end: Int) {
        self.event = event
        self.end = end
    }
}

/// What a token's text is to the thinking of its answer, for readers who then need not look for tags again.
///
/// For example, the tokens `why</th`, `ink>\n`, `so` of an answer that begins in its block have no mark and 4 open
/// bytes; the mark `closed` behind 4 bytes; and nothing.
package struct TagMarks: Sendable, Equatable {
    /// The first event; further ones of the same token are rare enough to take memory.
    private var first: TagMark?
    private var others: [TagMark] = []
    /// Where the answer stands behind the token.
    package var phase = ThinkingPhase.answer
    /// Bytes at the end of the text so far that the next token may turn into a tag.
    package var openBytes = 0
    /// Whether a tag would still mean something behind the token.
    package var isListening = false

    /// A token without tags behind the block, or in an answer without one.
    package init() {}

    /// Whether nothing happens in the token.
    package var isEmpty: Bool { first == nil }

    /// All events in order.
    package var all: [TagMark] { (first.map { [$0] } ?? []) + others }

    /// The same events at other places, each asked for in order.
    package func placed(_ place: (Int) -> Int) -> TagMarks {
        guard !isEmpty else { return self }
        var moved = self
        moved.first = first.map { TagMark($0.event, end: place($0.end)) }
        moved.others = others.map { TagMark($0.event, end: place($0.end)) }
        return moved
    }

    /// Whether this happens in the token.
    package func contains(_ event: TagEvent) -> Bool {
        first?.event == event || others.contains { $0.event == event }
    }

    /// Adds an event behind those before.
    package mutating func append(_ mark: TagMark) {
        if first == nil { first = mark } else { others.append(mark) }
    }
}
