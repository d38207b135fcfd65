/// Tells whether a quotation mark that nothing escapes ends a string of a call's arguments, by what follows it.
///
/// It does where the text goes on as JSON would: with a comma and a key that the schema lists, with brackets that close
/// what is open, with the format's markup. A key of another name has to be followed by JSON up to the end of the call,
/// and behind brackets or markup no other mark may come that ends a string: in `print("hi", end="")` no mark ends one.
/// The look-ahead is bounded; text that fits for as long ends the string.
struct StringEnd: Sendable {
    enum Verdict: Sendable, Equatable {
        /// More of the text is needed.
        case more
        case ends
        case isText
    }

    private enum Place: Sendable {
        case afterValue, outside, afterComma, key, colon, value, string, scalar, keyword, tag, opened, trailing
    }

    private let context: ArgumentContext
    private let isPython: Bool
    /// The mark in question.
    private let mark: UInt8
    /// The closing brackets that are due, those around the arguments first.
    private var closings: [UInt8]
    private var place = Place.afterValue
    /// The mark that opened the key or string at hand.
    private var quote = UInt8(ascii: "\"")
    private var isEscaped = false
    /// The key, number, word or keyword at hand.
    private var word: [UInt8] = []
    private var isCommaMissing = false
    private var tag = LiteralMatcher([])
    /// Whether a comma came last behind the call.
    private var isBehindComma = false
    /// Whether a mark has come behind the call, and blanks at most behind it.
    private var isBehindMark = false

    /// Bytes behind the mark, the last one that was taken included.
    private(set) var count = 0

    private static let most = 2048
    private static let longestWord = 256
    private static let words = Set(["true", "false", "null", "True", "False", "None"].map { Array($0.utf8) })
    /// Members of the object that is a call.
    private static let callKeys: Set<String> = [
        "name", "arguments", "parameters", "function", "id", "type", "index", "tool_call_id",
    ]

    /// What follows a mark inside these brackets of the arguments.
    init(_ context: ArgumentContext, closings: [UInt8], mark: UInt8, isPython: Bool) {
        self.context = context
        self.closings = context.closings + closings
        self.mark = mark
        self.isPython = isPython
    }

    /// Takes the next byte behind the mark.
    mutating func advance(_ byte: UInt8) -> Verdict {
        count += 1
        let verdict = pass(byte)
        guard verdict == .more, count >= Self.most else { return verdict }
        return finish()
    }

    /// The verdict where the text ends.
    func finish() -> Verdict { isCommaMissing && (place == .key || place == .colon) ? .isText : .ends }

    /// Whether what is due are members of the arguments, or what is around them.
    private var isInArguments: Bool { closings.count == context.closings.count + 1 }
    private var isOutsideArguments: Bool { closings.count <= context.closings.count }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    private static func isBracket(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ")")
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: byte == UInt8(ascii: "_") || isNumberSign(byte)
        }
    }

    private static func isNumberSign(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
    }

    private mutating func pass(_ byte: UInt8) -> Verdict {
        switch place {
        case .key, .string: return passQuoted(byte)
        case .scalar, .keyword: return passWord(byte)
        case .tag: return passTag(byte)
        case .trailing: return passTrailing(byte)
        case .afterValue, .outside, .afterComma, .colon, .value, .opened: break
        }
        if ArgumentText.isBlank(byte) { return .more }
        switch place {
        case .afterValue: return passValue(byte)
        case .outside: return passOutside(byte)
        case .afterComma: return passComma(byte)
        case .value: return begin(byte)
        case .colon:
            guard byte == UInt8(ascii: ":") else { return .isText }
            return finishKey()
        default:
            // The name of a function or its arguments.
            if Self.isWordByte(byte) { return .more }
            if Set("{[<>".utf8).contains(byte) { return .ends }
            place = .trailing
            return passTrailing(byte)
        }
    }
}

extension StringEnd {
    private mutating func passValue(_ byte: UInt8) -> Verdict {
        if byte == closings.last { return close() }
        if byte == UInt8(ascii: ",") {
            place = .afterComma
            return .more
        }
        if Self.isQuote(byte), isInArguments, closings.last == UInt8(ascii: "}"), !context.keys.isEmpty {
            isCommaMissing = true
            return open(.key, byte)
        }
        // Of the brackets around the arguments some may be missing.
        if isOutsideArguments, Self.isBracket(byte) {
            place = .outside
            return .more
        }
        return beginTag(byte) ?? .isText
    }

    private mutating func close() -> Verdict {
        closings.removeLast()
        place = closings.isEmpty ? .outside : .afterValue
        return .more
    }

