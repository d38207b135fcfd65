import Glibc
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

    /// The next response with its body by length or in chunks; nil at the end of the stream.
    func readReply(isHead: Bool = false) throws -> Reply? {
        guard let statusLine = try readLine() else { return nil }
        var reply = Reply()
        reply.status = Int(statusLine.split(separator: " ").dropFirst().first ?? "") ?? 0
        while let line = try readLine(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            reply.fields[parts[0].lowercased()] = parts.count == 2 ? String(parts[1].drop { $0 == " " }) : ""
        }
        if isHead || reply.status == 100 { return reply }
        if let length = reply.fields["content-length"].flatMap({ Int($0) }) {
            reply.body = String(decoding: try read(length), as: UTF8.self)
        } else if reply.fields["transfer-encoding"] == "chunked" {
            var body: [UInt8] = []
            while let line = try readLine(), let size = Int(line, radix: 16), size > 0 {
                body += try read(size)
                _ = try readLine()
            }
            _ = try readLine()
            reply.body = String(decoding: body, as: UTF8.self)
        }
        return reply
    }
}
