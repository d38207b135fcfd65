import JSON
import OpenAI

/// Reads a call behind `<function=`: `name>{…}</function>`, or `name>` with `<parameter=key>` … `</parameter>` for every
/// argument and `</function>` at the end.
struct FunctionTagReader: Sendable {
    private enum Place: Sendable { case name, inside, tag, json, closing, key, text }

    private let functions: CallableFunctions
    private var place = Place.name
    private var name: [UInt8] = []
    private var function = ""
    private var tag = LiteralMatcher([])
    private var json = ArgumentText(isPython: false)
    private var key: [UInt8] = []
    private var parameter = ParameterText(schema: nil)
    private var hasBegun = false
    private var isFirst = true

    private static let parameterTag = "<parameter="
    private static let closingTag = "</function>"
    private static let longestKey = 256

    /// A reader behind `<function=`.
    init(_ functions: CallableFunctions) { self.functions = functions }

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
        var rest: [UInt8] = []
        switch place {
        case .json: json.close(to: &rest)
        case .text: rest = parameter.close() + [UInt8(ascii: "}")]
        default: rest = [UInt8(ascii: "}")]
        }
        return [.arguments(rest), .ended]
    }

    private mutating func passName(_ byte: UInt8) -> CallStep {
        if ToolDefinition.isNameByte(byte), name.count < functions.longestName {
            name.append(byte)
            return .held
        }
        guard byte == UInt8(ascii: ">"), let known = functions.name(name) else { return .refused }
        function = known
        place = .inside
        return .held
    }

    private mutating func passInside(_ byte: UInt8) -> CallStep {
        if ArgumentText.isBlank(byte) { return hasBegun ? .taken([]) : .held }
        if byte == UInt8(ascii: "{"), !hasBegun {
            hasBegun = true
            place = .json
            return passJSON(byte, [.began(name: function)])
        }
        tag = LiteralMatcher([Self.parameterTag, Self.closingTag])
        place = .tag
        return passTag(byte)
    }

    private mutating func passTag(_ byte: UInt8) -> CallStep {
        switch tag.advance(byte) {
        case .more: return .held
        case .matched(let index):
            let opening: [CallEvent] = hasBegun ? [] : [.began(name: function), .arguments([UInt8(ascii: "{")])]
            hasBegun = true
            guard index == 0 else { return .finished(opening + [.arguments([UInt8(ascii: "}")]), .ended]) }
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
        case .complete:
            tag = LiteralMatcher([Self.closingTag])
            place = .closing
            return .taken(events + [.ended])
        case .ended, .refused: return .broken(events + (closeArguments() ?? []))
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
        let name = String(decoding: key, as: UTF8.self)
        parameter = ParameterText(schema: functions.schema(of: name, in: function))
        let separator = isFirst ? "" : ", "
        isFirst = false
        place = .text
        return .taken([.arguments(Array("\(separator)\(JSONValue.string(name).serialized()): ".utf8))])
    }

    private mutating func passText(_ byte: UInt8) -> CallStep {
        var text: [UInt8] = []
        let isComplete = parameter.advance(byte, to: &text)
        if isComplete { place = .inside }
        return .taken(text.isEmpty ? [] : [.arguments(text)])
    }

    private mutating func fail() -> CallStep {
        guard let rest = closeArguments() else { return .refused }
        return .broken(rest)
    }
}
