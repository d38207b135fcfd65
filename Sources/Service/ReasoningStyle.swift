import Grammar
import JSON
import OpenAI
import Templating
import Tokenization

/// How a model thinks, as its vocabulary and its chat template show.
struct ReasoningStyle: Sendable {
    /// Whether template or vocabulary know the tags: answers are then expected to begin with thinking.
    let isExpected: Bool
    /// Whether the template itself deals with thinking in earlier turns.
    let isHandledByTemplate: Bool
    /// What its vocabulary has for it.
    let vocabulary: ThinkingVocabulary

    /// Between the thinking and the answer where the template does not say.
    private static let usualClosing = "\n</think>\n\n"
    private static let longestClosingBytes = 64

    init(_ tokenizer: Tokenizer, _ template: ChatTemplate?, usableVocabulary: Int) {
        let closingTag = String(decoding: ThinkingScanner.closingTag, as: UTF8.self)
        let openingTag = String(decoding: ThinkingScanner.openingTag, as: UTF8.self)
        isHandledByTemplate = template?.mentions(closingTag) ?? false
        isExpected =
            isHandledByTemplate || template?.mentions(openingTag) ?? false || tokenizer.id(ofPiece: closingTag) != nil
        let text = template.flatMap { Self.closing(of: $0, tag: closingTag) } ?? Self.usualClosing
        let tokens = tokenizer.encode(text, specialTokens: true, addBOS: false)
        vocabulary = ThinkingVocabulary(
            texts: (0..<Int32(clamping: tokenizer.count)).lazy.map { tokenizer.bytes(of: $0, rendersSpecial: true) },
            count: usableVocabulary, isSpecial: { tokenizer.isSpecial($0) },
            opening: tokenizer.id(ofPiece: openingTag).flatMap { Int($0) < usableVocabulary ? $0 : nil },
            closing: tokens.allSatisfy { Int($0) < usableVocabulary } ? tokens : [])
    }

    /// What the template writes between the thinking and the answer of an earlier turn.
    private static func closing(of template: ChatTemplate, tag: String) -> String? {
        let marks = (thought: "0thought0", said: "0said0")
        let input = ChatTemplateInput(
            messages: [
                ["role": "user", "content": "0asked0"],
                [
                    "role": "assistant", "content": .string(marks.said),
                    "reasoning_content": .string(marks.thought),
                ],
            ],
            tools: nil, addGenerationPrompt: false, bosToken: "", eosToken: "", extra: [:],
            now: TemplateDate(unixSeconds: 0))
        guard let text = try? template.render(input), let thought = text.firstRange(of: marks.thought),
            let said = text[thought.upperBound...].firstRange(of: marks.said)
        else { return nil }
        let between = text[thought.upperBound..<said.lowerBound]
        guard between.utf8.count <= longestClosingBytes, between.contains(tag) else { return nil }
        return String(between)
    }
}

/// Where an answer begins, as the end of its prompt shows.
enum ReasoningStart: Sendable, Equatable {
    /// The prompt has opened a block.
    case inside
    /// The answer may open one.
    case open
    /// The prompt has opened and closed one; the answer may still open another.
    case closed
    /// The prompt already holds the beginning of the answer's text.
    case answering

    /// What the end of a prompt says.
    init(endOf prompt: String) {
        let end = Array(prompt.utf8.reversed().prefix(Self.endBytes).drop { $0 == 0x20 || (0x09...0x0d).contains($0) })
        if end.starts(with: ThinkingScanner.openingTag.reversed()) {
            self = .inside
        } else if end.starts(with: ThinkingScanner.closingTag.reversed()) {
            self = .closed
        } else {
            self = .open
        }
    }

    /// How much of a prompt's end is looked at.
    private static let endBytes = 256
}
