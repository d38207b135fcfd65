import JSON

/// Finds where the value of `<parameter=key>` ends, although values contain tags and closing tags are left out.
///
/// `</parameter>` ends it where another parameter, the closing of the function or of the block, another call or the end
/// of the text follows: in `if line == "</parameter>":` it is text. A line that begins with `<parameter=` and a key that
/// the function declares and has not got yet ends the value before it. So does a line that begins with `</function>` or `</tool_call>`, where
/// the closing of the block or the end of the text follows and no `</parameter>` that ends the value comes behind it.
/// A line that begins with the opening of a call ends it only where the value is not closed behind that call: otherwise
/// the call is an example inside the value.
struct ParameterText: Sendable {
    /// What a byte came to. `surplus` bytes at the end are not read yet.
    enum Step: Sendable {
        /// Nothing is certain since the last step.
        case held
        /// The value has grown.
        case more(surplus: Int)
        /// The value is complete.
        case ended(surplus: Int)
    }

    private enum Place: Sendable { case text, mark, closed, key, function, tail, tailClosed, example }

    private let keys: Set<String>
    /// The parameters that were given, this one included.
    private let given: Set<String>
    private var value: ParameterValue
    private var place = Place.text
    private var isAfterOpening = true
    private var isLineStart = true
    /// Bytes of which nothing is certain: the end of a line, then what may be a tag, and what is behind it.
    private var pending: [UInt8] = []
    private var matcher = LiteralMatcher([])
    private var example = ExampleCalls(followers: [])
    private var blanks = 0
    private var key: [UInt8] = []
    /// How many of the pending bytes are in front of what is read next if the value ends.
    private var end = 0
    /// The same for a closing tag behind that.
    private var laterEnd = 0

    private static let closing = "</parameter>"
    private static let parameter = "<parameter="
    private static let functionClosing = "</function>"
    private static let blockClosing = "</tool_call>"
    private static let openings = ["<tool_call>", "<function="]
    private static let marks = [closing, parameter, functionClosing, blockClosing] + openings
    private static let followers = [parameter, functionClosing, blockClosing] + openings + [closing]
    private static let mostBlanks = 64
    private static let longestKey = 256
    /// Bytes behind an ending without its own tag in which that tag is looked for.
    private static let mostPending = 8192

    /// The value of a function's parameter.
    /// - Parameter given: the parameters in front of it.
    init(_ functions: CallableFunctions, of key: String, in function: String, given: Set<String>) {
        self.given = given.union([key])
        keys = functions.keys(of: function)
        value = ParameterValue(functions.shape(of: key, in: function))
    }

    /// Takes the next byte and adds to `text` what has become certain of the value's JSON.
    mutating func advance(_ byte: UInt8, to text: inout [UInt8]) -> Step {
        if isAfterOpening, let step = passOpening(byte, to: &text) { return step }
        pending.append(byte)
        switch place {
        case .text: return pass(byte, to: &text)
        case .mark: return passMark(byte, to: &text)
        case .closed, .function: return passFollower(byte, to: &text)
        case .key: return passKey(byte, to: &text)
        case .tail, .tailClosed: return passTail(to: &text)
        case .example: return passExample(byte, to: &text)
        }
    }

    /// The line break behind the opening tag is no part of the value; nil behind it.
    private mutating func passOpening(_ byte: UInt8, to text: inout [UInt8]) -> Step? {
        if byte == 0x0d, pending.isEmpty {
            pending = [byte]
            return .held
        }
        isAfterOpening = false
        if byte == 0x0a {
            pending = []
            return .more(surplus: 0)
        }
        guard !pending.isEmpty else { return nil }
        pending.append(byte)
        return fail(to: &text)
    }

    /// The rest of the value's JSON, where the text ends.
    mutating func close() -> [UInt8] { value.close() }

    /// Decides about what is held where the text ends: the bytes that are not read yet if the value ended before; nil if
    /// it did not.
    mutating func finish(isCut: Bool, to text: inout [UInt8]) -> Int? {
        switch place {
        case .text, .mark, .key: return nil
        case .closed, .function:
            guard !isCut else { return nil }
        case .tail: break
        case .tailClosed:
            if !isCut { takeTail(to: &text) }
        case .example:
            guard !isCut else { return nil }
            if let closed = example.closed { take(upTo: closed, to: &text) }
        }
        text += value.close()
        return pending.count - end
    }
}

extension ParameterText {
    private mutating func pass(_ byte: UInt8, to text: inout [UInt8]) -> Step {
        let isFirst = pending.count == 1
        switch byte {
        case UInt8(ascii: "<") where pending != [0x0d, byte]:
            let startsLine = isFirst ? isLineStart : true
            matcher = LiteralMatcher(startsLine ? Self.marks : [Self.closing])
            place = .mark
            return passMark(byte, to: &text)
        case 0x0a where isFirst || pending == [0x0d, 0x0a], 0x0d where isFirst: return .held
        default: return fail(to: &text)
        }
    }

