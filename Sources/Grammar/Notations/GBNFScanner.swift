/// Reads the characters of a grammar's source and knows the line.
struct GBNFScanner {
    private let scalars: [Unicode.Scalar]
    private(set) var position = 0

    /// A scanner at the beginning of a text.
    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// Whether everything is read.
    var isAtEnd: Bool { position >= scalars.count }

    /// The character that comes next, or one behind it.
    func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        position + distance < scalars.count ? scalars[position + distance] : nil
    }

    /// Goes on by some characters.
    mutating func advance(_ count: Int = 1) { position = min(scalars.count, position + count) }

    /// Goes back to a place.
    mutating func rewind(to place: Int) { position = place }

    /// Whether a text comes next.
    func isNext(_ text: String) -> Bool { scalars[min(position, scalars.count)...].starts(with: text.unicodeScalars) }

    /// Takes a text if it comes next.
    mutating func take(_ text: String) -> Bool {
        guard isNext(text) else { return false }
        position += text.unicodeScalars.count
        return true
    }

    /// Goes on behind a text; false if it does not come any more.
    mutating func skip(past text: String) -> Bool {
        while !isAtEnd {
            if take(text) { return true }
            position += 1
        }
        return false
    }

    /// Goes on to the end of the line.
    mutating func skipLine() {
        while let next = peek(), next != "\n" { position += 1 }
    }

    /// A refusal with the line.
    func failure(_ reason: String) -> GrammarError { failure(reason, at: position) }

    /// A refusal with the line of a place.
    func failure(_ reason: String, at place: Int) -> GrammarError {
        let line = scalars[..<min(place, scalars.count)].count { $0 == "\n" } + 1
        return GrammarError(place: "line \(line)", reason: reason)
    }

    // MARK: Words

    /// A name of letters, digits, hyphens and underscores; nil if none comes next.
    mutating func name() -> String? {
        var name = ""
        while let next = peek(), Self.isNamePart(next) {
            name.unicodeScalars.append(next)
            position += 1
        }
        return name.isEmpty ? nil : name
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        RegexClasses.word.contains(scalar.value) || scalar == "-" || scalar.value > 0x7F
    }

    /// A number; nil if none comes next.
    mutating func number() throws(GrammarError) -> Int? {
        var value: Int?
        while let next = peek(), let digit = Self.digit(next), digit < 10 {
            value = (value ?? 0) * 10 + digit
            position += 1
            if let value, value > 10_000_000 { throw failure("a number that is too large") }
        }
        return value
    }

    /// The value of a hexadecimal digit.
    static func digit(_ scalar: Unicode.Scalar) -> Int? {
        scalar.isASCII ? Character(scalar).hexDigitValue : nil
    }

    /// Some hexadecimal digits.
    mutating func hexadecimal(_ count: Int) throws(GrammarError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let next = peek(), let digit = Self.digit(next) else {
                throw failure("\(count) hexadecimal digits are needed")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    // MARK: Literals

    /// The characters up to a quote, with escapes; the opening quote is read.
    mutating func literal(until quote: Unicode.Scalar) throws(GrammarError) -> String {
        let start = position
        var text = ""
        while let next = peek(), next != "\n" || quote == "\"" {
            if next == quote {
                position += 1
                return text
            }
            text.unicodeScalars.append(try character())
        }
        throw failure("a literal without its closing \(quote)", at: start)
    }

    /// One character, which may be escaped.
    mutating func character() throws(GrammarError) -> Unicode.Scalar {
        guard let next = peek() else { throw failure("a character is missing") }
        position += 1
        guard next == "\\" else { return next }
        guard let escaped = peek() else { throw failure("\\ at the end") }
        position += 1
        switch escaped {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "f": return "\u{0C}"
        case "b": return "\u{08}"
        case "v": return "\u{0B}"
        case "x": return try scalar(hexadecimal(2))
        case "u":
            guard take("{") else { return try scalar(hexadecimal(4)) }
            var value: UInt32 = 0
            while !take("}") { value = min(value << 4 | (try hexadecimal(1)), 0x110000) }
            return try scalar(value)
        case "U": return try scalar(hexadecimal(8))
        default:
            guard !RegexClasses.word.contains(escaped.value) || escaped == "0" else {
                throw failure("unknown escape \\\(escaped)")
            }
            return escaped == "0" ? "\0" : escaped
        }
    }

    /// The character of a number.
    func scalar(_ value: UInt32) throws(GrammarError) -> Unicode.Scalar {
        guard let scalar = Unicode.Scalar(value) else { throw failure("an escape that is no character") }
        return scalar
    }
}
