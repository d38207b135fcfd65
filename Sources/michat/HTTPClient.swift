import Platform

/// A small HTTP/1.1 client for the commands that talk to a server; one connection for one request.
struct HTTPClient {
    /// An answer's status and body; the body is empty when it was handed on piece by piece.
    struct Answer {
        let status: Int
        let body: [UInt8]
    }

    private let address: SocketAddress
    private let prefix: String
    private let key: String?
    private let timeoutSeconds: Int

    private static let maximumHeadBytes = 64 << 10
    private static let maximumBodyBytes = 64 << 20

    /// A client of the server at `url`: `http://host[:port][/prefix]`; a closing `/v1` is dropped.
    init(url: String, key: String?, timeoutSeconds: Int) throws(CommandFailure) {
        let place = try ServerPlace(url: url, key: key)
        address = place.address
        prefix = place.prefix
        self.key = key
        self.timeoutSeconds = timeoutSeconds
    }

    /// Milliseconds between two looks at whether somebody has given up.
    private static let patienceMilliseconds = 100

    /// Sends a request and hands the body of a success to `onBody` as it comes; `false` stops it, and so does `isStopped`,
    /// which is asked while nothing comes.
    func send(
        _ method: String, _ path: String, body: [UInt8], isStopped: () -> Bool = { false },
        onBody: (([UInt8]) throws -> Bool)?
    ) throws -> Answer {
        do {
            let socket = try FileDescriptor(connectingTo: address, timeoutSeconds: timeoutSeconds)
            var rest = requestHead(method, path, bodyBytes: body.count) + body
            while !rest.isEmpty {
                let sent = try socket.send(rest.span)
                rest.removeFirst(sent)
            }
            var reader = AnswerReader(maximumHeadBytes: Self.maximumHeadBytes)
            var collected: [UInt8] = []
            while !reader.isComplete {
                guard try wait(for: socket, isStopped: isStopped) else { break }
                let bytes = try socket.receive(maximumBytes: 1 << 16)
                guard !bytes.isEmpty else {
                    try reader.end()
                    break
                }
                let part = try reader.consume(bytes)
                if reader.status == 200, let onBody {
                    if !part.isEmpty, try !onBody(part) { break }
                    continue
                }
                collected += part
                guard collected.count <= Self.maximumBodyBytes else { throw CommandFailure("the answer is too large") }
            }
            return Answer(status: reader.status, body: collected)
        } catch let error as Errno {
            throw CommandFailure("\(address): \(error)")
        }
    }

    /// Waits until bytes have come; false when somebody gave up before.
    private func wait(for socket: borrowing FileDescriptor, isStopped: () -> Bool) throws -> Bool {
        let start = Clock.monotonicSeconds()
        while try !socket.waitUntilReadable(milliseconds: Self.patienceMilliseconds) {
            if isStopped() { return false }
            guard Clock.monotonicSeconds() - start < Double(timeoutSeconds) else {
                throw CommandFailure("\(address): nothing came for \(timeoutSeconds) s")
            }
        }
        return true
    }

    private func requestHead(_ method: String, _ path: String, bodyBytes: Int) -> [UInt8] {
        var lines = ["\(method) \(prefix)\(path) HTTP/1.1", "host: \(address)", "connection: close"]
        if let key { lines.append("authorization: Bearer \(key)") }
        if bodyBytes > 0 { lines += ["content-type: application/json", "content-length: \(bodyBytes)"] }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}

/// Takes an answer apart as its bytes come.
private struct AnswerReader {
    private enum Framing {
        case length(Int)
        case chunked
        case untilClose
    }

    private let maximumHeadBytes: Int
    private var buffer: [UInt8] = []
    private var framing: Framing?
    private var chunkBytes: Int?
    private(set) var status = 0
    private(set) var isComplete = false

    init(maximumHeadBytes: Int) { self.maximumHeadBytes = maximumHeadBytes }

    /// The part of the body that `bytes` bring.
    mutating func consume(_ bytes: [UInt8]) throws(CommandFailure) -> [UInt8] {
        buffer += bytes
        if framing == nil {
            guard let end = Self.headEnd(buffer) else {
                guard buffer.count <= maximumHeadBytes else { throw CommandFailure("the answer's head is too large") }
                return []
            }
            try readHead(String(decoding: buffer[..<end], as: UTF8.self))
            buffer.removeFirst(end + 4)
        }
        switch framing {
        case .length(let count):
            let part = Array(buffer.prefix(count))
            buffer.removeFirst(part.count)
            framing = .length(count - part.count)
            isComplete = part.count == count
            return part
        case .chunked: return try readChunks()
        case .untilClose, nil:
            defer { buffer = [] }
            return buffer
        }
    }

    /// The server has closed the connection.
    func end() throws(CommandFailure) {
        guard case .untilClose? = framing else { throw CommandFailure("the server closed the connection") }
    }

    private mutating func readHead(_ head: String) throws(CommandFailure) {
        let lines = head.split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let code = Int(words[1]) else {
            throw CommandFailure("the answer is not HTTP")
        }
        status = code
        framing = .untilClose
        for line in lines.dropFirst() {
            let name = line.prefix { $0 != ":" }.lowercased()
            let value = line.drop { $0 != ":" }.dropFirst().filter { $0 != " " }.lowercased()
            if name == "transfer-encoding", value == "chunked" { framing = .chunked }
            if name == "content-length", let count = Int(value), count >= 0 {
                framing = .length(count)
                isComplete = count == 0
            }
        }
    }

    private mutating func readChunks() throws(CommandFailure) -> [UInt8] {
        var part: [UInt8] = []
        while !isComplete {
            if let size = chunkBytes {
                guard buffer.count >= size + 2 else { return part }
                part += buffer.prefix(size)
                buffer.removeFirst(size + 2)
                chunkBytes = nil
                isComplete = size == 0
                continue
            }
            guard let lineEnd = buffer.firstIndex(of: 0x0a) else {
                guard buffer.count < 1024 else { throw CommandFailure("the answer has a malformed chunk") }
                return part
            }
            let line = String(decoding: buffer[..<lineEnd], as: UTF8.self).prefix { $0.isHexDigit }
            guard let size = Int(line, radix: 16), size <= 1 << 30 else {
                throw CommandFailure("the answer has a malformed chunk")
            }
            buffer.removeFirst(lineEnd + 1)
            chunkBytes = size
        }
        return part
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first {
            bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
        }
    }
}