    /// The first byte that is held is part of the value; the others are read again.
    private mutating func fail(to text: inout [UInt8]) -> Step {
        value.write(pending.prefix(1), to: &text)
        isLineStart = pending.first == 0x0a
        let surplus = pending.count - 1
        pending = []
        place = .text
        return .more(surplus: surplus)
    }

    private mutating func endValue(to text: inout [UInt8]) -> Step {
        text += value.close()
        return .ended(surplus: pending.count - end)
    }

    private mutating func passMark(_ byte: UInt8, to text: inout [UInt8]) -> Step {
        switch matcher.advance(byte) {
        case .more: return .held
        case .none: return fail(to: &text)
        case .matched(let index):
            let isClosing = index == 0
            end = isClosing ? pending.count : pending.count - Self.marks[index].utf8.count
            blanks = 0
            switch index {
            case 1:
                key = []
                place = .key
            case 4...:
                example = ExampleCalls(followers: Self.followers.dropLast())
                place = .example
            case 3:
                laterEnd = pending.count
                matcher = LiteralMatcher([])
                place = .tail
            default:
                matcher = LiteralMatcher(isClosing ? Self.followers : [Self.blockClosing] + Self.openings)
                place = isClosing ? .closed : .function
            }
            return .held
        }
    }

    /// Blanks and what follows a closing tag.
    private mutating func passFollower(_ byte: UInt8, to text: inout [UInt8]) -> Step {
        if matcher.isFresh, ArgumentText.isBlank(byte) {
            blanks += 1
            return blanks <= Self.mostBlanks ? .held : fail(to: &text)
        }
        switch matcher.advance(byte) {
        case .more: return .held
        case .none: return fail(to: &text)
        case .matched(0) where place == .function:
            laterEnd = pending.count
            matcher = LiteralMatcher([])
            place = .tail
            return .held
        case .matched(Self.followers.count - 1):
            // Closed twice.
            end = pending.count
            blanks = 0
            matcher = LiteralMatcher(Self.followers)
            return .held
        case .matched: return endValue(to: &text)
        }
    }

    /// Looks behind the opening of a call for the closing tag of the value, which makes an example of it.
    private mutating func passExample(_ byte: UInt8, to text: inout [UInt8]) -> Step {
        if example.advance(byte, at: pending.count), let closed = example.closed {
            take(upTo: closed, to: &text)
            return endValue(to: &text)
        }
        guard pending.count > Self.mostPending else { return .held }
        value.write(pending, to: &text)
        isLineStart = pending.last == 0x0a
        pending = []
        place = .text
        return .more(surplus: 0)
    }

    private mutating func passKey(_ byte: UInt8, to text: inout [UInt8]) -> Step {
        guard byte == UInt8(ascii: ">") else {
            key.append(byte)
            return key.count <= Self.longestKey && byte != 0x0a ? .held : fail(to: &text)
        }
        let name = String(decoding: key, as: UTF8.self)
        return !given.contains(name) && keys.contains(name) ? endValue(to: &text) : fail(to: &text)
    }
}

extension ParameterText {
    /// Looks behind an ending without `</parameter>` for that tag, or for another call, which makes the ending one.
    private mutating func passTail(to text: inout [UInt8]) -> Step {
        var position = pending.count - 1
        while position < pending.count {
            let byte = pending[position]
            position += 1
            if place == .tailClosed {
                if matcher.isFresh, ArgumentText.isBlank(byte), position - laterEnd <= Self.mostBlanks { continue }
                switch matcher.advance(byte) {
                case .more: continue
                case .matched:
                    takeTail(to: &text)
                    return endValue(to: &text)
                case .none:
                    // The tag was text; what follows it may hold another.
                    place = .tail
                    matcher = LiteralMatcher([])
                    position = laterEnd
                    continue
                }
            }
            if byte == UInt8(ascii: "<") { matcher = LiteralMatcher([Self.closing] + Self.openings) }
            switch matcher.advance(byte) {
            case .more, .none: continue
            case .matched(0):
                laterEnd = position
                matcher = LiteralMatcher(Self.followers)
                place = .tailClosed
            case .matched: return endValue(to: &text)
            }
        }
        return pending.count > Self.mostPending ? endValue(to: &text) : .held
    }

    /// Makes part of the value what stands in front of the closing tag that was found later.
    private mutating func takeTail(to text: inout [UInt8]) { take(upTo: laterEnd, to: &text) }

    private mutating func take(upTo closed: Int, to text: inout [UInt8]) {
        var tail = pending.prefix(closed - Self.closing.utf8.count)
        if tail.last == 0x0a { tail.removeLast() }
        if tail.last == 0x0d { tail.removeLast() }
        value.write(tail, to: &text)
        end = closed
    }
}
