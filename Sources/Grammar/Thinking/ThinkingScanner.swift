package import Sampling

/// Finds the tags of a thinking block in an answer, byte by byte, whatever the tokens and pieces in which it comes.
///
/// A block opens where a prompt has opened it, or with the first text of an answer. It closes with the first
/// `</think>`. What looks like a tag later is text.
package struct ThinkingScanner: Sendable {
    /// `<think>`
    package static let openingTag = Array("<think>".utf8)
    /// `</think>`
    package static let closingTag = Array("</think>".utf8)
    /// Blanks in front of a block; an answer with more of them has none.
    private static let maximumBlanks = 16

    /// Where the answer stands.
    private(set) var phase: ThinkingPhase
    /// Whether a closing tag without an opening one would still count.
    private var awaitsLateClose: Bool
    /// Whether the block was closed without the model: its own closing tags behind it are no text.
    private var awaitsOwnClose = false
    private var blanks = 0
    private var openingBytes = 0
    private var closingBytes = 0

    /// A scanner at the beginning of an answer.
    /// - Parameter awaitsLateClose: whether a closing tag without an opening one makes thinking of what precedes it.
    package init(isInside: Bool, awaitsLateClose: Bool) {
        phase = isInside ? .inside : .before
        self.awaitsLateClose = awaitsLateClose && !isInside
    }

    private var tagBytes: Int { max(openingBytes, closingBytes) }

    /// Whether any tag still means something.
    var isListening: Bool { phase != .answer || awaitsLateClose || awaitsOwnClose }

    /// From now on no tag in the answer means anything: what the answer is bound to may hold the text of one.
    mutating func endWithTheThinking() { awaitsLateClose = false }

    /// Takes note that the block is closed without the model.
    mutating func expectOwnClose() { awaitsOwnClose = true }

    /// Takes the text of the next token.
    /// - Returns: the tags in it and where the answer stands behind it.
    package mutating func marks(in text: some Sequence<UInt8>) -> TagMarks {
        var marks = TagMarks()
        for (index, byte) in text.enumerated() {
            if let event = advance(byte) { marks.append(TagMark(event, end: index + 1)) }
        }
        marks.phase = phase
        marks.openBytes = isListening ? tagBytes : 0
        marks.isListening = isListening
        return marks
    }

    /// Takes the next byte of the answer; nil where it decides nothing, or nothing yet.
    mutating func advance(_ byte: UInt8) -> TagEvent? {
        switch phase {
        case .before: return begin(byte)
        case .inside: return think(byte)
        case .answer: return awaitsLateClose || awaitsOwnClose ? watch(byte) : nil
        }
    }

    private mutating func begin(_ byte: UInt8) -> TagEvent? {
        if tagBytes == 0, Self.isBlank(byte), blanks < Self.maximumBlanks {
            blanks += 1
            return nil
        }
        let earlier = tagBytes
        match(byte)
        if openingBytes == Self.openingTag.count { return enter(.inside, .opened) }
        if closingBytes == Self.closingTag.count { return enter(.answer, .closedLate) }
        if tagBytes > earlier, openingBytes > 0 || awaitsLateClose { return nil }
        phase = .answer
        return .began
    }

    private mutating func think(_ byte: UInt8) -> TagEvent? {
        match(byte)
        if closingBytes == Self.closingTag.count { return enter(.answer, .closed) }
        guard openingBytes == Self.openingTag.count else { return nil }
        openingBytes = 0
        return .reopened
    }

    private mutating func watch(_ byte: UInt8) -> TagEvent? {
        match(byte)
        if closingBytes == Self.closingTag.count {
            return enter(.answer, awaitsOwnClose ? .closedAgain : .closedLate)
        }
        guard openingBytes == Self.openingTag.count else { return nil }
        return enter(.answer, .mentioned)
    }

    private mutating func enter(_ phase: ThinkingPhase, _ event: TagEvent) -> TagEvent? {
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
