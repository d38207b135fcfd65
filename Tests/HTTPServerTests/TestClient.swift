import Glibc
import HTTPClient
import Platform

/// A plain socket that speaks what it is told and reads what comes.
final class TestClient {
    let socket: FileDescriptor
    private var received: [UInt8] = []

    /// A response as read from the wire.
    struct Reply: Equatable {
        var status = 0
        var fields: [String: String] = [:]
        var body = ""
    }

    init(_ socket: consuming FileDescriptor) { self.socket = socket }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count { sent += try socket.send(bytes.span.extracting(sent..<bytes.count)) }
    }

    /// From now on closing resets the connection.
    func resetWhenClosed() {
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(
            socket.raw, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    func endSending() { socket.shutDownSending() }

    /// Everything up to the end of the stream; nil after a reset.
    func readToEnd() -> String? {
        while true {
            guard let more = try? socket.receive(maximumBytes: 65_536) else { return nil }
            if more.isEmpty { break }
            received += more
        }
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    /// The next `count` bytes, or fewer at the end of the stream.
    func read(_ count: Int) throws -> [UInt8] {
        while received.count < count {
            let more = try socket.receive(maximumBytes: 65_536)
            if more.isEmpty { break }
            received += more
        }
        let bytes = Array(received.prefix(count))
        received.removeFirst(bytes.count)
        return bytes
    }

    /// The next line without its line break; nil at the end of the stream.
    func readLine() throws -> String? {
        while true {
            if let end = received.firstIndex(of: 0x0a) {
                let line = String(decoding: received[..<end].filter { $0 != 0x0d }, as: UTF8.self)
                received.removeFirst(end + 1)
                return line
            }
            let more = try socket.receive(maximumBytes: 65_536)
            if more.isEmpty { return nil }
            received += more
        }
    }

    /// The next response with its body by length or in chunks, an interim one too; nil at the end of the stream.
    func readReply(isHead: Bool = false) throws -> Reply? {
        var parser = AnswerParser(hasBody: !isHead)
        var body = parser.consume(received)
        while !parser.isDone {
            received = try socket.receive(maximumBytes: 65_536)
            if received.isEmpty { break }
            body += parser.consume(received)
        }
        received = parser.rest
        guard parser.status != 0 else { return nil }
        return Reply(
            status: parser.status, fields: Dictionary(parser.fields.map { ($0.name, $0.value) }) { $1 },
            body: String(decoding: body, as: UTF8.self))
    }
}
