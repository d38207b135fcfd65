import JSON

/// Reads a call written as a JSON object: `{"name": …, "arguments": {…}}`, with `parameters` for `arguments`, members in
/// any order, others among them, or all of it inside a member `function`. Single quotes are taken for double ones.
struct CallObjectReader: Sendable {
    /// Which objects are calls, and from when on.
    enum Strictness: Sendable {
        /// All that name a function.
        case any
        /// Those that have only `name` and `arguments`.
        case plain
        /// The same, once they are complete.
        case whole
    }

    private enum Place: Sendable { case start, keyOrEnd, key, colon, value, more, confirming }
    private enum Member: Sendable { case key, name, arguments, quotedArguments, other }

    private let format: ToolFormat
    private let functions: CallableFunctions
    private let strictness: Strictness
    private var place = Place.start
    /// 1 in the object, 2 in its member `function`.
    private var depth = 0
    private var key = ""
    /// The member that is being read, and its value.
    private var member: Member?
    private var value = ArgumentText(isPython: false, in: nil)
    private var text: [UInt8] = []
    private var name: String?
    /// Arguments that came before the name.
    private var early: [UInt8]?
    private var hasBegun = false
    private var hasArguments = false
    /// The end of arguments in which a mark was taken for text, until what follows confirms it.
    private var unconfirmed: [CallEvent] = []
    /// Bytes since then.
    private var bytesBehind = 0

    /// A reader in front of an object.
    init(_ format: ToolFormat, _ functions: CallableFunctions, _ strictness: Strictness = .any) {
        self.format = format
        self.functions = functions
        self.strictness = strictness
    }

    /// Takes the next byte.
    mutating func advance(_ byte: UInt8) -> CallStep {
        if let member { return read(byte, of: member) }
        if place == .confirming { return confirm(byte) }
        if ArgumentText.isBlank(byte) { return taken([]) }
        switch (place, byte) {
        case (.start, UInt8(ascii: "{")):
            depth = 1
            place = .keyOrEnd
            return taken([])
        case (.key, _) where Self.isQuote(byte), (.keyOrEnd, _) where Self.isQuote(byte):
            return begin(.key, byte)
        case (.colon, UInt8(ascii: ":")):
            place = .value
            return taken([])
        case (.value, _): return beginValue(byte)
        case (.more, UInt8(ascii: ",")):
            place = .key
            return taken([])
        case (.keyOrEnd, UInt8(ascii: "}")), (.key, UInt8(ascii: "}")), (.more, UInt8(ascii: "}")): return close()
        default: return .refused
        }
    }

    /// Ends arguments that are not complete; nil when none are on their way.
    mutating func closeArguments() -> [CallEvent]? {
        guard hasBegun, member == .arguments else { return nil }
        return value.closed
    }

    /// What is held where the text ends, if that decides about it.
    mutating func finish() -> CallStep? {
        if place == .confirming { return confirmed(surplus: bytesBehind) }
        guard member == .arguments else { return nil }
        let surplus = value.finish(to: &text)
        guard let surplus else { return nil }
        guard hasBegun else { return .reread(surplus: surplus) }
        defer { text = [] }
        return .taken([.arguments(text)], surplus: surplus)
    }

