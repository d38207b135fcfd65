/// Reads an answer that is nothing but calls without any markup: `{"name": …, "arguments": {…}}`, several behind one
/// another or in a list, perhaps in blocks of code. They are calls once the answer has ended and held nothing else.
struct WholeCallReader: Sendable {
    private enum Place: Sendable { case between, object, fence, language }

    private let functions: CallableFunctions
    private var place = Place.between
    private var object: CallObjectReader
    private var fence = LiteralMatcher([ToolFormat.fence])
    private var language: [UInt8] = []
    private var isFenced = false
    private var isInList = false

    /// What the calls come to.
    private(set) var events: [CallEvent] = []

    private static let languages = ["", "json", "tool_call", "tool_calls"].map { Array($0.utf8) }
    private static let longestLanguage = 10

    /// A reader in front of an answer.
    init(_ functions: CallableFunctions) {
        self.functions = functions
        object = CallObjectReader(.hermes, functions, .whole)
    }

    /// Whether such an answer may begin with this byte.
    static func canBegin(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "`")
    }

    /// Whether the answer may end here.
    var isComplete: Bool { place == .between && !events.isEmpty && !isInList }

    /// Takes the next byte, which is refused when the answer is something else.
    mutating func advance(_ byte: UInt8) -> CallStep {
        guard place == .object else { return passAround(byte) ? .held : .refused }
        switch object.advance(byte) {
        case .held: return .held
        case .reread(let surplus): return .reread(surplus: surplus)
        case .finished(let found, _):
            events += found
            place = .between
            return .held
        case .taken, .refused, .broken: return .refused
        }
    }

    /// What is held where the text ends, if that decides about it.
    mutating func finish() -> CallStep? { place == .object ? object.finish() : nil }

    /// A byte outside objects; false when the answer is something else.
    private mutating func passAround(_ byte: UInt8) -> Bool {
        switch place {
        case .fence: return passFence(byte)
        case .language:
            guard byte != 0x0a, byte != UInt8(ascii: "{"), byte != UInt8(ascii: "[") else {
                guard Self.languages.contains(language) else { return false }
                place = .between
                return byte == 0x0a || pass(byte)
            }
            if !ArgumentText.isBlank(byte) { language.append(byte) }
            return language.count <= Self.longestLanguage
        case .between, .object: return pass(byte)
        }
    }

    private mutating func pass(_ byte: UInt8) -> Bool {
        switch byte {
        case _ where ArgumentText.isBlank(byte): return true
        case UInt8(ascii: "{"):
            object = CallObjectReader(.hermes, functions, .whole)
            place = .object
            return advance(byte) == .held
        case UInt8(ascii: "["):
            guard !isInList else { return false }
            isInList = true
            return true
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            // Closing brackets too many are markup, as behind any call.
            if byte == UInt8(ascii: "]") { isInList = false }
            return !events.isEmpty
        case UInt8(ascii: ","), UInt8(ascii: ";"): return !events.isEmpty
        case UInt8(ascii: "`"):
            fence = LiteralMatcher([ToolFormat.fence])
            place = .fence
            return passFence(byte)
        default: return false
        }
    }

    private mutating func passFence(_ byte: UInt8) -> Bool {
        switch fence.advance(byte) {
        case .more: return true
        case .none: return false
        case .matched:
            isFenced.toggle()
            language = []
            place = isFenced ? .language : .between
            return isFenced || !events.isEmpty
        }
    }
}
