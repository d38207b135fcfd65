/// Strict RFC 8259: one value, valid UTF-8, no repeated keys, everything bounded; half a surrogate pair is an error or
/// U+FFFD, as the limits say. A byte order mark at the beginning is skipped, as section 8.1 allows.
package struct JSONParser: ~Escapable {
    private let bytes: Span<UInt8>
    private let limits: JSONLimits
    private var position = 0
    private var depth = 0
    private var values = 0

    @_lifetime(copy bytes)
    private init(_ bytes: Span<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// The value of a text. Errors name the byte offset and the reason.
    /// - Throws: ``JSONError`` with the byte offset and the reason.
    package static func parse(_ bytes: Span<UInt8>, limits: JSONLimits) throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.maximumBytes else {
            throw JSONError(offset: limits.maximumBytes, reason: "longer than \(limits.maximumBytes) bytes")
        }
        var parser = JSONParser(bytes, limits: limits)
        if bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF { parser.position = 3 }
        let value = try parser.value()
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.failure("text after the value") }
        return value
    }

    /// The value of a text. Errors name the byte offset and the reason.
    /// - Throws: ``JSONError`` with the byte offset and the reason.
    package static func parse(_ bytes: [UInt8], limits: JSONLimits) throws(JSONError) -> JSONValue {
        try parse(bytes.span, limits: limits)
    }

    /// The value of a text. Errors name the byte offset and the reason.
    /// - Throws: ``JSONError`` with the byte offset and the reason.
    package static func parse(_ text: String, limits: JSONLimits) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8).span, limits: limits)
    }

    // MARK: Values

    private mutating func value() throws(JSONError) -> JSONValue {
        skipSpace()
        values += 1
        guard values <= limits.maximumValues else { throw failure("more than \(limits.maximumValues) values") }
        guard let byte = peek() else { throw failure("a value is missing") }
        switch byte {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw failure("no value starts like this")
        }
    }

    private mutating func enter() throws(JSONError) {
        guard depth < limits.maximumDepth else { throw failure("nested deeper than \(limits.maximumDepth)") }
        depth += 1
        position += 1
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        var elements: [JSONValue] = []
        try enter()
        defer { depth -= 1 }
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value())
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw failure("expected , or ] in an array") }
            return .array(elements)
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        var object = JSONObject()
        try enter()
        defer { depth -= 1 }
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(object) }
        while true {
            skipSpace()
            let start = position
            guard peek() == UInt8(ascii: "\"") else { throw failure("expected a string as key") }
            let key = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("expected : after a key") }
            let member = try value()
            guard object.insert(member, forNewKey: key) else {
                throw JSONError(offset: start, reason: "key appears twice in one object")
            }
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw failure("expected , or } in an object") }
            return .object(object)
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for byte in text.description.utf8 {
            guard take(byte) else { throw failure("expected \(text)") }
        }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        let whole = try wholePart(isNegative: isNegative)
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            guard skipDigits() > 0 else { throw failure("a digit must follow the decimal point") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard skipDigits() > 0 else { throw failure("a digit must follow the exponent sign") }
        }
        if isWhole, let whole { return .int(whole) }
        return .double(try double(from: start))
    }

    /// Digits before the point; nil when they exceed 64 bits.
    private mutating func wholePart(isNegative: Bool) throws(JSONError) -> Int64? {
        if take(UInt8(ascii: "0")) {
            if let byte = peek(), isDigit(byte) { throw failure("a number must not start with 0") }
            return 0
        }
        guard let first = peek(), isDigit(first) else { throw failure("a digit must follow the sign") }
        var total: Int64? = 0
        while let byte = peek(), isDigit(byte) {
            position += 1
            guard let known = total else { continue }
            let digit = Int64(byte &- UInt8(ascii: "0"))
            let (scaled, overflow) = known.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                isNegative ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
            total = overflow || carry ? nil : sum
        }
        return total
    }

    private func double(from start: Int) throws(JSONError) -> Double {
        guard let number = Double(try text(of: bytes.extracting(start..<position), at: start)), number.isFinite else {
            throw JSONError(offset: start, reason: "number out of range")
        }
        return number
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while let byte = peek(), isDigit(byte) { position += 1 }
        return position - start
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    // MARK: Strings

    /// Most strings have no escapes and are copied in one piece.
    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return try text(of: bytes.extracting(start..<position - 1), at: start)
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw failure("control character in a string") }
            position += 1
        }
        throw failure("string without end")
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var content: [UInt8] = []
        var copied = start
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                try copy(copied..<position, to: &content)
                position += 1
                return String(decoding: content, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\") {
                try copy(copied..<position, to: &content)
                try escape(into: &content)
                copied = position
                continue
            }
            guard byte >= 0x20 else { throw failure("control character in a string") }
            position += 1
        }
        throw failure("string without end")
    }

    private func copy(_ range: Range<Int>, to content: inout [UInt8]) throws(JSONError) {
        guard !range.isEmpty else { return }
        content.append(contentsOf: try text(of: bytes.extracting(range), at: range.lowerBound).utf8)
    }

    private func text(of part: Span<UInt8>, at offset: Int) throws(JSONError) -> String {
        do {
            return String(copying: try UTF8Span(validating: part))
        } catch {
            throw JSONError(offset: offset + error.byteOffsets.lowerBound, reason: "invalid UTF-8")
        }
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        guard let byte = peek() else { throw failure("string without end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content.append(contentsOf: UTF8.encode(try scalar(from: start)) ?? .init())
        default: throw JSONError(offset: start, reason: "unknown escape")
        }
    }

    private mutating func scalar(from start: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        let end = position
        if first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            let second = try codeUnit()
            let combined = 0x10000 + (UInt32(first) & 0x3FF) << 10 + UInt32(second) & 0x3FF
            if second & 0xFC00 == 0xDC00, let scalar = Unicode.Scalar(combined) { return scalar }
        }
        guard limits.replacesLoneSurrogates else {
            throw JSONError(offset: start, reason: "surrogate without its partner")
        }
        position = end
        return "\u{FFFD}"
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure("four hexadecimal digits must follow \\u")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    // MARK: Bytes

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private func failure(_ reason: String) -> JSONError { JSONError(offset: position, reason: reason) }
}
