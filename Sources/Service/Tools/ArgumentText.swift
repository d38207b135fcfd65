import JSON

/// The arguments of a call on their way from the model's text to JSON text, byte by byte.
///
/// What is JSON comes out as it is. Slips that leave no doubt are mended: raw control characters and unknown escapes in
/// strings, single quotes, quotation marks inside strings that nothing escapes, Python's `True`, `False` and `None`,
/// commas before a closing bracket, halves of surrogate pairs. Everything else that is no JSON is refused at its first byte, and `close` makes JSON of what there is.
struct ArgumentText: Sendable {
    /// What a byte means for the value.
    enum Verdict: Sendable, Equatable {
        /// The value goes on.
        case more
        /// The byte completes the value.
        case complete
        /// The value was complete before the byte, which is no part of it.
        case ended
        /// The byte cannot stand here.
        case refused
    }

    private enum Place: Sendable {
        case value, valueOrEnd, key, keyOrEnd, colon, more, string, number, word, done
    }

    private static let maximumDepth = 64
    private static let words: [([UInt8], [UInt8])] = [
        ("true", "true"), ("false", "false"), ("null", "null"), ("True", "true"), ("False", "false"), ("None", "null"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

    /// Whether tuples and Python's escapes are read too.
    private let isPython: Bool
    private let mendsQuotes: Bool
    private var place = Place.value
    /// The brackets that are open, as they are closed in the text.
    private var closings: [UInt8] = []
    /// Whether the string is a key.
    private var isKey = false
    private var string: StringText
    private var number = NumberText()
    private var word: [UInt8] = []
    /// Blanks and a comma that are written when something follows.
    private var gap: [UInt8] = []

    /// A value of which nothing is there.
    /// - Parameter mendsQuotes: whether quotation marks inside strings may stand without a backslash.
    init(isPython: Bool, mendsQuotes: Bool = true) {
        self.isPython = isPython
        self.mendsQuotes = mendsQuotes
        string = StringText(isPython: isPython)
    }

    /// Whether the value is complete.
    var isDone: Bool { place == .done }

    /// Whether nothing but blanks has come.
    private(set) var isEmpty = true

    /// Takes the next byte and adds to `text` what has become certain.
    mutating func advance(_ byte: UInt8, to text: inout [UInt8]) -> Verdict {
        switch place {
        case .string: return continueString(byte, to: &text)
        case .number: return continueNumber(byte, to: &text)
        case .word: return continueWord(byte, to: &text)
        case .done: return .ended
        case .value, .valueOrEnd, .key, .keyOrEnd, .colon, .more: break
        }
        if Self.isBlank(byte) {
            if !isEmpty { gap.append(byte) }
            return .more
        }
        isEmpty = false
        switch place {
        case .colon: return passColon(byte, to: &text)
        case .more: return passValue(byte, to: &text)
        default: return begin(byte, to: &text)
        }
    }

    /// Adds what makes JSON of the text so far.
    mutating func close(to text: inout [UInt8]) {
        switch place {
        case .string:
            string.close(to: &text)
            if isKey { text += Array(":null".utf8) }
        case .number: number.close(to: &text)
        case .word:
            flush(&text)
            text += Array("null".utf8)
        case .colon: text += Array(":null".utf8)
        case .value where closings.isEmpty: text += Array("{}".utf8)
        case .value where closings.last == UInt8(ascii: "}"): text += Array("null".utf8)
        case .value, .valueOrEnd, .key, .keyOrEnd, .more, .done: break
        }
        for closing in closings.reversed() { text.append(Self.written(closing)) }
        closings = []
        place = .done
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }
}

extension ArgumentText {
    /// A byte where a value, a key or the end of a list is due.
    private mutating func begin(_ byte: UInt8, to text: inout [UInt8]) -> Verdict {
        if byte == closings.last {
            // A comma before a closing bracket is left out; a value that is missing is not made up.
            let isAfterColon = place == .value && byte == UInt8(ascii: "}")
            return isAfterColon ? .refused : closeBracket(to: &text)
        }
        let isKeyDue = place == .key || place == .keyOrEnd
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            flush(&text)
            isKey = isKeyDue
            string = StringText(isPython: isPython, mendsQuotes: mendsQuotes)
            string.open(byte, to: &text)
            place = .string
            return .more
        case _ where isKeyDue: return .refused
        case UInt8(ascii: "{"): return open(closing: UInt8(ascii: "}"), .keyOrEnd, to: &text)
        case UInt8(ascii: "["): return open(closing: UInt8(ascii: "]"), .valueOrEnd, to: &text)
        case UInt8(ascii: "(") where isPython: return open(closing: UInt8(ascii: ")"), .valueOrEnd, to: &text)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            flush(&text)
            number = NumberText()
            place = .number
            return continueNumber(byte, to: &text)
        default:
            word = []
            place = .word
            return continueWord(byte, to: &text)
        }
    }

    private mutating func open(closing: UInt8, _ inside: Place, to text: inout [UInt8]) -> Verdict {
        guard closings.count < Self.maximumDepth else { return .refused }
        flush(&text)
        closings.append(closing)
        text.append(closing == UInt8(ascii: "}") ? UInt8(ascii: "{") : UInt8(ascii: "["))
        place = inside
        return .more
    }

    private mutating func passColon(_ byte: UInt8, to text: inout [UInt8]) -> Verdict {
        guard byte == UInt8(ascii: ":") else { return .refused }
        flush(&text)
        text.append(byte)
        place = .value
        return .more
    }

    /// A byte behind a value inside a bracket.
    private mutating func passValue(_ byte: UInt8, to text: inout [UInt8]) -> Verdict {
        if byte == closings.last { return closeBracket(to: &text) }
        guard byte == UInt8(ascii: ",") else { return .refused }
        gap.append(byte)
        place = closings.last == UInt8(ascii: "}") ? .key : .value
        return .more
    }

    private mutating func closeBracket(to text: inout [UInt8]) -> Verdict {
        gap.removeAll { $0 == UInt8(ascii: ",") }
        flush(&text)
        if let closing = closings.popLast() { text.append(Self.written(closing)) }
        return finishValue()
    }

    private mutating func continueString(_ byte: UInt8, to text: inout [UInt8]) -> Verdict {
        switch string.advance(byte, to: &text) {
        case .complete: return finishString()
        case .ended:
            guard finishString() == .more else { return .ended }
            gap += string.gap
            return advance(byte, to: &text)
        case .more, .refused: return .more
        }
    }

    private mutating func finishString() -> Verdict {
        guard isKey else { return finishValue() }
        place = .colon
        return .more
    }

    private mutating func finishValue() -> Verdict {
        place = closings.isEmpty ? .done : .more
        return closings.isEmpty ? .complete : .more
    }

    private mutating func continueNumber(_ byte: UInt8, to text: inout [UInt8]) -> Verdict {
        if number.advance(byte) {
            text.append(byte)
            return .more
        }
        guard number.isComplete else { return .refused }
        guard finishValue() == .more else { return .ended }
        return advance(byte, to: &text)
    }

    private mutating func continueWord(_ byte: UInt8, to text: inout [UInt8]) -> Verdict {
        word.append(byte)
        if let (_, json) = Self.words.first(where: { $0.0 == word }) {
            flush(&text)
            text += json
            return finishValue()
        }
        return Self.words.contains { $0.0.starts(with: word) } ? .more : .refused
    }

    private mutating func flush(_ text: inout [UInt8]) {
        text += gap
        gap.removeAll(keepingCapacity: true)
    }

    private static func written(_ closing: UInt8) -> UInt8 {
        closing == UInt8(ascii: ")") ? UInt8(ascii: "]") : closing
    }
}

/// A number on its way, as JSON writes numbers.
private struct NumberText: Sendable {
    private enum Part: Sendable { case start, minus, zero, whole, point, fraction, mark, sign, exponent }

