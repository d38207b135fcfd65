import Grammar
package import Sampling

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

/// Tells thinking from answer by the tags that were found where the tokens were chosen; the pieces in which the text
/// comes cannot change how it is handled.
///
/// Tags and the newlines around them belong to neither. What might still become one of these waits. For example, for an
/// answer that begins in its block:
///
///     text        \n        why\n     </th          ink>\n        so
///     tags                            4 open bytes  closed at 4
///     decided     dropped   why       -             \n</think>\n  so
///     as                    thinking                dropped       content
package struct ReasoningParser: Sendable {
    /// How the text of a request's choices is split.
    package struct Rules: Sendable {
        /// Whether the text begins in the block.
        let isInside: Bool
        /// Whether text that was content may become reasoning, as nobody has seen it yet.
        let recalls: Bool

        /// The rules of one request.
        package init(isInside: Bool, recalls: Bool) {
            self.isInside = isInside
            self.recalls = recalls
        }
    }

    private var phase: ThinkingPhase
    /// Bytes at the end of which it is open what they are: newlines, then what may become a tag.
    private var undecided = 0
    private var newlines = 0
    /// Whether newlines belong to the tag before them.
    private var trims: Bool

    /// Whether a tag would still mean something.
    package private(set) var isListening = true

    /// A splitter at the beginning of a text.
    package init(_ rules: Rules) {
        phase = rules.isInside ? .inside : .before
        trims = rules.isInside
    }

    /// Whether the text stands in the block of thinking.
    var isInside: Bool { phase == .inside }

    /// Takes more text and adds to `parts` what has become certain; true when all earlier content was reasoning.
    /// - Parameters:
    ///   - tags: the tags that the text completes, at their places in it; nil for the end of a text, which completes
    ///     none.
    ///   - isHidden: whether the text is a special token that is not to be seen where it is no tag.
    package mutating func append(
        _ text: [UInt8], _ tags: TagMarks?, isHidden: Bool, to parts: inout [TextPart]
    ) -> Bool {
        guard let tags else {
            if !text.isEmpty { add(text[...], open: 0, &parts) }
            return false
        }
        var start = 0
        for mark in tags.all {
            if mark.event == .began {
                phase = .answer
            } else {
                pass(mark.event, text[start..<mark.end], isHidden: isHidden, &parts)
                start = mark.end
            }
        }
        phase = tags.phase
        isListening = tags.isListening
        add(text[start...], open: tags.openBytes, &parts)
        return tags.contains(.closedLate)
    }

    /// Decides about what is left at the end of the text.
    package mutating func finish(_ parts: inout [TextPart]) {
        let isNewlines = undecided == newlines
        decide(undecided, isInside ? isNewlines ? .dropped : .reasoning : .content, &parts)
    }
}

extension ReasoningParser {
    /// Takes text that ends with a tag, which is left out with the newlines before it and those to come.
    private mutating func pass(
        _ event: TagEvent, _ text: ArraySlice<UInt8>, isHidden: Bool, _ parts: inout [TextPart]
    ) {
        let isOpening = event == .opened || event == .reopened || event == .mentioned
        let tag = isOpening ? ThinkingScanner.openingTag : ThinkingScanner.closingTag
        add(text, open: tag.count, &parts)
        guard event != .mentioned else { return decide(undecided, isHidden ? .dropped : .content, &parts) }
        decide(undecided, .dropped, &parts)
        phase = isOpening ? .inside : .answer
        newlines = 0
        trims = true
    }

    /// Takes text and decides about it, up to the `open` bytes at its end.
    private mutating func add(_ text: ArraySlice<UInt8>, open: Int, _ parts: inout [TextPart]) {
        // What was open before was no newline, and what is not open any more is text.
        let earlier = undecided - newlines
        undecided += text.count
        guard phase != .before else { return }
        guard trims || isInside else { return settle(undecided - open, &parts) }
        let plain = text.dropLast(open)
        settle(max(0, earlier + text.count - open - plain.count), &parts)
        for byte in plain {
            if byte == 0x0a || byte == 0x0d { settleNewline(&parts) } else { settle(1, &parts) }
        }
    }

    /// Decides about so many bytes behind the newlines that are undecided, none of them a newline.
    private mutating func settle(_ count: Int, _ parts: inout [TextPart]) {
        guard count > 0 else { return }
        trims = false
        decide(newlines + count, isInside ? .reasoning : .content, &parts)
        newlines = 0
    }

    private mutating func settleNewline(_ parts: inout [TextPart]) {
        if trims {
            decide(1, .dropped, &parts)
        } else if isInside {
            newlines += 1
        } else {
            decide(1, .content, &parts)
        }
    }

    private mutating func decide(_ count: Int, _ part: TextPart, _ parts: inout [TextPart]) {
        parts.append(contentsOf: repeatElement(part, count: count))
        undecided -= count
    }
}
