/// Splits a template into text and tags, doing all whitespace control on the way.
///
/// The rules are Jinja's with `trim_blocks` and `lstrip_blocks`: the newline after a block or comment goes, and so does
/// the space before it on its line; `-` takes all white space on its side, `+` keeps what would go.
struct TemplateLexer {
    private(set) var bytes: [UInt8]
    var position = 0
    var line = 1
    var tokens: [Token] = []
    /// Whether what stands at `position` begins a line of the template.
    private var isAtLineStart = true

    /// Newlines are unified and one at the very end is dropped.
    init(source: String) {
        bytes = []
        bytes.reserveCapacity(source.utf8.count)
        var previous: UInt8 = 0
        for byte in source.utf8 {
            if byte == 0x0A, previous == 0x0D {
                previous = byte
                continue
            }
            bytes.append(byte == 0x0D ? 0x0A : byte)
            previous = byte
        }
        if bytes.last == 0x0A { bytes.removeLast() }
    }

    /// All tokens, the last one being `.end`.
    mutating func run() throws(TemplateError) -> [Token] {
        while let tag = nextTag() {
            let sign = byte(at: tag + 2)
            let hasSign = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
            appendText(upTo: tag, isOutput: bytes[tag + 1] == UInt8(ascii: "{"), sign: hasSign ? sign : nil)
            position = tag + (hasSign ? 3 : 2)
            switch bytes[tag + 1] {
            case UInt8(ascii: "#"): try skipComment()
            case UInt8(ascii: "{"): try scanTag(isOutput: true)
            default:
                if let end = rawBegin(from: position) {
                    skip(to: end)
                    try appendRaw()
                } else {
                    try scanTag(isOutput: false)
                }
            }
        }
        append(text: position..<bytes.count)
        tokens.append(Token(kind: .end, line: line))
        return tokens
    }

    private mutating func scanTag(isOutput: Bool) throws(TemplateError) {
        tokens.append(Token(kind: isOutput ? .outputBegin : .blockBegin, line: line))
        try scanExpression(isOutput: isOutput)
        isAtLineStart = position > 0 && bytes[position - 1] == 0x0A
    }

    // MARK: Text

    private func nextTag() -> Int? {
        var index = position
        while index + 1 < bytes.count {
            if bytes[index] == UInt8(ascii: "{") {
                switch bytes[index + 1] {
                case UInt8(ascii: "%"), UInt8(ascii: "{"), UInt8(ascii: "#"): return index
                default: break
                }
            }
            index += 1
        }
        return nil
    }

    private mutating func appendText(upTo tag: Int, isOutput: Bool, sign: UInt8?) {
        append(text: position..<textEnd(before: tag, isOutput: isOutput, sign: sign))
        skip(to: tag)
    }

    /// Where the text before a tag ends once white space is taken away.
    private func textEnd(before tag: Int, isOutput: Bool, sign: UInt8?) -> Int {
        if sign == UInt8(ascii: "-") { return endOfText(in: position..<tag) }
        guard sign != UInt8(ascii: "+"), !isOutput else { return tag }
        let newline = bytes[position..<tag].lastIndex(of: 0x0A)
        guard newline != nil || isAtLineStart else { return tag }
        let lineStart = newline.map { $0 + 1 } ?? position
        return endOfText(in: lineStart..<tag) == lineStart ? lineStart : tag
    }

    private mutating func append(text range: Range<Int>) {
        guard !range.isEmpty else { return }
        tokens.append(Token(kind: .text(String(decoding: bytes[range], as: UTF8.self)), line: line))
    }

    /// Moves on, counting lines.
    mutating func skip(to end: Int) {
        while position < end {
            if bytes[position] == 0x0A { line += 1 }
            position += 1
        }
    }

    // MARK: Comments and raw blocks

    private mutating func skipComment() throws(TemplateError) {
        var index = position
        while index + 1 < bytes.count {
            if bytes[index] == UInt8(ascii: "#"), bytes[index + 1] == UInt8(ascii: "}") {
                let sign = index > position ? bytes[index - 1] : 0
                finishTag(at: index + 2, sign: sign)
                return
            }
            index += 1
        }
        guard position < bytes.count else { return }
        throw TemplateError(line: line, reason: "comment without end")
    }

