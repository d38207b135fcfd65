import JSON
import OpenAI

/// Reads a call behind `<function=`: `name>{…}</function>`, or `name>` with `<parameter=key>` … `</parameter>` for every
/// argument and `</function>` at the end. The closing of the block or another call ends it, too, and the `>` behind the
/// name may be missing in front of `{`.
struct FunctionTagReader: Sendable {
    private enum Place: Sendable { case name, inside, tag, json, closing, key, text }

    private let format: ToolFormat
    private let functions: CallableFunctions
    private var place = Place.name
    private var name: [UInt8] = []
    private var function = ""
    /// The mark that opened the name.
    private var quote: UInt8?
    private var tag = LiteralMatcher([])
    private var json = ArgumentText(isPython: false, in: nil)
    private var key: [UInt8] = []
    private var parameter: ParameterText
    private var hasBegun = false
    /// The parameters that were given.
    private var given: Set<String> = []
    /// Whether the parameter was given before, so that this value is left out.
    private var isRepeated = false

    private static let parameterTag = "<parameter="
    private static let closingTag = "</function>"
    private static let blockTag = "</tool_call>"
    private static let tags = [parameterTag, closingTag, blockTag, "<tool_call>", "<function="]
    private static let longestKey = 256

    /// A reader behind `<function=`.
    init(_ format: ToolFormat, _ functions: CallableFunctions) {
        self.format = format
        self.functions = functions
        parameter = ParameterText(functions, of: "", in: "", given: [])
    }

    /// Takes the next byte.
    mutating func advance(_ byte: UInt8) -> CallStep {
        switch place {
        case .name: return passName(byte)
        case .inside: return passInside(byte)
        case .tag: return passTag(byte)
        case .json: return passJSON(byte, [])
        case .closing: return passClosing(byte)
        case .key: return passKey(byte)
        case .text: return passText(byte)
        }
    }

    /// Ends arguments that are not complete; nil when none are on their way.
    mutating func closeArguments() -> [CallEvent]? {
        guard hasBegun, place != .closing else { return nil }
        let end = [UInt8(ascii: "}")]
        switch place {
        case .json: return json.closed
        case .text: return [.arguments((isRepeated ? [] : parameter.close()) + end), .ended]
        default: return [.arguments(end), .ended]
        }
    }

    /// What is held where the text ends, if that decides about it.
    mutating func finish(isCut: Bool) -> CallStep? {
        var text: [UInt8] = []
        if place == .json {
            return isCut ? nil : json.finish(to: &text).map { .taken([.arguments(text)], surplus: $0) }
        }
        guard place == .text else { return nil }
        guard let surplus = parameter.finish(isCut: isCut, to: &text) else { return nil }
        place = .inside
        return .taken(events(text), surplus: surplus)
    }

    private mutating func passName(_ byte: UInt8) -> CallStep {
        if ToolDefinition.isNameByte(byte), name.count < functions.longestName {
            name.append(byte)
            return .held
        }
        // The name may stand in quotation marks.
        let isMark = byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
        if isMark, quote == (name.isEmpty ? nil : byte) {
            quote = name.isEmpty ? byte : nil
            return .held
        }
        let isOpened = byte == UInt8(ascii: ">") || byte == UInt8(ascii: "{")
        guard isOpened, let known = functions.name(name) else { return .refused }
        function = known
        place = .inside
        return byte == UInt8(ascii: ">") ? .held : passInside(byte)
    }

    private mutating func passInside(_ byte: UInt8) -> CallStep {
        if ArgumentText.isBlank(byte) { return hasBegun ? .taken([]) : .held }
        if byte == UInt8(ascii: "{"), !hasBegun {
            hasBegun = true
            place = .json
            json = ArgumentText(isPython: false, in: format.context(functions, function))
            return passJSON(byte, [.began(name: function)])
        }
        tag = LiteralMatcher(hasBegun ? Self.tags : Array(Self.tags.prefix(3)))
        place = .tag
        return passTag(byte)
    }

    private mutating func passTag(_ byte: UInt8) -> CallStep {
        switch tag.advance(byte) {
        case .more: return .held
        case .matched(let index):
            let opening: [CallEvent] = hasBegun ? [] : [.began(name: function), .arguments([UInt8(ascii: "{")])]
            hasBegun = true
            guard index == 0 else {
                let surplus = index == 1 ? 0 : Self.tags[index].utf8.count
                return .finished(opening + [.arguments([UInt8(ascii: "}")]), .ended], surplus: surplus)
            }
            key = []
            place = .key
            return .taken(opening)
        case .none: return fail()
        }
    }

    private mutating func passJSON(_ byte: UInt8, _ earlier: [CallEvent]) -> CallStep {
        var text: [UInt8] = []
        let verdict = json.advance(byte, to: &text)
        let events = earlier + (text.isEmpty ? [] : [.arguments(text)])
        switch verdict {
        case .more: return .taken(events)
        case .held: return .held
        case .again(let surplus): return .taken(events, surplus: surplus)
        case .complete:
            tag = LiteralMatcher([Self.closingTag])
            place = .closing
            return .taken(events + [.ended])
        case .ended, .refused: return .broken(events + json.closed(by: byte, markup: format.markup))
        }
    }

    /// Blanks and the closing tag behind arguments in JSON.
    private mutating func passClosing(_ byte: UInt8) -> CallStep {
        if tag.isFresh, ArgumentText.isBlank(byte) { return .held }
        switch tag.advance(byte) {
        case .more: return .held
        case .matched: return .finished([])
        case .none: return .refused
        }
    }

    private mutating func passKey(_ byte: UInt8) -> CallStep {
        guard byte == UInt8(ascii: ">") else {
            key.append(byte)
            return key.count <= Self.longestKey ? .held : fail()
        }
        let name = Self.name(key)
        parameter = ParameterText(functions, of: name, in: function, given: given)
        isRepeated = !given.insert(name).inserted
        place = .text
        guard !isRepeated else { return .taken([]) }
        let separator = given.count == 1 ? "" : ", "
        return .taken([.arguments(Array("\(separator)\(JSONValue.string(name).serialized()): ".utf8))])
    }

    /// A key without blanks and quotation marks around it.
    private static func name(_ key: [UInt8]) -> String {
        func isAround(_ byte: UInt8) -> Bool {
            ArgumentText.isBlank(byte) || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
        }
        var name = key[...]
        while let first = name.first, isAround(first) { name.removeFirst() }
        while let last = name.last, isAround(last) { name.removeLast() }
        return String(decoding: name, as: UTF8.self)
    }

    private mutating func passText(_ byte: UInt8) -> CallStep {
        var text: [UInt8] = []
        switch parameter.advance(byte, to: &text) {
        case .held: return .held
        case .more(let surplus): return .taken(events(text), surplus: surplus)
        case .ended(let surplus):
            place = .inside
            return .taken(events(text), surplus: surplus)
        }
    }

    private func events(_ text: [UInt8]) -> [CallEvent] { text.isEmpty || isRepeated ? [] : [.arguments(text)] }

    private mutating func fail() -> CallStep {
        guard let rest = closeArguments() else { return .refused }
        return .broken(rest)
    }
}
