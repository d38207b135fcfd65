import Grammar
import JSON
import OpenAI
import Templating

extension Message {
    /// The message as the template is to see it: where the template does not know thinking, an assistant's own
    /// thinking in front of its answer is left out, as it is by the templates that know it.
    func forTemplate(_ form: ReasoningStyle) -> JSONValue {
        guard role == .assistant, !form.isHandledByTemplate, let content, ThinkingText.begins(content),
            var object = templateValue.objectValue
        else { return templateValue }
        object["content"] = .string(ThinkingText.answer(of: content))
        return .object(object)
    }
}

/// Thinking in texts that clients send.
enum ThinkingText {
    static let opening = String(decoding: ThinkingScanner.openingTag, as: UTF8.self)
    static let closing = String(decoding: ThinkingScanner.closingTag, as: UTF8.self)

    /// Whether a text begins with a block.
    static func begins(_ text: String) -> Bool { text.drop { $0.isWhitespace }.hasPrefix(opening) }

    /// What follows the last closing tag, without leading newlines; nothing if the block is open.
    static func answer(of text: String) -> String {
        guard let range = text.ranges(of: closing).last else { return "" }
        return String(text[range.upperBound...].drop { $0.isNewline })
    }
}

/// A last message whose thinking the answer goes on with, or has just closed.
///
/// Templates write thinking in their own way or leave it out; so it is put behind the opening of the turn as it is.
struct ContinuedThinking {
    private let text: String
    /// Where the answer begins.
    let start: ReasoningStart

    /// Nil for a message without thinking.
    init?(_ message: Message, form: ReasoningStyle) {
        let content = message.content ?? ""
        let isTagged = ThinkingText.begins(content) || form.isExpected && content.contains(ThinkingText.closing)
        if isTagged {
            text = content
        } else if let reasoning = message.reasoning, !reasoning.isEmpty {
            let answer = content.isEmpty ? "" : "\n\(ThinkingText.closing)\n\n\(content)"
            text = "\(ThinkingText.opening)\n\(reasoning)\(answer)"
        } else {
            return nil
        }
        guard let closing = text.firstRange(of: ThinkingText.closing) else {
            start = .inside
            return
        }
        start = text[closing.upperBound...].allSatisfy(\.isWhitespace) ? .closed : .answering
    }

    /// The text behind the opening of the turn, in which the block may be open already.
    func joined(to opening: MarkedText) -> MarkedText {
        var rest = text[...]
        if ReasoningStart(endOf: opening.string) == .inside, ThinkingText.begins(text) {
            rest = rest.drop { $0.isWhitespace }.dropFirst(ThinkingText.opening.count).drop { $0.isNewline }
        }
        var joined = opening
        joined.append(Self.marked(rest))
        return joined
    }

    /// The text as the request's, but for the tags, by which thinking is told from the answer.
    private static func marked(_ text: Substring) -> MarkedText {
        var result = MarkedText()
        var start = text.startIndex
        func append(upTo end: Substring.Index) {
            let part = String(text[start..<end])
            result.append(MarkedText(part, request: RequestRanges(all: part.utf8.count)))
        }
        let tags = text.ranges(of: ThinkingText.opening) + text.ranges(of: ThinkingText.closing)
        for tag in tags.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            append(upTo: tag.lowerBound)
            result.append(String(text[tag]))
            start = tag.upperBound
        }
        append(upTo: text.endIndex)
        return result
    }
}
