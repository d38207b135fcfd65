/// The inside of a tag: names, numbers, strings and symbols up to the end of the tag.
extension TemplateLexer {
    /// Longest first.
    private static let symbols = [
        "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=",
        ".", ":", "|", ",", ";",
    ]

    mutating func scanExpression(isOutput: Bool) throws(TemplateError) {
        var open: [UInt8] = []
        while true {
            skip(to: skippingSpace(from: position))
            guard position < bytes.count else { throw TemplateError(line: line, reason: "tag without end") }
            if open.isEmpty, finishIfEnd(isOutput: isOutput) { return }
            let byte = bytes[position]
            if isDigit(byte) {
                try scanNumber()
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                try scanString(quote: byte)
            } else if isNamePart(at: position) {
                try scanName()
            } else {
                try scanSymbol(open: &open)
            }
        }
    }

    private mutating func finishIfEnd(isOutput: Bool) -> Bool {
        let sign = bytes[position]
        let hasSign = sign == UInt8(ascii: "-") || (sign == UInt8(ascii: "+") && !isOutput)
        let end = position + (hasSign ? 1 : 0)
        let closing = isOutput ? UInt8(ascii: "}") : UInt8(ascii: "%")
        guard byte(at: end) == closing, byte(at: end + 1) == UInt8(ascii: "}") else { return false }
        tokens.append(Token(kind: isOutput ? .outputEnd : .blockEnd, line: line))
        // Only blocks and comments swallow the newline behind them.
        finishTag(at: end + 2, sign: hasSign ? sign : isOutput ? UInt8(ascii: "+") : 0)
        return true
    }

    // MARK: Names and symbols

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private func isNamePart(at index: Int) -> Bool {
        let byte = byte(at: index)
        guard byte >= 0x80 else {
            return isDigit(byte) || byte == UInt8(ascii: "_") || (byte | 0x20) &- UInt8(ascii: "a") < 26
        }
        return scalar(at: index)?.properties.isXIDContinue ?? false
    }

    /// Names are looked up again and again, so they are kept short.
    private mutating func scanName() throws(TemplateError) {
        let start = position
        while isNamePart(at: position) {
            position += 1
            while byte(at: position) & 0xC0 == 0x80 { position += 1 }
        }
        guard position - start <= 256 else { throw TemplateError(line: line, reason: "name longer than 256 bytes") }
        tokens.append(Token(kind: .name(String(decoding: bytes[start..<position], as: UTF8.self)), line: line))
    }

    private mutating func scanSymbol(open: inout [UInt8]) throws(TemplateError) {
        let rest = bytes[position..<min(position + 2, bytes.count)]
        guard let symbol = Self.symbols.first(where: { rest.starts(with: $0.utf8) }) else {
            throw TemplateError(line: line, reason: "unexpected character in a tag")
        }
        switch symbol {
        case "(": open.append(UInt8(ascii: ")"))
        case "[": open.append(UInt8(ascii: "]"))
        case "{": open.append(UInt8(ascii: "}"))
        case ")", "]", "}":
            guard open.popLast() == bytes[position] else {
                throw TemplateError(line: line, reason: "unexpected '\(symbol)'")
            }
        default: break
        }
        tokens.append(Token(kind: .symbol(symbol), line: line))
        position += symbol.utf8.count
    }

    // MARK: Numbers

