import HTTPClient
import JSON
import Platform

/// A whole answer as it came over the wire.
struct Reply {
    let status: Int
    /// Names in lower case.
    let fields: [String: String]
    let body: String

    /// The body as JSON.
    func json() throws -> JSONValue { try JSONParser.parse(body, limits: .request) }

    /// The data of the events of a stream, without the closing mark.
    func events() throws -> [JSONValue] {
        try EventStreamReader.frames(of: Array(body.utf8)).compactMap(\.data).filter { $0 != "[DONE]" }
            .map { try JSONParser.parse($0, limits: .request) }
    }

    /// The text of a streamed answer.
    func streamedText() throws -> String {
        try events().compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }.joined()
    }
}

/// A plain socket that speaks as much HTTP as a test needs.
final class Client {
    struct Failure: Error { let reason: String }

    private static let seconds = 120
    private let socket: SocketTransport
    private var buffer: [UInt8] = []

    init(port: UInt16) throws {
        socket = try SocketTransport(to: SocketAddress(host: "127.0.0.1", port: port), timeoutSeconds: Self.seconds)
    }

    /// The bytes of a request.
    static func request(_ method: String, _ path: String, _ body: String, fields: [String] = []) -> [UInt8] {
        var lines = ["\(method) \(path) HTTP/1.1", "host: localhost"] + fields
        if !body.isEmpty { lines += ["content-type: application/json", "content-length: \(body.utf8.count)"] }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    func send(_ method: String, _ path: String, _ body: String = "", fields: [String] = []) throws {
        try send(bytes: Self.request(method, path, body, fields: fields))
    }

    func send(bytes: [UInt8]) throws { try socket.sendAll(bytes) }

    /// Reads until the text appears; everything read stays in the buffer for `readReply`.
    func wait(for text: String) throws {
        while !String(decoding: buffer, as: UTF8.self).contains(text) {
            guard try receive() else { throw Failure(reason: "the connection ended before '\(text)' came") }
        }
    }

    /// Reads a whole answer.
    func readReply() throws -> Reply {
        var parser = AnswerParser(hasBody: true)
        var body = parser.consume(buffer)
        while !parser.isDone {
            buffer = []
            guard try receive() else { throw Failure(reason: "the connection ended inside of an answer") }
            body += parser.consume(buffer)
        }
        if let fault = parser.fault { throw fault }
        buffer = parser.rest
        let fields = Dictionary(parser.fields.map { ($0.name, $0.value) }) { $1 }
        return Reply(status: parser.status, fields: fields, body: String(decoding: body, as: UTF8.self))
    }

    /// Whether the peer has closed the connection; waits until it has or sends something.
    func isClosedByPeer() throws -> Bool { buffer.isEmpty ? try !receive() : false }

    private func receive() throws -> Bool {
        guard let bytes = try socket.receive(maximumBytes: 1 << 16, milliseconds: Self.seconds * 1000) else {
            throw Failure(reason: "nothing came for \(Self.seconds) s")
        }
        buffer += bytes
        return !bytes.isEmpty
    }
}
