/// A request in every detail that a test of a server may be about.
package struct ClientRequest: Sendable {
    /// How the body is announced and sent.
    package enum Framing: Sendable {
        /// `Content-Length`.
        case length
        /// Chunked coding, in pieces of seven bytes.
        case chunked
        /// `Content-Length` and `Expect: 100-continue`: the body waits for an interim answer.
        case expecting
        /// Announced with this length, but never sent.
        case announced(Int)
    }

    /// Which key is presented.
    package enum Key: Sendable {
        case own, none, other(String)
    }

    /// `GET`, or another method.
    package var method: String
    /// The path below the server's prefix.
    package var path: String
    /// The body as it is before any coding.
    package var body: [UInt8]
    /// Further header lines, such as `Origin: http://example.org`.
    package var fields: [String] = []
    /// How the body is sent.
    package var framing = Framing.length
    /// Which key is sent.
    package var key = Key.own
    /// What the body is said to be.
    package var contentType = "application/json"

    /// A request with a body of JSON, or none.
    package init(_ method: String = "GET", _ path: String = "/", body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.body = body
    }

    /// The head, and the body as it is sent.
    func bytes(to server: ServerAddress, key ownKey: String?) -> (head: [UInt8], body: [UInt8]) {
        var lines = ["\(method) \(server.prefix)\(path) HTTP/1.1", "Host: \(server.socket)", "Connection: close"]
        switch key {
        case .own: if let ownKey { lines.append("Authorization: Bearer \(ownKey)") }
        case .none: break
        case .other(let key): lines.append("Authorization: Bearer \(key)")
        }
        lines += fields
        var body = body
        if !body.isEmpty || method == "POST" {
            lines.append("Content-Type: \(contentType)")
            switch framing {
            case .length: lines.append("Content-Length: \(body.count)")
            case .expecting: lines += ["Content-Length: \(body.count)", "Expect: 100-continue"]
            case .announced(let count):
                lines.append("Content-Length: \(count)")
                body = []
            case .chunked:
                lines.append("Transfer-Encoding: chunked")
                body = Self.chunked(body)
            }
        }
        return (Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8), body)
    }

    private static func chunked(_ body: [UInt8]) -> [UInt8] {
        var coded: [UInt8] = []
        for start in stride(from: 0, to: body.count, by: 7) {
            let piece = body[start..<min(start + 7, body.count)]
            coded += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10]
        }
        return coded + Array("0\r\n\r\n".utf8)
    }
}
