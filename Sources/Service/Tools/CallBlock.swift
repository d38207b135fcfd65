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
    private enum Tag: Sendable { case function, call, closing, opening, fence }

    private let format: ToolFormat
    private let functions: CallableFunctions
    private var reader: Reader?
    /// A tag that may be the closing or the beginning of a call.
    private var tag: LiteralMatcher?
    private var isInList = false
    private var hasCalls = false
    /// Bytes of the language of a block of code that has just begun.
    private var languageBytes: Int?
    /// Bytes behind a call that are markup only if a closing follows.
    private var strayBytes = 0
    private var isFenced = false
    /// The tags that mean something here.
    private let tags: [(text: String, meaning: Tag)]
    private let strictness: CallObjectReader.Strictness

    private static let strays = Set(".:!?*_-~".utf8)
    private static let mostStrayBytes = 8
    private static let longestLanguage = 16

    /// A block behind an opening, or without one.
    init(_ format: ToolFormat, _ functions: CallableFunctions, opening: String?) {
        self.format = format
        self.functions = functions
        strictness = opening == "<tools>" ? .plain : .any
        // Where calls stand with and without an opening, only the opening has a closing.
        let isOpened = opening != nil && opening != ToolFormat.functionTag
        let calls = format == .deepseek ? [(text: DeepSeekCallReader.callBegin, meaning: Tag.call)] : []
        let functionTags = format.takesFunctionTags ? [(text: ToolFormat.functionTag, meaning: Tag.function)] : []
        tags = functionTags + calls + (isOpened ? Self.tags(of: format, opening) : [])
        switch opening {
        case ToolFormat.functionTag: reader = .tagged(FunctionTagReader(format, functions))
        case DeepSeekCallReader.callBegin: reader = .deepseek(DeepSeekCallReader(functions))
        default: break
        }
    }

    /// The tags that mean something behind an opening.
    private static func tags(of format: ToolFormat, _ opening: String?) -> [(text: String, meaning: Tag)] {
        guard format != .deepseek else { return format.closings.map { (text: $0, meaning: .closing) } }
        let closings = format.closings.isEmpty ? [] : format.strays
        return closings.map { (text: $0, meaning: .closing) } + [(text: ToolFormat.fence, meaning: .fence)]
            + format.openings.filter { $0 != ToolFormat.functionTag }.map { (text: $0, meaning: .opening) }
    }

    /// Takes the next byte.
    mutating func advance(_ byte: UInt8) -> CallStep {
        if reader != nil { return pass(byte) }
        if tag != nil { return passTag(byte) }
        if let count = languageBytes, let step = passLanguage(byte, count) { return step }
        if ArgumentText.isBlank(byte) { return .held }
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: "`"):
            tag = LiteralMatcher(tags.map(\.text))
            return passTag(byte)
        case UInt8(ascii: "["):
            guard !isInList, !hasCalls, format != .recipient else { return .refused }
            isInList = true
            return .held
        case UInt8(ascii: "]"): return endList()
        case UInt8(ascii: ","), UInt8(ascii: ";"): return hasCalls ? .held : .refused
        default:
            guard hasCalls, strayBytes < Self.mostStrayBytes, Self.strays.contains(byte) else { return begin(byte) }
            strayBytes += 1
            return .held
        }
    }

    /// A byte of a block of code's language; nil behind it.
    private mutating func passLanguage(_ byte: UInt8, _ count: Int) -> CallStep? {
        switch byte {
        case 0x0a, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "<"):
            languageBytes = nil
            return nil
        default:
            languageBytes = count + 1
            let mayBe = ToolDefinition.isNameByte(byte) || ArgumentText.isBlank(byte)
            return mayBe && count < Self.longestLanguage ? .held : .refused
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
        if case .tagged(var inner) = reader {
            let step = inner.finish(isCut: isCut)
            reader = .tagged(inner)
            return step
        }
        guard !isCut else { return nil }
        let step: CallStep?
        switch reader {
        case .object(var inner):
            step = inner.finish()
            reader = .object(inner)
        case .python(var inner):
            step = inner.finish()
            reader = .python(inner)
        case .named(var inner):
            step = inner.finish()
            reader = .named(inner)
        case .deepseek(var inner):
            step = inner.finish()
            reader = .deepseek(inner)
        case .tagged, nil: step = nil
        }
        return step
    }

    /// Whether what was held last is markup between calls, or the beginning of such.
    var isBetweenCalls: Bool { reader == nil && strayBytes == 0 }

    /// Whether nothing but openings and blanks has come.
    var isEmpty: Bool { isBetweenCalls && !hasCalls && !isInList && tag == nil && languageBytes == nil && !isFenced }

    private mutating func begin(_ byte: UInt8) -> CallStep {
        switch format {
        case .hermes, .xml, .functionary, .llama3, .nemotron:
            guard byte == UInt8(ascii: "{") else { return .refused }
            reader = .object(CallObjectReader(format, functions, strictness))
        case .deepseek: return .refused
        case .mistral:
            if byte == UInt8(ascii: "{") {
                reader = .object(CallObjectReader(format, functions))
            } else {
                guard !isInList, !hasCalls else { return .refused }
                reader = .named(NamedCallReader(format, functions, .marks))
            }
        case .recipient:
            guard !hasCalls else { return .refused }
            reader = .named(NamedCallReader(format, functions, .newline))
        case .pythonic:
            guard isInList else { return .refused }
            // An answer that was made to call something has its calls as objects.
            reader =
                byte == UInt8(ascii: "{")
                ? .object(CallObjectReader(format, functions)) : .python(PythonCallReader(functions))
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
            case .function: reader = .tagged(FunctionTagReader(format, functions))
            case .call: reader = .deepseek(DeepSeekCallReader(functions))
            case .closing: return hasCalls ? .finished([]) : .refused
            case .opening: break
            case .fence:
                isFenced = true
                if !hasCalls { languageBytes = 0 }
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
        strayBytes = 0
        return .taken(events, surplus: surplus)
    }
}
