import JSON

/// The arguments of a call on their way from the model's text to JSON text, byte by byte.
///
/// What is JSON comes out as it is. Slips that leave no doubt are mended: raw control characters and unknown escapes in
/// strings, single quotes, quotation marks inside strings that nothing escapes (`StringEnd`), Python's `True`, `False`
/// and `None`, commas before a closing bracket, missing ones before a key, halves of surrogate pairs. Everything else
/// that is no JSON is refused at its first byte; `close` adds closing brackets, where nothing else is missing.
struct ArgumentText: Sendable {
    /// What a byte means for the value.
    enum Verdict: Sendable, Equatable {
        /// The value goes on.
        case more
        /// Nothing is certain since the last byte with another verdict.
        case held
        /// What was held is decided about, but for this many bytes, which are to be read again.
        case again(Int)
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
    /// Whether quotation marks inside strings may stand without a backslash.
    private let mendsQuotes: Bool
    private let context: ArgumentContext
    /// What decides about the mark that came last.
    private var end: StringEnd?
    /// Bytes that were looked at behind a mark, and in which marks end strings.
    private var knownBytes = 0
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
    /// - Parameter context: what stands around it; nil: quotation marks inside strings are not mended.
    init(isPython: Bool, in context: ArgumentContext?) {
        self.isPython = isPython
        self.context = context ?? ArgumentContext()
        mendsQuotes = context != nil
        string = StringText(isPython: isPython)
    }

    /// Whether the value is complete.
    var isDone: Bool { place == .done }

    /// Whether nothing but blanks has come.
    private(set) var isEmpty = true

    /// Whether a mark inside a string was taken for text.
    private(set) var isMended = false

    /// Takes the next byte and adds to `text` what has become certain.
    mutating func advance(_ byte: UInt8, to text: inout [UInt8]) -> Verdict {
        if let verdict = end?.advance(byte) { return settle(verdict, to: &text) }
        let isKnown = knownBytes > 0
        if isKnown { knownBytes -= 1 }
        if place == .string, mendsQuotes, !isKey, !isKnown, string.isMark(byte) {
            end = StringEnd(context, closings: closings, mark: byte, isPython: isPython)
            return .held
        }
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

    /// Decides about what is held where the text ends: how many bytes are to be read again; nil if nothing is held.
    mutating func finish(to text: inout [UInt8]) -> Int? {
        guard let end else { return nil }
        guard case .again(let count) = settle(end.finish(), to: &text) else { return nil }
        return count
    }

    /// Adds the closing brackets that make JSON of the text so far; false where more than those is missing.
    mutating func close(to text: inout [UInt8]) -> Bool {
        switch place {
        case .string, .word, .colon: return false
        case .value:
            guard closings.last == UInt8(ascii: "]") || closings.last == UInt8(ascii: ")") else { return false }
        case .number: guard number.isComplete else { return false }
        case .valueOrEnd, .key, .keyOrEnd, .more, .done: break
        }
        for closing in closings.reversed() { text.append(Self.written(closing)) }
        closings = []
        place = .done
        return true
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
            string = StringText(isPython: isPython)
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
        if byte == UInt8(ascii: "\""), closings.last == UInt8(ascii: "}") {
            // Only a comma can be missing between a value and a key.
            text.append(UInt8(ascii: ","))
            place = .key
            return begin(byte, to: &text)
        }
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
        string.advance(byte, to: &text) == .complete ? finishString() : .more
    }

    /// Decides about a mark inside a string.
    private mutating func settle(_ verdict: StringEnd.Verdict, to text: inout [UInt8]) -> Verdict {
        guard let count = end?.count, verdict != .more else { return .held }
        end = nil
        if verdict == .ends {
            string.close(to: &text)
            knownBytes = max(0, count - 1)
            _ = finishString()
        } else {
            string.takeMark(to: &text)
            isMended = true
        }
        return .again(count)
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

extension ArgumentText {
    /// JSON of a whole text; nil where it is no value, or more than one.
    static func json(of bytes: [UInt8], isPython: Bool) -> [UInt8]? {
        var reader = ArgumentText(isPython: isPython, in: ArgumentContext())
        var json: [UInt8] = []
        var position = 0
        while true {
            guard position < bytes.count else {
                guard let surplus = reader.finish(to: &json) else { break }
                position -= surplus
                continue
            }
            let byte = bytes[position]
            position += 1
            if reader.isDone, isBlank(byte) { continue }
            switch reader.advance(byte, to: &json) {
            case .more, .held, .complete: continue
            case .again(let surplus): position -= surplus
            case .ended, .refused: return nil
            }
        }
        return reader.isDone ? json : nil
    }
}

extension ArgumentText {
    /// How a call ends whose text ends inside its arguments: closed where only brackets are missing, else withdrawn.
    var closed: [CallEvent] {
        var value = self
        var rest: [UInt8] = []
        return value.close(to: &rest) ? [.arguments(rest), .ended] : [.withdrawn(text: [])]
    }

    /// The same where a byte cannot stand in the arguments: it has to be a bracket, or to begin markup of the format.
    /// - Parameter markup: how the markup of the format begins.
    func closed(by byte: UInt8, markup: [String]) -> [CallEvent] {
        let isBracket = byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ")")
        return isBracket || markup.contains { $0.utf8.first == byte } ? closed : [.withdrawn(text: [])]
    }
}
