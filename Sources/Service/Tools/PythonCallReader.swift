import OpenAI

/// Reads a call written as in Python, arguments by keyword: `name(city="Paris", days=[1, 2])`.
struct PythonCallReader: Sendable {
    private enum Place: Sendable { case name, keywordOrEnd, keyword, equals, value, more }

    private let functions: CallableFunctions
    private var place = Place.name
    private var name: [UInt8] = []
    private var keyword: [UInt8] = []
    private var value = ArgumentText(isPython: true, in: nil)
    private var isFirst = true

    /// A reader in front of a name.
    init(_ functions: CallableFunctions) { self.functions = functions }

    /// Takes the next byte.
    mutating func advance(_ byte: UInt8) -> CallStep {
        switch place {
        case .name: return passName(byte)
        case .value: return passValue(byte)
        case _ where ArgumentText.isBlank(byte):
            if place == .keyword { place = .equals }
            return .taken([])
        case .keywordOrEnd:
            if byte == UInt8(ascii: ")") { return finish([]) }
            guard ToolDefinition.isNameByte(byte) else { return fail(byte) }
            keyword = [byte]
            place = .keyword
            return .taken([])
        case .keyword, .equals: return passKeyword(byte)
        case .more:
            if byte == UInt8(ascii: ")") { return finish([]) }
            guard byte == UInt8(ascii: ",") else { return fail(byte) }
            place = .keywordOrEnd
            return .taken([])
        }
    }

    /// Ends arguments that are not complete; nil when none are on their way.
    mutating func closeArguments() -> [CallEvent]? {
        guard place != .name else { return nil }
        var rest: [UInt8] = []
        let isClosed =
            switch place {
            case .value: value.close(to: &rest)
            case .keyword, .equals: false
            case .name, .keywordOrEnd, .more: true
            }
        return isClosed ? [.arguments(rest + [UInt8(ascii: "}")]), .ended] : [.withdrawn(text: [])]
    }

    /// What is held where the text ends, if that decides about it.
    mutating func finish() -> CallStep? {
        guard place == .value else { return nil }
        var text: [UInt8] = []
        return value.finish(to: &text).map { .taken([.arguments(text)], surplus: $0) }
    }

    private mutating func passName(_ byte: UInt8) -> CallStep {
        if ToolDefinition.isNameByte(byte), name.count < functions.longestName {
            name.append(byte)
            return .held
        }
        guard byte == UInt8(ascii: "("), let known = functions.name(name) else { return .refused }
        place = .keywordOrEnd
        return .taken([.began(name: known), .arguments([UInt8(ascii: "{")])])
    }

    private mutating func passKeyword(_ byte: UInt8) -> CallStep {
        if place == .keyword, ToolDefinition.isNameByte(byte) {
            keyword.append(byte)
            return .taken([])
        }
        guard byte == UInt8(ascii: "=") else { return fail(byte) }
        place = .value
        let around = ToolFormat.pythonic.context(
            functions, String(decoding: name, as: UTF8.self), closings: [UInt8(ascii: ")")])
        value = ArgumentText(isPython: true, in: around)
        let separator = isFirst ? "" : ", "
        isFirst = false
        return .taken([.arguments(Array((separator + "\"").utf8) + keyword + Array("\": ".utf8))])
    }

    private mutating func passValue(_ byte: UInt8) -> CallStep {
        var text: [UInt8] = []
        let verdict = value.advance(byte, to: &text)
        let events: [CallEvent] = text.isEmpty ? [] : [.arguments(text)]
        switch verdict {
        case .more: return .taken(events)
        case .held: return .held
        case .again(let surplus): return .taken(events, surplus: surplus)
        case .complete:
            place = .more
            return .taken(events)
        case .ended:
            place = .more
            return advance(byte).behind(events)
        case .refused:
            return fail(byte).behind(events)
        }
    }

    /// Brackets and markup end arguments that are complete; anything else shows that they are none.
    private mutating func fail(_ byte: UInt8) -> CallStep {
        let mayEnd = byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "<")
        return .broken(mayEnd ? closeArguments() ?? [] : [.withdrawn(text: [])])
    }

    private func finish(_ events: [CallEvent]) -> CallStep {
        .finished(events + [.arguments([UInt8(ascii: "}")]), .ended])
    }
}
