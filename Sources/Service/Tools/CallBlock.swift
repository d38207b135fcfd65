import OpenAI

/// Reads what an opening has begun: one call or several, and the closing.
struct CallBlock: Sendable {
    /// The reader of the call at hand.
    private enum Reader: Sendable {
        case object(CallObjectReader)
        case python(PythonCallReader)
        case tagged(FunctionTagReader)
        case named(NamedCallReader)
    }

    private let format: ToolFormat
    private let functions: CallableFunctions
    private var reader: Reader?
    /// A tag that may be the closing or the beginning of a call in tags.
    private var tag: LiteralMatcher?
    private var isInList = false
    private var hasCalls = false
    /// Where calls stand with and without an opening, only the opening has a closing.
    private let closing: String?

    private static let functionTag = "<function="

    /// A block behind an opening, or without one.
    init(_ format: ToolFormat, _ functions: CallableFunctions, isOpened: Bool) {
        self.format = format
        self.functions = functions
        closing = isOpened ? format.closing : nil
    }

    /// A block behind `<function=`.
    init(taggedIn format: ToolFormat, _ functions: CallableFunctions) {
        self.init(format, functions, isOpened: false)
        reader = .tagged(FunctionTagReader(functions))
    }

    /// Takes the next byte.
    mutating func advance(_ byte: UInt8) -> CallStep {
        if reader != nil { return pass(byte) }
        if tag != nil { return passTag(byte) }
        if ArgumentText.isBlank(byte) { return .held }
        switch byte {
        case UInt8(ascii: "<"):
            tag = LiteralMatcher([Self.functionTag] + [closing].compactMap { $0 })
            return passTag(byte)
        case UInt8(ascii: "["):
            guard !isInList, !hasCalls, format != .recipient else { return .refused }
            isInList = true
            return .held
        case UInt8(ascii: "]"): return endList()
        case UInt8(ascii: ","), UInt8(ascii: ";"): return hasCalls ? .held : .refused
        default: return begin(byte)
        }
    }

    /// Ends arguments that are not complete; nil when none are on their way.
    mutating func closeArguments() -> [CallEvent]? {
        switch reader {
        case .object(var reader): reader.closeArguments()
        case .python(var reader): reader.closeArguments()
        case .tagged(var reader): reader.closeArguments()
        case .named(var reader): reader.closeArguments()
        case nil: nil
        }
    }

    /// Whether what was held last is markup between calls, or the beginning of such.
    var isBetweenCalls: Bool { reader == nil }

    private mutating func begin(_ byte: UInt8) -> CallStep {
        switch format {
        case .hermes, .xml, .functionary, .llama3:
            guard byte == UInt8(ascii: "{") else { return .refused }
            reader = .object(CallObjectReader(functions))
        case .mistral:
            if byte == UInt8(ascii: "{") {
                reader = .object(CallObjectReader(functions))
            } else {
                guard !isInList, !hasCalls else { return .refused }
                reader = .named(NamedCallReader(functions, .marks))
            }
        case .recipient:
            guard !hasCalls else { return .refused }
            reader = .named(NamedCallReader(functions, .newline))
        case .pythonic:
            guard isInList else { return .refused }
            // An answer that was made to call something has its calls as objects.
            reader =
                byte == UInt8(ascii: "{")
                ? .object(CallObjectReader(functions)) : .python(PythonCallReader(functions))
        }
        return pass(byte)
    }

    private mutating func endList() -> CallStep {
        guard isInList, hasCalls else { return .refused }
        isInList = false
        return closing == nil ? .finished([]) : .taken([])
    }

    private mutating func passTag(_ byte: UInt8) -> CallStep {
        switch tag?.advance(byte) {
        case .more: return .held
        case .matched(0):
            tag = nil
            guard format == .xml || format == .hermes || format == .functionary else { return .refused }
            reader = .tagged(FunctionTagReader(functions))
            return .held
        case .matched: return hasCalls ? .finished([]) : .refused
        case .none?, nil: return .refused
        }
    }

    private mutating func pass(_ byte: UInt8) -> CallStep {
        let step: CallStep
        // The reader is taken out while it works, so that its buffers are changed in place.
        switch reader {
        case .object(var inner):
            reader = nil
            step = inner.advance(byte)
            reader = .object(inner)
        case .python(var inner):
            reader = nil
            step = inner.advance(byte)
            reader = .python(inner)
        case .tagged(var inner):
            reader = nil
            step = inner.advance(byte)
            reader = .tagged(inner)
        case .named(var inner):
            reader = nil
            step = inner.advance(byte)
            reader = .named(inner)
        case nil: return .refused
        }
        guard case .finished(let events) = step else { return step }
        reader = nil
        hasCalls = true
        return .taken(events)
    }
}