    private mutating func scanNumber() throws(TemplateError) {
        let start = position
        let prefix = byte(at: start + 1) | 0x20
        if bytes[start] == UInt8(ascii: "0"), let radix = [0x62: 2, 0x6F: 8, 0x78: 16][prefix] {
            return try scanInteger(radix: radix, from: start + 2)
        }
        skipDigits()
        let isAttribute = start > 0 && bytes[start - 1] == UInt8(ascii: ".")
        let whole = position
        if !isAttribute, byte(at: position) == UInt8(ascii: "."), isDigit(byte(at: position + 1)) {
            position += 1
            skipDigits()
        }
        if !isAttribute, byte(at: position) | 0x20 == UInt8(ascii: "e") { skipExponent() }
        let digits = String(decoding: bytes[start..<position].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
        if position > whole, let number = Double(digits) {
            tokens.append(Token(kind: .double(number), line: line))
        } else if let number = Int(digits), digits.utf8.first != UInt8(ascii: "0") || number == 0 {
            tokens.append(Token(kind: .int(number), line: line))
        } else {
            throw TemplateError(line: line, reason: "number out of range")
        }
    }

    private mutating func skipDigits() {
        let separator = UInt8(ascii: "_")
        while isDigit(byte(at: position)) || (byte(at: position) == separator && isDigit(byte(at: position + 1))) {
            position += 1
        }
    }

    private mutating func skipExponent() {
        let sign = byte(at: position + 1)
        let digits = position + (sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") ? 2 : 1)
        guard isDigit(byte(at: digits)) else { return }
        position = digits
        skipDigits()
    }

    private mutating func scanInteger(radix: Int, from start: Int) throws(TemplateError) {
        position = start
        while isNamePart(at: position), byte(at: position) < 0x80 { position += 1 }
        let digits = String(decoding: bytes[start..<position].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
        guard let number = Int(digits, radix: radix) else {
            throw TemplateError(line: line, reason: "number out of range")
        }
        tokens.append(Token(kind: .int(number), line: line))
    }

    // MARK: Strings

    private mutating func scanString(quote: UInt8) throws(TemplateError) {
        let firstLine = line
        var content: [UInt8] = []
        position += 1
        while position < bytes.count, bytes[position] != quote {
            if bytes[position] == UInt8(ascii: "\\") {
                try scanEscape(into: &content)
            } else {
                content.append(bytes[position])
                skip(to: position + 1)
            }
        }
        guard position < bytes.count else { throw TemplateError(line: firstLine, reason: "string without end") }
        position += 1
        tokens.append(Token(kind: .string(String(decoding: content, as: UTF8.self)), line: firstLine))
    }

    private mutating func scanEscape(into content: inout [UInt8]) throws(TemplateError) {
        let escape = byte(at: position + 1)
        switch escape {
        case UInt8(ascii: "x"): return try scanHexadecimal(digits: 2, into: &content)
        case UInt8(ascii: "u"): return try scanHexadecimal(digits: 4, into: &content)
        case UInt8(ascii: "U"): return try scanHexadecimal(digits: 8, into: &content)
        case UInt8(ascii: "0")...UInt8(ascii: "7"): return scanOctal(into: &content)
        case UInt8(ascii: "N"): throw TemplateError(line: line, reason: "named characters are not supported")
        default: break
        }
        let meanings: [UInt8: UInt8] = [
            0x6E: 0x0A, 0x74: 0x09, 0x72: 0x0D, 0x62: 0x08, 0x66: 0x0C, 0x76: 0x0B, 0x61: 0x07, 0x5C: 0x5C, 0x27: 0x27,
            0x22: 0x22,
        ]
        if let meaning = meanings[escape] {
            content.append(meaning)
        } else if escape != 0x0A {
            content.append(UInt8(ascii: "\\"))
            skip(to: position + 1)
            return
        }
        skip(to: min(position + 2, bytes.count))
    }

    private mutating func scanHexadecimal(digits: Int, into content: inout [UInt8]) throws(TemplateError) {
        let end = position + 2 + digits
        let text = String(decoding: bytes[min(position + 2, bytes.count)..<min(end, bytes.count)], as: UTF8.self)
        let isPlain = text.utf8.count == digits && text.utf8.allSatisfy { isHexDigit($0) }
        guard isPlain, let code = UInt32(text, radix: 16), let scalar = Unicode.Scalar(code) else {
            throw TemplateError(line: line, reason: "broken character escape")
        }
        content.append(contentsOf: String(scalar).utf8)
        position = end
    }

    private func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6 }

    private mutating func scanOctal(into content: inout [UInt8]) {
        position += 1
        var code: UInt32 = 0
        var digits = 0
        while digits < 3, byte(at: position) &- UInt8(ascii: "0") < 8 {
            code = code * 8 + UInt32(bytes[position] &- UInt8(ascii: "0"))
            position += 1
            digits += 1
        }
        content.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
    }
}
