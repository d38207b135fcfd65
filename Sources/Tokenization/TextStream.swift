/// Tokens to text, one by one: text comes out as soon as it is whole, never half a scalar.
///
/// All pieces together equal the decoding of all tokens at once: bytes that are not UTF-8 become U+FFFD, one for each
/// longest run that could have begun a scalar.
package struct TextStream: Sendable {
    private let tokenizer: Tokenizer
    private let rendersSpecial: Bool
    /// The beginning of a scalar, at most three bytes.
    private var pending: [UInt8] = []

    /// - Parameter rendersSpecial: whether control tokens are written out by name.
    package init(tokenizer: Tokenizer, rendersSpecial: Bool) {
        self.tokenizer = tokenizer
        self.rendersSpecial = rendersSpecial
    }

    /// The text that becomes certain with this token; may be empty.
    package mutating func append(_ token: Int32) -> String {
        append(tokenizer.bytes(of: token, rendersSpecial: rendersSpecial))
    }

    /// The text that becomes certain with these bytes, a part of a token; may be empty.
    package mutating func append(_ bytes: some Sequence<UInt8>) -> String {
        pending.append(contentsOf: bytes)
        let whole = pending.count - Self.unfinishedBytes(at: pending)
        let text = String(decoding: pending[..<whole], as: UTF8.self)
        pending.removeFirst(whole)
        return text
    }

    /// What is left at the end: nothing, or U+FFFD for a scalar that never became whole.
    package mutating func finish() -> String {
        defer { pending = [] }
        return String(decoding: pending, as: UTF8.self)
    }

    /// How many bytes at the end begin a scalar that more bytes could complete.
    private static func unfinishedBytes(at bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let start = bytes.count - length
            let lead = bytes[start]
            guard lead & 0xC0 != 0x80 else { continue }
            return isPrefix(bytes[start...]) ? length : 0
        }
        return 0
    }

    /// Whether these bytes, a lead byte first, are the beginning of a well-formed scalar and not all of it.
    private static func isPrefix(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let lead = bytes.first, let needed = length(ofLead: lead), bytes.count < needed else { return false }
        guard let second = bytes.dropFirst().first else { return true }
        switch lead {
        case 0xE0: return second >= 0xA0
        case 0xED: return second < 0xA0
        case 0xF0: return second >= 0x90
        case 0xF4: return second < 0x90
        default: return true
        }
    }

    private static func length(ofLead lead: UInt8) -> Int? {
        switch lead {
        case 0xC2...0xDF: return 2
        case 0xE0...0xEF: return 3
        case 0xF0...0xF4: return 4
        default: return nil
        }
    }
}
