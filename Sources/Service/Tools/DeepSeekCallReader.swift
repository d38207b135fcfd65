import OpenAI

/// Reads a call behind `<｜tool▁call▁begin｜>`: `function<｜tool▁sep｜>name`, a new line and the arguments in a block of code,
/// or `name<｜tool▁sep｜>{…}`, then `<｜tool▁call▁end｜>`. The form is that of the chat templates of DeepSeek R1 and V3.1.
struct DeepSeekCallReader: Sendable {
    private enum Place: Sendable {
        case kind, separator, name, opening, fence, language, arguments, closing, closingFence
    }

    private let functions: CallableFunctions
    private var place = Place.kind
    private var name: [UInt8] = []
    private var tag = LiteralMatcher([])
    private var languageBytes = 0
    private var value = ArgumentText(isPython: false, in: nil)

    static let callsBegin = "<｜tool▁calls▁begin｜>"
    static let callsEnd = "<｜tool▁calls▁end｜>"
    static let callBegin = "<｜tool▁call▁begin｜>"
    static let callEnd = "<｜tool▁call▁end｜>"
    static let separator = "<｜tool▁sep｜>"
    private static let kind = Array("function".utf8)
    private static let longestLanguage = 16

    /// A call as these models write it.
    static func text(of name: String, _ arguments: String) -> String {
        "\(callBegin)function\(separator)\(name)\n\(ToolFormat.fence)json\n\(arguments)\n\(ToolFormat.fence)\(callEnd)"
    }

    /// A reader behind the tag.
    init(_ functions: CallableFunctions) { self.functions = functions }

    /// Takes the next byte.
    mutating func advance(_ byte: UInt8) -> CallStep {
        switch place {
        case .kind, .name: return passName(byte)
        case .separator:
            return match(byte) {
                $0.place = $0.name == Self.kind ? .name : .opening
                if $0.name == Self.kind { $0.name = [] }
            }
        case .opening: return passOpening(byte)
        case .fence: return match(byte) { $0.place = .language }
        case .language: return passLanguage(byte)
        case .arguments: return pass(byte, [])
        case .closing: return passClosing(byte)
        case .closingFence:
            let step = match(byte) {
                $0.place = .closing
                $0.tag = LiteralMatcher([Self.callEnd])
            }
            return step == .held && place == .closing ? .taken([]) : step
        }
    }

    /// Ends arguments that are not complete; nil when none are on their way.
    mutating func closeArguments() -> [CallEvent]? {
        guard place == .arguments else { return nil }
        return value.closed
    }

    /// What is held where the text ends, if that decides about it.
    mutating func finish() -> CallStep? {
        guard place == .arguments else { return nil }
        var text: [UInt8] = []
        return value.finish(to: &text).map { .taken([.arguments(text)], surplus: $0) }
    }

    /// A byte of a tag, behind which something else begins.
    private mutating func match(_ byte: UInt8, then next: (inout Self) -> Void) -> CallStep {
        switch tag.advance(byte) {
        case .more: return .held
        case .none: return .refused
        case .matched:
            next(&self)
            return .held
        }
    }

    private mutating func passName(_ byte: UInt8) -> CallStep {
        if ToolDefinition.isNameByte(byte), name.count < max(functions.longestName, Self.kind.count) {
            name.append(byte)
            return .held
        }
        if place == .kind {
            guard name == Self.kind || functions.name(name) != nil else { return .refused }
            tag = LiteralMatcher([Self.separator])
            place = .separator
            return advance(byte)
        }
        // A function may itself be called `function`, with its arguments right behind the separator.
        if name.isEmpty { name = Self.kind }
        guard functions.name(name) != nil else { return .refused }
        place = .opening
        return passOpening(byte)
    }

    private mutating func passOpening(_ byte: UInt8) -> CallStep {
        switch byte {
        case _ where ArgumentText.isBlank(byte): return .held
        case UInt8(ascii: "{"): return begin(byte)
        case UInt8(ascii: "`"):
            tag = LiteralMatcher([ToolFormat.fence])
            languageBytes = 0
            place = .fence
            return advance(byte)
        default: return .refused
        }
    }

    private mutating func passLanguage(_ byte: UInt8) -> CallStep {
        if byte == UInt8(ascii: "{") { return begin(byte) }
        if ArgumentText.isBlank(byte) { return .held }
        languageBytes += 1
        return ToolDefinition.isNameByte(byte) && languageBytes <= Self.longestLanguage ? .held : .refused
    }

    private mutating func begin(_ byte: UInt8) -> CallStep {
        guard let known = functions.name(name) else { return .refused }
        place = .arguments
        value = ArgumentText(isPython: false, in: ToolFormat.deepseek.context(functions, known))
        return pass(byte, [.began(name: known)])
    }

    private mutating func pass(_ byte: UInt8, _ earlier: [CallEvent]) -> CallStep {
        var text: [UInt8] = []
        let verdict = value.advance(byte, to: &text)
        let events = earlier + (text.isEmpty ? [] : [.arguments(text)])
        switch verdict {
        case .more: return .taken(events)
        case .held: return .held
        case .again(let surplus): return .taken(events, surplus: surplus)
        case .complete:
            tag = LiteralMatcher([Self.callEnd])
            place = .closing
            return .taken(events + [.ended])
        case .ended, .refused: return .broken(events + value.closed(by: byte, markup: ToolFormat.deepseek.markup))
        }
    }

    /// Blanks, the end of the block of code and the closing tag.
    private mutating func passClosing(_ byte: UInt8) -> CallStep {
        if tag.isFresh {
            if ArgumentText.isBlank(byte) { return .held }
            if byte == UInt8(ascii: "`") {
                tag = LiteralMatcher([ToolFormat.fence])
                place = .closingFence
                return advance(byte)
            }
        }
        switch tag.advance(byte) {
        case .more: return .held
        case .matched: return .finished([])
        case .none: return .refused
        }
    }
}