    /// A byte behind the call.
    private mutating func passOutside(_ byte: UInt8) -> Verdict {
        switch byte {
        case _ where Self.isBracket(byte), UInt8(ascii: ","), UInt8(ascii: ";"):
            isBehindComma = byte == UInt8(ascii: ",")
            return .more
        case _ where isPython && isBehindComma && Self.isWordByte(byte):
            word = [byte]
            place = .keyword
            return .more
        case UInt8(ascii: "{"):
            // Another call.
            closings = [UInt8(ascii: "}")]
            place = .afterComma
            return .more
        case mark: return .isText
        default:
            if let verdict = beginTag(byte) { return verdict }
            place = .trailing
            return .more
        }
    }

    private mutating func passComma(_ byte: UInt8) -> Verdict {
        if byte == closings.last { return close() }
        switch closings.last {
        case UInt8(ascii: "}"): return Self.isQuote(byte) ? open(.key, byte) : .isText
        case UInt8(ascii: ")") where closings.count == context.closings.count:
            guard Self.isWordByte(byte), !Self.isNumberSign(byte) else { return .isText }
            word = [byte]
            place = .keyword
            return .more
        default:
            // An element of a list.
            if Self.isQuote(byte) || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { return .ends }
            return begin(byte)
        }
    }

    private mutating func begin(_ byte: UInt8) -> Verdict {
        switch byte {
        case _ where Self.isQuote(byte): return open(.string, byte)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            closings.append(byte + 2)
            place = .afterComma
            return .more
        case _ where Self.isWordByte(byte):
            word = [byte]
            place = .scalar
            return .more
        default: return .isText
        }
    }

    private mutating func open(_ place: Place, _ quote: UInt8) -> Verdict {
        self.place = place
        self.quote = quote
        isEscaped = false
        word = []
        return .more
    }

    private mutating func passQuoted(_ byte: UInt8) -> Verdict {
        if byte == quote, !isEscaped {
            place = place == .key ? .colon : .afterValue
            return .more
        }
        isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        guard place == .key else { return .more }
        word.append(byte)
        guard word.count <= Self.longestWord else { return .isText }
        return !isCommaMissing || context.keys.contains { $0.utf8.starts(with: word) } ? .more : .isText
    }

    /// A number or a word, or the keyword of an argument in Python.
    private mutating func passWord(_ byte: UInt8) -> Verdict {
        if Self.isWordByte(byte) {
            word.append(byte)
            return word.count <= Self.longestWord ? .more : .isText
        }
        if place == .keyword, closings.isEmpty {
            // The name of the next call.
            if byte == UInt8(ascii: "(") { return .ends }
            place = .trailing
            return passTrailing(byte)
        }
        if place == .keyword {
            if ArgumentText.isBlank(byte) { return .more }
            return byte == UInt8(ascii: "=") ? finishKey() : .isText
        }
        let isNumber = word.first.map { Self.isNumberSign($0) || $0 <= UInt8(ascii: "9") } ?? false
        guard isNumber || Self.words.contains(word) else { return .isText }
        place = .afterValue
        return pass(byte)
    }

    /// A key that has to be there makes certain that the string ends; behind others the text has to go on as JSON.
    private mutating func finishKey() -> Verdict {
        let key = String(decoding: word, as: UTF8.self)
        if isCommaMissing { return context.keys.contains(key) ? .ends : .isText }
        let isArgument = isInArguments || isPython && isOutsideArguments
        let isKnown =
            isArgument
            ? context.keys.isEmpty || context.keys.contains(key)
            : !isOutsideArguments || Self.callKeys.contains(key)
        place = .value
        return isKnown ? .ends : .more
    }

    /// The verdict on a byte that may begin a tag; nil of others.
    private mutating func beginTag(_ byte: UInt8) -> Verdict? {
        tag = LiteralMatcher(context.tags)
        guard tag.canBegin(byte) else { return nil }
        place = .tag
        return passTag(byte)
    }

    private mutating func passTag(_ byte: UInt8) -> Verdict {
        switch tag.advance(byte) {
        case .more: return .more
        case .none where closings.isEmpty:
            place = .trailing
            return passTrailing(byte)
        case .none: return .isText
        case .matched where closings.isEmpty: return .ends
        case .matched(let index):
            place = context.openings.indices.contains(index) ? .opened : .trailing
            tag = LiteralMatcher(context.openings)
            return .more
        }
    }

    /// Text behind the call: a mark in it that ends a string shows that the first one did not.
    private mutating func passTrailing(_ byte: UInt8) -> Verdict {
        if isBehindMark, Self.isBracket(byte) || byte == UInt8(ascii: ",") { return .isText }
        isBehindMark = byte == mark || isBehindMark && ArgumentText.isBlank(byte)
        let isStart = context.openings.contains { $0.utf8.first == byte }
        if isStart { tag = LiteralMatcher(context.openings) }
        if case .matched = tag.advance(byte) { place = .opened }
        return .more
    }
}
