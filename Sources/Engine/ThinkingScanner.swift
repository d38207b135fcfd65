/// Where an answer stands with its block of thinking.
package enum ThinkingPhase: Sendable, Equatable {
    /// Nothing but blanks so far: a block may still open.
    case before
    /// In the block.
    case inside
    /// Behind the block, or in an answer without one.
    case answer
}

/// Finds the tags of a thinking block in an answer, byte by byte, whatever the tokens and pieces in which it comes.
///
/// A block opens where a prompt has opened it, or with the first text of an answer. It closes with the first
/// `</think>`. What looks like a tag later is text.
package struct ThinkingScanner: Sendable {
    /// What a byte came to.
    package enum Event: Sendable, Equatable {
        /// More of the same, or too early to say.
        case none
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

    /// `<think>`
    package static let openingTag = Array("<think>".utf8)
    /// `</think>`
    package static let closingTag = Array("</think>".utf8)
    /// Blanks in front of a block; an answer with more of them has none.
    private static let maximumBlanks = 16

    /// Where the answer stands.
    package private(set) var phase: ThinkingPhase
    /// Whether a closing tag without an opening one would still count.
    package private(set) var awaitsLateClose: Bool
    /// Whether the block was closed without the model: its own closing tags behind it are no text.
    package private(set) var awaitsOwnClose = false
    private var blanks = 0
    private var openingBytes = 0
    private var closingBytes = 0

    /// A scanner at the beginning of an answer.
    /// - Parameter awaitsLateClose: whether a closing tag without an opening one makes thinking of what precedes it.
    package init(isInside: Bool, awaitsLateClose: Bool) {
        phase = isInside ? .inside : .before
        self.awaitsLateClose = awaitsLateClose && !isInside
    }

    /// Bytes at the end that further ones may turn into a tag.
    package var tagBytes: Int { max(openingBytes, closingBytes) }

    /// Whether any tag still means something.
    package var isListening: Bool { phase != .answer || awaitsLateClose || awaitsOwnClose }

    /// Takes note that the block is closed without the model.
    package mutating func expectOwnClose() { awaitsOwnClose = true }

    /// Takes the next byte of the answer.
    package mutating func advance(_ byte: UInt8) -> Event {
        switch phase {
        case .before: return begin(byte)
        case .inside: return think(byte)
        case .answer: return awaitsLateClose || awaitsOwnClose ? watch(byte) : .none
        }
    }

    private mutating func begin(_ byte: UInt8) -> Event {
        if tagBytes == 0, Self.isBlank(byte), blanks < Self.maximumBlanks {
            blanks += 1
            return .none
        }
        let earlier = tagBytes
        match(byte)
        if openingBytes == Self.openingTag.count { return enter(.inside, .opened) }
        if closingBytes == Self.closingTag.count { return enter(.answer, .closedLate) }
        if tagBytes > earlier, openingBytes > 0 || awaitsLateClose { return .none }
        phase = .answer
        return .began
    }

    private mutating func think(_ byte: UInt8) -> Event {
        match(byte)
        if closingBytes == Self.closingTag.count { return enter(.answer, .closed) }
        guard openingBytes == Self.openingTag.count else { return .none }
        openingBytes = 0
        return .reopened
    }

    private mutating func watch(_ byte: UInt8) -> Event {
        match(byte)
        if closingBytes == Self.closingTag.count {
            return enter(.answer, awaitsOwnClose ? .closedAgain : .closedLate)
        }
        guard openingBytes == Self.openingTag.count else { return .none }
        return enter(.answer, .mentioned)
    }

    private mutating func enter(_ phase: ThinkingPhase, _ event: Event) -> Event {
        self.phase = phase
        awaitsLateClose = false
        openingBytes = 0
        closingBytes = 0
        return event
    }

    /// Neither tag begins anew inside itself, so a mismatch starts over with the byte at hand.
    private mutating func match(_ byte: UInt8) {
        openingBytes = Self.matched(Self.openingTag, openingBytes, byte)
        closingBytes = Self.matched(Self.closingTag, closingBytes, byte)
    }

    private static func matched(_ tag: [UInt8], _ count: Int, _ byte: UInt8) -> Int {
        if byte == tag[count] { return count + 1 }
        return byte == tag[0] ? 1 : 0
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}