    /// After the end of a block or comment: what its sign or `trim_blocks` takes away.
    mutating func finishTag(at end: Int, sign: UInt8) {
        var index = end
        if sign == UInt8(ascii: "-") {
            index = skippingSpace(from: end)
        } else if sign != UInt8(ascii: "+"), byte(at: end) == 0x0A {
            index = end + 1
        }
        skip(to: index)
        isAtLineStart = index > 0 && bytes[index - 1] == 0x0A
    }

    /// The end of `raw %}` if it stands here.
    private func rawBegin(from start: Int) -> Int? {
        guard let word = end(ofWord: "raw", from: start) else { return nil }
        if byte(at: word) == UInt8(ascii: "-"), isTagEnd(at: word + 1) { return skippingSpace(from: word + 3) }
        return isTagEnd(at: word) ? word + 2 : nil
    }

    private mutating func appendRaw() throws(TemplateError) {
        isAtLineStart = bytes[position - 1] == 0x0A
        var index = position
        while index + 1 < bytes.count {
            if bytes[index] == UInt8(ascii: "{"), bytes[index + 1] == UInt8(ascii: "%"), finishRaw(at: index) { return }
            index += 1
        }
        guard position < bytes.count else { return }
        throw TemplateError(line: line, reason: "raw block without end")
    }

    private mutating func finishRaw(at tag: Int) -> Bool {
        let sign = byte(at: tag + 2)
        let hasSign = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
        guard let word = end(ofWord: "endraw", from: tag + (hasSign ? 3 : 2)) else { return false }
        let closing = byte(at: word)
        let closes = closing == UInt8(ascii: "-") || closing == UInt8(ascii: "+")
        guard isTagEnd(at: closes ? word + 1 : word) else { return false }
        appendText(upTo: tag, isOutput: false, sign: hasSign ? sign : nil)
        finishTag(at: word + (closes ? 3 : 2), sign: closes ? closing : 0)
        return true
    }

    private func end(ofWord word: String, from start: Int) -> Int? {
        let begin = skippingSpace(from: start)
        guard bytes[begin...].starts(with: word.utf8) else { return nil }
        return skippingSpace(from: begin + word.utf8.count)
    }

    private func isTagEnd(at index: Int) -> Bool {
        byte(at: index) == UInt8(ascii: "%") && byte(at: index + 1) == UInt8(ascii: "}")
    }

    // MARK: Bytes

    /// The byte at an index, 0 past the end.
    func byte(at index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    /// The next index from `start` that is not white space.
    func skippingSpace(from start: Int) -> Int {
        var index = min(start, bytes.count)
        while index < bytes.count {
            let length = spaceLength(at: index)
            guard length > 0 else { break }
            index += length
        }
        return index
    }

    /// Bytes of the white space scalar at an index; 0 when it is none.
    private func spaceLength(at index: Int) -> Int {
        if bytes[index] < 0x80 { return Unicode.Scalar(bytes[index]).isPythonSpace ? 1 : 0 }
        guard let scalar = scalar(at: index), scalar.isPythonSpace else { return 0 }
        return UTF8.width(scalar)
    }

    /// The scalar that begins at an index; the source is valid UTF-8.
    func scalar(at index: Int) -> Unicode.Scalar? {
        let lead = byte(at: index)
        let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard index + length <= bytes.count else { return nil }
        return String(decoding: bytes[index..<index + length], as: UTF8.self).unicodeScalars.first
    }

    /// The end of a range without the white space at its end.
    private func endOfText(in range: Range<Int>) -> Int {
        var end = range.lowerBound
        var index = range.lowerBound
        while index < range.upperBound {
            let length = spaceLength(at: index)
            if length > 0 {
                index += length
            } else {
                index += 1
                while index < range.upperBound, bytes[index] & 0xC0 == 0x80 { index += 1 }
                end = index
            }
        }
        return end
    }
}
