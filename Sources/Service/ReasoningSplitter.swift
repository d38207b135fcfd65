package import Engine

/// What a byte of the generated text is to its reader.
package enum TextPart: UInt8, Sendable {
    /// Part of the reasoning.
    case reasoning
    /// Part of the answer.
    case content
    /// Part of a call or of its markup.
    case call
    /// A tag, a newline beside one, or a special token that leaves no trace.
    case dropped
}

/// Tells thinking from answer, byte by byte; the pieces in which the text comes cannot change what becomes of it.
///
/// Tags and the newlines around them belong to neither. What might still become one of these waits.
package struct ReasoningSplitter: Sendable {
    /// How the text of a request's choices is split.
    package struct Rules: Sendable {
        /// Where the text begins.
        let start: ThinkingScanner
        /// Whether text that was content may become reasoning, as nobody has seen it yet.
        let recalls: Bool

        /// The rules of one request.
        package init(start: ThinkingScanner, recalls: Bool) {
            self.start = start
            self.recalls = recalls
        }
    }

    private var scanner: ThinkingScanner
    /// Bytes at the end of which it is open what they are: newlines, then what may become a tag.
    private var undecided = 0
    private var newlines = 0
    /// Whether newlines belong to the tag before them.
    private var trims: Bool

    /// A splitter at the beginning of a text.
    package init(_ rules: Rules) {
        scanner = rules.start
        trims = rules.start.phase == .inside
    }

    /// Whether a tag would still mean something.
    package var isListening: Bool { scanner.isListening }

    /// Whether the text stands in the block of thinking.
    var isInside: Bool { scanner.phase == .inside }

    /// Takes note that the block is closed without the model, whose own closing tags are then left out.
    package mutating func expectOwnClose() { scanner.expectOwnClose() }

    /// Takes more text and adds to `parts` what has become certain; true when all earlier content was reasoning.
    /// - Parameter isHidden: whether the text is a special token that is not to be seen where it is no tag.
    package mutating func append(_ text: some Sequence<UInt8>, isHidden: Bool, to parts: inout [TextPart]) -> Bool {
        var isLate = false
        for byte in text {
            undecided += 1
            switch scanner.advance(byte) {
            case .opened, .reopened, .closed, .closedAgain:
                passTag(&parts)
            case .closedLate:
                passTag(&parts)
                isLate = true
            case .mentioned:
                decide(undecided, isHidden ? .dropped : .content, &parts)
            case .none, .began:
                settle(byte, &parts)
            }
        }
        return isLate
    }

    /// Decides about what is left at the end of the text.
    package mutating func finish(_ parts: inout [TextPart]) {
        let isNewlines = undecided == newlines
        decide(undecided, scanner.phase == .inside ? isNewlines ? .dropped : .reasoning : .content, &parts)
    }

    /// Leaves out a tag with the newlines before it and those to come.
    private mutating func passTag(_ parts: inout [TextPart]) {
        decide(undecided, .dropped, &parts)
        newlines = 0
        trims = true
    }

    /// Decides about what the last byte made plain text.
    private mutating func settle(_ byte: UInt8, _ parts: inout [TextPart]) {
        guard scanner.phase != .before else { return }
        let isInside = scanner.phase == .inside
        let held = scanner.isListening ? scanner.tagBytes : 0
        let plain = undecided - newlines - held
        guard plain > 0 else { return }
        let isNewline = byte == 0x0a || byte == 0x0d
        if isNewline, trims, plain == 1 { return decide(1, .dropped, &parts) }
        trims = false
        let kept = isInside && isNewline ? 1 : 0
        if plain == kept {
            newlines += 1
        } else {
            decide(newlines + plain - kept, isInside ? .reasoning : .content, &parts)
            newlines = kept
        }
    }

    private mutating func decide(_ count: Int, _ part: TextPart, _ parts: inout [TextPart]) {
        parts.append(contentsOf: repeatElement(part, count: count))
        undecided -= count
    }
}