    private enum Kind { case minus, plus, zero, digit, point, mark, other }

    private var part = Part.start

    private static func kind(of byte: UInt8) -> Kind {
        switch byte {
        case UInt8(ascii: "-"): .minus
        case UInt8(ascii: "+"): .plus
        case UInt8(ascii: "0"): .zero
        case UInt8(ascii: "1")...UInt8(ascii: "9"): .digit
        case UInt8(ascii: "."): .point
        case UInt8(ascii: "e"), UInt8(ascii: "E"): .mark
        default: .other
        }
    }

    /// Whether it may end here.
    var isComplete: Bool { part == .zero || part == .whole || part == .fraction || part == .exponent }

    /// Whether the byte is its next one.
    mutating func advance(_ byte: UInt8) -> Bool {
        let next: Part? =
            switch (part, Self.kind(of: byte)) {
            case (.start, .minus): .minus
            case (.start, .zero), (.minus, .zero): .zero
            case (.start, .digit), (.minus, .digit), (.whole, .digit), (.whole, .zero): .whole
            case (.zero, .point), (.whole, .point): .point
            case (.point, .digit), (.point, .zero), (.fraction, .digit), (.fraction, .zero): .fraction
            case (.zero, .mark), (.whole, .mark), (.fraction, .mark): .mark
            case (.mark, .plus), (.mark, .minus): .sign
            case (.mark, .digit), (.mark, .zero), (.sign, .digit), (.sign, .zero): .exponent
            case (.exponent, .digit), (.exponent, .zero): .exponent
            default: nil
            }
        guard let next else { return false }
        part = next
        return true
    }

    func close(to text: inout [UInt8]) {
        if !isComplete { text.append(UInt8(ascii: "0")) }
    }
}
