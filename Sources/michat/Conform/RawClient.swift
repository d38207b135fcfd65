import JSON
import Platform

/// A request in every detail that a statement may be about.
struct RawRequest {
    /// How the body is announced and sent.
    enum Framing {
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
    enum Key {
        case own, none, other(String)
    }

    var method = "GET"
    var path = "/"
    var body: [UInt8] = []
    var fields: [String] = []
    var framing = Framing.length
    var key = Key.own
    var contentType = "application/json"
}

/// A client that shows raw bytes; one connection for one request, and a time limit on everything.
struct RawClient {
    private let address: SocketAddress
    private let prefix: String
    /// The key that opens the server, if there is one.
    let key: String?

    /// A client of the server at `url`; a closing `/v1` is dropped.
    init(url: String, key: String?) throws(CommandFailure) {
        let place = try ServerPlace(url: url, key: key)
        address = place.address
        prefix = place.prefix
        self.key = key
    }

    /// Connects and says nothing.
    /// - Throws: ``CommandFailure`` when nobody listens there.
    func checkThatSomebodyListens(timeoutSeconds: Int) throws(CommandFailure) {
        do {
            _ = try Connection(to: address, timeoutSeconds: timeoutSeconds)
        } catch {
            throw CommandFailure("no server answers at \(address): \(error)")
        }
    }

    /// Sends a request and returns at once; the answer is read later.
    func open(_ request: RawRequest, timeoutSeconds: Double) -> OpenExchange {
        OpenExchange(address: address, request: request, bytes: bytes(of: request), timeoutSeconds: timeoutSeconds)
    }

    /// The head, and the body unless it waits for something.
    private func bytes(of request: RawRequest) -> (head: [UInt8], body: [UInt8]) {
        var lines = ["\(request.method) \(prefix)\(request.path) HTTP/1.1", "Host: \(address)", "Connection: close"]
        switch request.key {
        case .own: if let key { lines.append("Authorization: Bearer \(key)") }
        case .none: break
        case .other(let key): lines.append("Authorization: Bearer \(key)")
        }
        lines += request.fields
        var body = request.body
        if !body.isEmpty || request.method == "POST" {
            lines.append("Content-Type: \(request.contentType)")
            switch request.framing {
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

/// A connected socket that several places may look at.
private final class Connection {
    let socket: FileDescriptor

    init(to address: SocketAddress, timeoutSeconds: Int) throws(Errno) {
        socket = try FileDescriptor(connectingTo: address, timeoutSeconds: timeoutSeconds)
    }
}

/// A request that was sent, and the answer to it when it is asked for.
final class OpenExchange {
    private var connection: Connection?
    private let started = Clock.monotonicSeconds()
    private let deadline: Double
    private var rest: [UInt8] = []
    private var parser: AnswerParser

    /// Connects and sends; what goes wrong is told by the answer.
    fileprivate init(
        address: SocketAddress, request: RawRequest, bytes: (head: [UInt8], body: [UInt8]), timeoutSeconds: Double
    ) {
        deadline = started + timeoutSeconds
        parser = AnswerParser(hasBody: request.method != "HEAD")
        do {
            connection = try Connection(to: address, timeoutSeconds: max(1, Int(timeoutSeconds.rounded(.up))))
            if case .expecting = request.framing {
                try send(bytes.head)
                rest = bytes.body
            } else {
                try send(bytes.head + bytes.body)
            }
        } catch {
            connection = nil
            parser.end("\(address): \(error)")
        }
    }

    private func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count, let connection {
            sent += try connection.socket.send(bytes.span.extracting(sent...))
        }
    }

    /// Reads until the answer is whole, the time is over or `stop` has seen enough.
    func answer(until stop: (RawAnswer) -> Bool = { _ in false }) -> RawAnswer {
        while let connection, !parser.isDone, !stop(parser.answer) {
            guard Clock.monotonicSeconds() < deadline else {
                parser.end("nothing more within the time limit")
                break
            }
            do {
                let bytes = try connection.socket.receive(maximumBytes: 1 << 16)
                if bytes.isEmpty { parser.end("") } else { feed(bytes) }
                if bytes.isEmpty { break }
            } catch {
                parser.end(error.isWouldBlock ? "nothing more within the time limit" : "\(error)")
            }
        }
        return parser.answer
    }

    private func feed(_ bytes: [UInt8]) {
        parser.feed(bytes, at: Clock.monotonicSeconds() - started)
        // A server that refuses answers at once; one that wants the body says so first.
        guard !rest.isEmpty, parser.answer.interim.contains(100) else { return }
        let body = rest
        rest = []
        do { try send(body) } catch { parser.end("the connection broke while the body was sent") }
    }
}
