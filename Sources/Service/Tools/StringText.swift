/// A quoted string on its way from the model's text to JSON text, byte by byte.
///
/// Raw control characters are escaped, escapes that JSON does not know become the characters that were meant or a
/// backslash of their own, and halves of surrogate pairs become U+FFFD.
struct StringText: Sendable {
    /// Whether Python's escapes are known.
    private let isPython: Bool
    private(set) var quote = UInt8(ascii: "\"")
    /// An escape that is not complete, the backslash first.
    private var escape: [UInt8] = []
    /// The first half of a surrogate pair, as four digits.
    private var high: [UInt8] = []

    private static let backslash = UInt8(ascii: "\\")
    private static let replacement = Array("\\ufffd".utf8)
    private static let plainEscapes = Set("\"\\/bfnrt".utf8)

    /// A string that has not begun.
    init(isPython: Bool) { self.isPython = isPython }

    /// Whether the byte is a mark like the one that opened the string, and nothing escapes it.
    func isMark(_ byte: UInt8) -> Bool { byte == quote && escape.count != 1 }

    /// Makes text of such a mark.
    mutating func takeMark(to text: inout [UInt8]) {
        settle(&text)
        Self.write(quote, to: &text)
    }

    /// Begins with this quotation mark.
    mutating func open(_ quote: UInt8, to text: inout [UInt8]) {
        self.quote = quote
        text.append(UInt8(ascii: "\""))
    }

    /// Takes the next byte and adds to `text` what has become certain.
    mutating func advance(_ byte: UInt8, to text: inout [UInt8]) -> ArgumentText.Verdict {
        if !escape.isEmpty { return continueEscape(byte, to: &text) }
        if byte == Self.backslash {
            escape = [byte]
            return .more
        }
        settleHigh(&text)
        if byte == quote {
            text.append(UInt8(ascii: "\""))
            return .complete
        }
        Self.write(byte, to: &text)
        return .more
    }

    /// Ends the string where it is.
    mutating func close(to text: inout [UInt8]) {
        settle(&text)
        text.append(UInt8(ascii: "\""))
    }

    /// A character as it may stand in JSON.
    static func write(_ byte: UInt8, to text: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""): text += [backslash, byte]
        case 0x0a: text += [backslash, UInt8(ascii: "n")]
        case 0x0d: text += [backslash, UInt8(ascii: "r")]
        case 0x09: text += [backslash, UInt8(ascii: "t")]
        case 0..<0x20: text += unicode(byte)
        default: text.append(byte)
        }
    }

    private static func unicode(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private mutating func continueEscape(_ byte: UInt8, to text: inout [UInt8]) -> ArgumentText.Verdict {
        if escape.count == 1 { return beginEscape(byte, to: &text) }
        guard Character(Unicode.Scalar(byte)).isHexDigit, byte < 0x80 else {
            let broken = escape
            escape = []
            settleHigh(&text)
            // The backslash was meant as one.
            text += [Self.backslash] + broken
            return advance(byte, to: &text)
        }
        let isShort = escape[1] == UInt8(ascii: "x")
        escape.append(byte)
        guard escape.count == (isShort ? 4 : 6) else { return .more }
        let digits = (isShort ? Array("00".utf8) : []) + escape[2...]
        escape = []
        finish(digits, to: &text)
        return .more
    }

    private mutating func beginEscape(_ byte: UInt8, to text: inout [UInt8]) -> ArgumentText.Verdict {
        if byte == UInt8(ascii: "u") || isPython && byte == UInt8(ascii: "x") {
            escape.append(byte)
            return .more
        }
        escape = []
        settleHigh(&text)
        switch byte {
        case _ where Self.plainEscapes.contains(byte): text += [Self.backslash, byte]
        case UInt8(ascii: "'"): text.append(byte)
        case 0x0a where isPython: break
        default:
            text += [Self.backslash, Self.backslash]
            return advance(byte, to: &text)
        }
        return .more
    }

    /// Four digits are a character, or half of one.
    private mutating func finish(_ digits: [UInt8], to text: inout [UInt8]) {
        let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0xfffd
        if (0xdc00...0xdfff).contains(value), !high.isEmpty {
            text += Array("\\u".utf8) + high + Array("\\u".utf8) + digits
            high = []
            return
        }
        settleHigh(&text)
        switch value {
        case 0xd800...0xdbff: high = digits
        case 0xdc00...0xdfff: text += Self.replacement
        default: text += Array("\\u".utf8) + digits
        }
    }

    /// Writes what is left of an escape that is not complete.
    private mutating func settle(_ text: inout [UInt8]) {
        let broken = escape
        escape = []
        settleHigh(&text)
        if !broken.isEmpty { text += [Self.backslash] + broken }
    }

    private mutating func settleHigh(_ text: inout [UInt8]) {
        guard !high.isEmpty else { return }
        text += Self.replacement
        high = []
    }
}
