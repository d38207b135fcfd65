/// The line before a chunk: a size in hexadecimal and extensions, which are checked and dropped (RFC 9112, section 7.1.1).
///
/// Example: `1f ; name = "a \" b"`. Blanks behind the size are taken also without an extension: old stacks pad the size.
enum ChunkSizeLine {
    /// How many bytes follow, and how many bytes of the line are extension.
    static func parse(_ line: [UInt8]) throws(ParseFailure) -> (size: Int, extensionBytes: Int) {
        let digits = line.prefix { ASCII.hexDigit($0) != nil }
        guard (1...maximumDigits).contains(digits.count) else { throw .malformed(.chunkSize) }
        // Fifteen hexadecimal digits fit into an Int.
        let size = digits.reduce(0) { $0 << 4 | Int(ASCII.hexDigit($1) ?? 0) }
        let rest = line[digits.endIndex...]
        try checkExtensions(rest)
        return (size, rest.count)
    }

    /// `*( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )`
    private static func checkExtensions(_ bytes: ArraySlice<UInt8>) throws(ParseFailure) {
        var rest = bytes
        skipBlanks(&rest)
        guard rest.isEmpty || rest.first == ASCII.semicolon else { throw .malformed(.chunkSize) }
        while let byte = rest.popFirst() {
            guard byte == ASCII.semicolon else { throw .malformed(.chunkExtension) }
            skipBlanks(&rest)
            guard skipToken(&rest) else { throw .malformed(.chunkExtension) }
            skipBlanks(&rest)
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest.removeFirst()
            skipBlanks(&rest)
            guard rest.first == quote ? skipQuoted(&rest) : skipToken(&rest) else { throw .malformed(.chunkExtension) }
            skipBlanks(&rest)
        }
    }

    private static func skipBlanks(_ rest: inout ArraySlice<UInt8>) {
        rest = rest.drop { $0 == ASCII.space || $0 == ASCII.tab }
    }

    /// False when there is no token.
    private static func skipToken(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let before = rest.count
        rest = rest.drop(while: ASCII.isToken)
        return rest.count < before
    }

    /// False when the text between the quotation marks does not end.
    private static func skipQuoted(_ rest: inout ArraySlice<UInt8>) -> Bool {
        rest.removeFirst()
        while let byte = rest.popFirst() {
            if byte == quote { return true }
            if byte == UInt8(ascii: "\\"), rest.popFirst() == nil { return false }
        }
        return false
    }

    private static let quote = UInt8(ascii: "\"")
    /// Most digits of a size.
    static let maximumDigits = 15
}