    /// Whether what follows arguments that had to be mended is what follows a call's arguments.
    private mutating func confirm(_ byte: UInt8) -> CallStep {
        bytesBehind += 1
        if ArgumentText.isBlank(byte) { return .held }
        let mayFollow = byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ",")
        guard mayFollow || format.strays.contains(where: { $0.utf8.first == byte }) else {
            return .broken([.withdrawn(text: [])])
        }
        return confirmed(surplus: bytesBehind)
    }

    private mutating func confirmed(surplus: Int) -> CallStep {
        place = .more
        return .taken(unconfirmed, surplus: surplus)
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    private mutating func taken(_ events: [CallEvent]) -> CallStep { hasBegun ? .taken(events) : .held }

    private mutating func begin(_ member: Member, _ byte: UInt8) -> CallStep {
        self.member = member
        let around = [UInt8](repeating: UInt8(ascii: "}"), count: depth)
        value = ArgumentText(
            isPython: false,
            in: member == .arguments
                ? format.context(functions, name ?? "", closings: around) : nil)
        text = []
        return read(byte, of: member)
    }

    private mutating func beginValue(_ byte: UInt8) -> CallStep {
        guard strictness == .any || key == "name" || key == "arguments" else { return .refused }
        switch (key, byte) {
        case ("name", _) where name == nil && Self.isQuote(byte): return begin(.name, byte)
        case ("name", _): return .refused
        case ("function", UInt8(ascii: "{")) where depth == 1:
            depth = 2
            place = .keyOrEnd
            return taken([])
        case ("arguments", _), ("parameters", _):
            guard !hasArguments else { return .refused }
            hasArguments = true
            switch byte {
            case UInt8(ascii: "{"): return beginArguments(byte)
            case _ where Self.isQuote(byte): return begin(.quotedArguments, byte)
            case UInt8(ascii: "n"), UInt8(ascii: "N"):
                hasArguments = false
                return begin(.other, byte)
            default: return .refused
            }
        default: return begin(.other, byte)
        }
    }

    private mutating func beginArguments(_ byte: UInt8) -> CallStep {
        guard strictness != .whole, let name else {
            early = []
            return begin(.arguments, byte)
        }
        hasBegun = true
        guard case .taken(let events, _) = begin(.arguments, byte) else { return .refused }
        return .taken([.began(name: name)] + events)
    }

    private mutating func read(_ byte: UInt8, of member: Member) -> CallStep {
        let start = text.count
        let verdict = value.advance(byte, to: &text)
        var events: [CallEvent] = []
        if member == .arguments, hasBegun {
            if !text.isEmpty { events = [.arguments(text)] }
            text = []
        } else if member == .other {
            text.removeSubrange(start...)
        }
        switch verdict {
        case .more: return taken(events)
        case .held: return .held
        case .again(let surplus): return hasBegun ? .taken(events, surplus: surplus) : .reread(surplus: surplus)
        case .complete: return finish(member, events)
        case .ended:
            let step = finish(member, events)
            return step == .refused ? step : advance(byte)
        case .refused:
            guard member == .arguments, hasBegun else { return .refused }
            self.member = nil
            return .broken(events + value.closed(by: byte, markup: format.markup))
        }
    }

    /// A member is complete.
    private mutating func finish(_ member: Member, _ events: [CallEvent]) -> CallStep {
        self.member = nil
        place = .more
        switch member {
        case .other: return taken(events)
        case .arguments: return finishArguments(events)
        case .key, .name, .quotedArguments: break
        }
        guard let string = (try? JSONParser.parse(text, limits: .request))?.stringValue else { return .refused }
        switch member {
        case .key:
            key = string
            place = .colon
            return taken([])
        case .name:
            guard let known = functions.name(Array(string.utf8)) else { return .refused }
            name = known
            return early.map { begin(withWhole: $0) } ?? taken([])
        default: return unquote(string)
        }
    }

    private mutating func finishArguments(_ events: [CallEvent]) -> CallStep {
        if hasBegun, value.isMended {
            unconfirmed = events + [.ended]
            bytesBehind = 0
            place = .confirming
            return .held
        }
        if hasBegun { return .taken(events + [.ended]) }
        early = text
        return .held
    }

    /// Arguments that are complete begin the call with them, if its name is known.
    private mutating func begin(withWhole arguments: [UInt8]) -> CallStep {
        guard strictness != .whole, let name else {
            early = arguments
            return .held
        }
        early = nil
        hasBegun = true
        return .taken([.began(name: name), .arguments(arguments), .ended])
    }

    /// Some models write the arguments as a string that holds JSON.
    private mutating func unquote(_ string: String) -> CallStep {
        let bytes = Array(string.utf8)
        guard !bytes.isEmpty else { return begin(withWhole: Array("{}".utf8)) }
        guard bytes.first == UInt8(ascii: "{"), let arguments = ArgumentText.json(of: bytes, isPython: false) else {
            return .refused
        }
        return begin(withWhole: arguments)
    }

    private mutating func close() -> CallStep {
        depth -= 1
        place = .more
        guard depth == 0 else { return taken([]) }
        if hasBegun { return .finished([]) }
        guard let name, strictness == .any || early != nil else { return .refused }
        return .finished([.began(name: name), .arguments(early ?? Array("{}".utf8)), .ended])
    }
}
