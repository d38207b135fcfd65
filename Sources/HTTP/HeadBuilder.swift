/// Collects the lines of a head and judges the whole: what is requested, and how its body is framed.
struct HeadBuilder: Sendable {
    /// How the length of the body is known.
    enum Framing: Equatable, Sendable {
        case length(Int)
        case chunked
    }

    private var method = ""
    private var target = RequestTarget(path: "", query: nil)
    private var authority: String?
    private var minorVersion = 1
    private var fields = Fields()

    /// Longest method; the longest registered one has 17 letters.
    static let maximumMethodBytes = 32

    /// Takes `METHOD SP target SP HTTP/1.x`, all bytes of it already known to be no controls.
    mutating func takeRequestLine(_ line: [UInt8], targetBytes: Int) throws(ParseFailure) {
        let parts = line.split(separator: ASCII.space, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[1].isEmpty else { throw .malformed(.requestLine) }
        guard (1...Self.maximumMethodBytes).contains(parts[0].count), parts[0].allSatisfy(ASCII.isToken)
        else { throw .malformed(.method) }
        guard parts[1].count <= targetBytes else { throw .targetTooLong }
        // The version comes before the target: what another version means by a target is not ours to judge.
        minorVersion = try Self.minorVersion(parts[2])
        method = String(decoding: parts[0], as: UTF8.self)
        let parsed = try RequestTargetParser.parse(parts[1], method: method)
        target = parsed.target
        authority = parsed.authority
    }

    /// Takes `name: value`.
    mutating func takeField(_ line: [UInt8], fieldCount: Int) throws(ParseFailure) {
        if line.first == ASCII.space || line.first == ASCII.tab { throw .malformed(.foldedField) }
        guard let colon = line.firstIndex(of: ASCII.colon), colon > 0, line[..<colon].allSatisfy(ASCII.isToken)
        else { throw .malformed(.fieldName) }
        guard fields.count < fieldCount else { throw .headTooLarge }
        var value = line[(colon + 1)...]
        while let byte = value.first, byte == ASCII.space || byte == ASCII.tab { value.removeFirst() }
        while let byte = value.last, byte == ASCII.space || byte == ASCII.tab { value.removeLast() }
        fields.append(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    /// The finished head and the framing of its body.
    func finish(bodyBytes: Int) throws(ParseFailure) -> (head: RequestHead, framing: Framing) {
        try checkHost()
        let framing = try framing(bodyBytes: bodyBytes)
        if minorVersion >= 1, let expectation = fields["expect"] {
            let isKnown = fields.values("expect").count == 1 && Fields.areEqual(expectation, "100-continue")
            guard isKnown else { throw .unsupportedExpectation }
        }
        return (head, framing)
    }

    /// The head as far as it was taken.
    var head: RequestHead {
        RequestHead(method: method, target: target, fields: fields, minorVersion: minorVersion)
    }

    /// Exactly one host in 1.1, at most one in 1.0, and no other one than in the target.
    private func checkHost() throws(ParseFailure) {
        let hosts = fields.values("host")
        guard hosts.count == 1 || (hosts.isEmpty && minorVersion == 0) else { throw .malformed(.hostCount) }
        guard let host = hosts.first else { return }
        guard RequestTargetParser.isHost(Array(host.utf8)[...]) else { throw .malformed(.host) }
        if let authority, !Fields.areEqual(authority, host) { throw .malformed(.host) }
    }

    private func framing(bodyBytes: Int) throws(ParseFailure) -> Framing {
        let lengths = fields.values("content-length")
        let codings = fields.values("transfer-encoding")
        if !codings.isEmpty {
            guard lengths.isEmpty else { throw .malformed(.bothLengths) }
            guard codings.count == 1, minorVersion >= 1, Fields.areEqual(codings[0], "chunked")
            else { throw .malformed(.transferEncoding) }
            return .chunked
        }
        guard let text = lengths.first else { return .length(0) }
        guard lengths.count == 1, !text.isEmpty, text.utf8.allSatisfy(ASCII.isDigit)
        else { throw .malformed(.contentLength) }
        guard let length = Int(text) else { throw .malformed(.contentLength) }
        guard length <= bodyBytes else { throw .bodyTooLarge(limit: bodyBytes) }
        return .length(length)
    }

    private static func minorVersion(_ bytes: ArraySlice<UInt8>) throws(ParseFailure) -> Int {
        let text = Array(bytes)
        guard text.count == 8, text.starts(with: "HTTP/".utf8), text[6] == 0x2e, ASCII.isDigit(text[5]),
            ASCII.isDigit(text[7])
        else { throw .malformed(.version) }
        guard text[5] == 0x31 else { throw .unsupportedVersion }
        return text[7] == 0x30 ? 0 : 1
    }
}
