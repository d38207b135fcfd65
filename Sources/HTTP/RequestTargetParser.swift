/// Request targets and hosts: parsed once, so that no two parts of the server can read them differently.
enum RequestTargetParser {
    /// A target and, for the absolute form, the authority in it.
    struct Parsed: Equatable, Sendable {
        let target: RequestTarget
        let authority: String?
    }

    /// Parses the origin, absolute or asterisk form.
    static func parse(_ bytes: ArraySlice<UInt8>, method: String) throws(ParseFailure) -> Parsed {
        guard bytes.allSatisfy({ ASCII.isVisible($0) && $0 != 0x23 }) else { throw .malformed(.target) }
        if bytes.first == slash { return Parsed(target: try origin(bytes), authority: nil) }
        if bytes.count == 1, bytes.first == 0x2a, method == "OPTIONS" {
            return Parsed(target: RequestTarget(path: "*", query: nil), authority: nil)
        }
        guard let rest = afterScheme(bytes) else { throw .malformed(.target) }
        let end = rest.firstIndex { $0 == slash || $0 == questionMark } ?? rest.endIndex
        let authority = rest[..<end]
        guard isHost(authority) else { throw .malformed(.target) }
        let path = rest[end...].first == slash ? rest[end...] : [slash] + rest[end...]
        return Parsed(target: try origin(path), authority: String(decoding: authority, as: UTF8.self))
    }

    /// Whether `bytes` are `uri-host[:port]` and nothing else: a name, an IPv4 address or a bracketed IPv6 address.
    static func isHost(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, bytes.count <= 320 else { return false }
        var rest: ArraySlice<UInt8>
        if first == 0x5b {
            guard let close = bytes.firstIndex(of: 0x5d) else { return false }
            let address = bytes[(bytes.startIndex + 1)..<close]
            let isAddress = address.allSatisfy { ASCII.hexDigit($0) != nil || $0 == ASCII.colon || $0 == 0x2e }
            guard isAddress, address.contains(ASCII.colon) else { return false }
            rest = bytes[(close + 1)...]
        } else {
            rest = bytes.drop { ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x2d || $0 == 0x2e || $0 == 0x5f }
            guard rest.startIndex > bytes.startIndex else { return false }
        }
        guard let separator = rest.popFirst() else { return true }
        guard separator == ASCII.colon, (1...5).contains(rest.count), rest.allSatisfy(ASCII.isDigit) else {
            return false
        }
        return rest.reduce(0) { $0 * 10 + Int($1 - 0x30) } <= 65_535
    }

    /// A path with its percent-encodings resolved, and the query as it is.
    private static func origin(_ bytes: ArraySlice<UInt8>) throws(ParseFailure) -> RequestTarget {
        let question = bytes.firstIndex(of: questionMark)
        var path: [UInt8] = []
        var rest = bytes[..<(question ?? bytes.endIndex)]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                if excludedFromPath.contains(byte) { throw .malformed(.target) }
                path.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(ASCII.hexDigit), let low = rest.popFirst().flatMap(ASCII.hexDigit)
            else { throw .malformed(.target) }
            let decoded = high << 4 | low
            guard decoded >= ASCII.space, decoded != 0x7f else { throw .malformed(.target) }
            path.append(decoded)
        }
        guard let text = String(validating: path, as: UTF8.self) else { throw .malformed(.target) }
        let query = question.map { String(decoding: bytes[($0 + 1)...], as: UTF8.self) }
        return RequestTarget(path: text, query: query)
    }

    /// What follows `http://` or `https://`.
    private static func afterScheme(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        for scheme in ["http://", "https://"] where bytes.count > scheme.utf8.count {
            let head = bytes.prefix(scheme.utf8.count)
            if head.elementsEqual(scheme.utf8, by: { ASCII.lowercased($0) == $1 }) {
                return bytes.dropFirst(head.count)
            }
        }
        return nil
    }

    private static let slash: UInt8 = 0x2f
    private static let questionMark: UInt8 = 0x3f
    /// Visible bytes that no path may hold unencoded: some servers take a backslash for a slash, and the rest are
    /// delimiters.
    private static let excludedFromPath: Set<UInt8> = [0x22, 0x3c, 0x3e, 0x5c, 0x5e, 0x60, 0x7b, 0x7c, 0x7d]
}
