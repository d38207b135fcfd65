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
        try body.split(separator: "\n").filter { $0.hasPrefix("data: {") }
            .map { try JSONParser.parse(String($0.dropFirst(6)), limits: .request) }
    }

    /// The text of a streamed answer.
    func streamedText() throws -> String {
        try events().compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }.joined()
    }
}

/// A plain socket that speaks as much HTTP as a test needs.
final class Client {
    struct Failure: Error { let reason: String }

    private let socket: FileDescriptor
    private var buffer: [UInt8] = []

    init(port: UInt16) throws {
        socket = try FileDescriptor(connectingTo: SocketAddress(host: "127.0.0.1", port: port), timeoutSeconds: 120)
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

    func send(bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count { sent += try socket.send(bytes.span.extracting(sent..<bytes.count)) }
    }

    /// Reads until the text appears; everything read stays in the buffer for `readReply`.
    func wait(for text: String) throws {
        while !String(decoding: buffer, as: UTF8.self).contains(text) {
            guard try receive() else { throw Failure(reason: "the connection ended before '\(text)' came") }
        }
    }

    /// Reads a whole answer.
    func readReply() throws -> Reply {
        try wait(for: "\r\n\r\n")
        guard let end = headEnd() else { throw Failure(reason: "no head") }
        let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
        buffer.removeFirst(end + 4)
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let name = line.prefix { $0 != ":" }
            fields[name.lowercased()] = String(line.dropFirst(name.count + 1).drop { $0 == " " })
        }
        guard let status = Int(lines.first?.split(separator: " ").dropFirst().first ?? "") else {
            throw Failure(reason: "no status")
        }
        let body: [UInt8]
        if fields["transfer-encoding"] == "chunked" {
            body = try readChunks()
        } else {
            body = try take(Int(fields["content-length"] ?? "0") ?? 0)
        }
        return Reply(status: status, fields: fields, body: String(decoding: body, as: UTF8.self))
    }

    /// Whether the peer has closed the connection; waits until it has or sends something.
    func isClosedByPeer() throws -> Bool { buffer.isEmpty ? try !receive() : false }

    private func receive() throws -> Bool {
        let bytes = try socket.receive(maximumBytes: 1 << 16)
        buffer += bytes
        return !bytes.isEmpty
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try receive() else { throw Failure(reason: "the connection ended inside of a body") }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    private func readChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            while !buffer.contains(0x0a) {
                guard try receive() else { throw Failure(reason: "the connection ended inside of a chunk") }
            }
            let line = try take((buffer.firstIndex(of: 0x0a) ?? 0) + 1)
            guard let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) else {
                throw Failure(reason: "a malformed chunk")
            }
            body += try take(size)
            _ = try take(2)
            if size == 0 { return body }
        }
    }

    private func headEnd() -> Int? {
        (0..<max(0, buffer.count - 3)).first { Array(buffer[$0..<($0 + 4)]) == [13, 10, 13, 10] }
    }
}
