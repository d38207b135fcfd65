import OpenAI

/// Reads what an opening has begun: one call or several, and the closing.
struct CallBlock: Sendable {
    /// The reader of the call at hand.
    private enum Reader: Sendable {
        case object(CallObjectReader)
        case python(PythonCallReader)
        case tagged(FunctionTagReader)
        case named(NamedCallReader)
        case deepseek(DeepSeekCallReader)
    }

    /// What a tag inside a block begins or ends.
    private enum Tag: Sendable { case function, call, closing }

    private let format: ToolFormat
    private let functions: CallableFunctions
    private var reader: Reader?
    /// A tag that may be the closing or the beginning of a call.
    private var tag: LiteralMatcher?
    private var isInList = false
    private var hasCalls = false
    /// The tags that mean something here.
    private let tags: [(text: String, meaning: Tag)]
    private let strictness: CallObjectReader.Strictness

    /// A block behind an opening, or without one.
    init(_ format: ToolFormat, _ functions: CallableFunctions, opening: String?) {
        self.format = format
        self.functions = functions
        strictness = opening == "<tools>" ? .plain : .any
        // Where calls stand with and without an opening, only the opening has a closing.
        let isOpened = opening != nil && opening != ToolFormat.functionTag
        let calls = format == .deepseek ? [(text: DeepSeekCallReader.callBegin, meaning: Tag.call)] : []
        let functionTags = format.takesFunctionTags ? [(text: ToolFormat.functionTag, meaning: Tag.function)] : []
        tags = functionTags + calls + (isOpened ? format.closings.map { (text: $0, meaning: .closing) } : [])
        switch opening {
        case ToolFormat.functionTag: reader = .tagged(FunctionTagReader(functions))
        case DeepSeekCallReader.callBegin: reader = .deepseek(DeepSeekCallReader(functions))
        default: break
        }
    }

    /// Takes the next byte.
    mutating func advance(_ byte: UInt8) -> CallStep {
        if reader != nil { return pass(byte) }
        if tag != nil { return passTag(byte) }
        if ArgumentText.isBlank(byte) { return .held }
        switch byte {
        case UInt8(ascii: "<"):
            tag = LiteralMatcher(tags.map(\.text))
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
        case .deepseek(var reader): reader.closeArguments()
        case nil: nil
        }
    }

    /// What is held where the text ends, if that decides about it.
    mutating func finish(isCut: Bool) -> CallStep? {
        guard case .tagged(var inner) = reader else { return nil }
        let step = inner.finish(isCut: isCut)
        reader = .tagged(inner)
        return step
    }

    /// Whether what was held last is markup between calls, or the beginning of such.
    var isBetweenCalls: Bool { reader == nil }

    private mutating func begin(_ byte: UInt8) -> CallStep {
        switch format {
        case .hermes, .xml, .functionary, .llama3, .nemotron:
            guard byte == UInt8(ascii: "{") else { return .refused }
            reader = .object(CallObjectReader(functions, strictness))
        case .deepseek: return .refused
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
        return tags.contains { $0.meaning == .closing } ? .taken([]) : .finished([])
    }

    private mutating func passTag(_ byte: UInt8) -> CallStep {
        switch tag?.advance(byte) {
        case .more: return .held
        case .matched(let index):
            tag = nil
            switch tags[index].meaning {
            case .function: reader = .tagged(FunctionTagReader(functions))
            case .call: reader = .deepseek(DeepSeekCallReader(functions))
            case .closing: return hasCalls ? .finished([]) : .refused
            }
            return .held
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
        case .deepseek(var inner):
            reader = nil
            step = inner.advance(byte)
            reader = .deepseek(inner)
        case nil: return .refused
        }
        guard case .finished(let events, let surplus) = step else { return step }
        reader = nil
        hasCalls = true
        return .taken(events, surplus: surplus)
    }
}
