import OpenAI

/// Reads a call whose name stands in front of its arguments: `name[ARGS]{…}`, `name[CALL_ID]id[ARGS]{…}`, `name{…}`, or
/// `name`, a new line and `{…}`.
struct NamedCallReader: Sendable {
    /// What may stand behind the name.
    enum Separator: Sendable {
        /// `[ARGS]`, `[CALL_ID]…[ARGS]` or nothing.
        case marks
        /// A new line.
        case newline
    }

    private enum Place: Sendable { case name, mark, id, opening, arguments }

    private let format: ToolFormat
    private let functions: CallableFunctions
    private let separator: Separator
    private var place = Place.name
    private var name: [UInt8] = []
    private var mark = LiteralMatcher([Self.argumentsMark, Self.idMark])
    private var idBytes = 0
    private var value = ArgumentText(isPython: false, in: nil)

    static let argumentsMark = "[ARGS]"
    static let idMark = "[CALL_ID]"
    private static let longestID = 128
    /// The recipient of what is no call.
    private static let everyone = Array("all".utf8)

    /// A reader in front of a name.
    init(_ format: ToolFormat, _ functions: CallableFunctions, _ separator: Separator) {
        self.format = format
        self.functions = functions
        self.separator = separator
    }

    /// Takes the next byte.
    mutating func advance(_ byte: UInt8) -> CallStep {
        switch place {
        case .name: return passName(byte)
        case .mark:
            switch mark.advance(byte) {
            case .more: return .held
            case .matched(0):
                place = .opening
                return .held
            case .matched:
                place = .id
                return .held
            case .none: return .refused
            }
        case .id: return passID(byte)
        case .opening:
            if ArgumentText.isBlank(byte) { return .held }
            return begin(byte)
        case .arguments: return pass(byte, [])
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

    private mutating func passName(_ byte: UInt8) -> CallStep {
        if ToolDefinition.isNameByte(byte), name.count < max(functions.longestName, Self.everyone.count) {
            name.append(byte)
            return .held
        }
        if separator == .newline, byte == 0x0a, name == Self.everyone { return .finished([]) }
        guard functions.name(name) != nil else { return .refused }
        switch (separator, byte) {
        case (.newline, 0x0a):
            place = .opening
            return .held
        case (.marks, UInt8(ascii: "[")):
            place = .mark
            return advance(byte)
        case (.marks, _) where ArgumentText.isBlank(byte):
            place = .opening
            return .held
        case (.marks, _): return begin(byte)
        default: return .refused
        }
    }

    private mutating func passID(_ byte: UInt8) -> CallStep {
        guard byte != UInt8(ascii: "[") else {
            mark = LiteralMatcher([Self.argumentsMark])
            place = .mark
            return advance(byte)
        }
        idBytes += 1
        return ToolDefinition.isNameByte(byte) && idBytes <= Self.longestID ? .held : .refused
    }

    private mutating func begin(_ byte: UInt8) -> CallStep {
        guard byte == UInt8(ascii: "{"), let known = functions.name(name) else { return .refused }
        place = .arguments
        value = ArgumentText(isPython: false, in: format.context(functions, known))
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
        case .complete: return .finished(events + [.ended])
        case .ended, .refused: return .broken(events + value.closed(by: byte, markup: format.markup))
        }
    }
}
