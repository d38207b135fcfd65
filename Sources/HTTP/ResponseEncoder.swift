/// What the encoding of a response depends on besides the response.
package struct ResponseContext: Sendable {
    /// Echoed as `x-request-id`.
    package let requestID: String
    /// 0 or 1, of HTTP/1.x: what the client can read.
    package let minorVersion: Int
    /// Whether the body is left out, as HEAD wants it.
    package let isHead: Bool
    /// Whether another request may follow on the connection.
    package let keepsAlive: Bool
    /// The value of `date`.
    package let date: String
    /// From the request's first byte to the response's, in milliseconds.
    package let processingMilliseconds: Int
    /// What the page behind the request is told, whatever the answer (CORS).
    package let pageFields: Fields

    /// A context from its parts.
    package init(
        requestID: String, request: (minorVersion: Int, isHead: Bool), keepsAlive: Bool, date: String,
        processingMilliseconds: Int, pageFields: Fields = [:]
    ) {
        self.pageFields = pageFields
        self.requestID = requestID
        minorVersion = request.minorVersion
        isHead = request.isHead
        self.keepsAlive = keepsAlive
        self.date = date
        self.processingMilliseconds = processingMilliseconds
    }
}

/// One response as bytes: its head, and its body in the coding that the client can read.
///
/// Nothing that a handler puts into a name or value can end a line: controls in values become blanks, fields with a
/// name
/// that is no token are dropped, and the fields of the framing are written here alone.
package struct ResponseEncoder: Sendable {
    private enum Framing: Sendable {
        case none
        case chunked
        case untilClose
    }

    private let context: ResponseContext
    private var framing = Framing.none

    /// An encoder for one response.
    package init(context: ResponseContext) { self.context = context }

    /// Whether only closing the connection tells the client where the body ends.
    package var endsByClosing: Bool { framing == .untilClose }

    /// Whether the connection is told to close: no request may follow this response.
    package var closesConnection: Bool { !context.keepsAlive || endsByClosing }

    /// A whole response.
    package func whole(_ response: Response) -> [UInt8] {
        var bytes = head(ResponseHead(status: response.status, fields: response.fields)) { fields in
            if Self.mayHaveBody(response.status) { fields += "content-length: \(response.body.count)\r\n".utf8 }
        }
        if !context.isHead, Self.mayHaveBody(response.status) { bytes += response.body }
        return bytes
    }

    /// The head of a streamed response.
    package mutating func start(_ responseHead: ResponseHead) -> [UInt8] {
        if Self.mayHaveBody(responseHead.status) { framing = context.minorVersion >= 1 ? .chunked : .untilClose }
        let isChunked = framing == .chunked
        return head(responseHead) { fields in
            if isChunked { fields += "transfer-encoding: chunked\r\n".utf8 }
        }
    }

    /// The next part of a streamed body.
    package func part(_ bytes: [UInt8]) -> [UInt8] {
        if context.isHead || bytes.isEmpty { return [] }
        switch framing {
        case .none: return []
        case .untilClose: return bytes
        case .chunked:
            var part: [UInt8] = []
            part.reserveCapacity(bytes.count + Self.chunkFramingBytes)
            part += String(bytes.count, radix: 16).utf8
            part += Self.lineEnd
            part += bytes
            part += Self.lineEnd
            return part
        }
    }

    /// The end of a streamed body.
    package func end() -> [UInt8] {
        framing == .chunked && !context.isHead ? Array("0\r\n\r\n".utf8) : []
    }

    /// The interim response to `expect: 100-continue`.
    package static let continueLine = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    private func head(_ head: ResponseHead, framing: (inout [UInt8]) -> Void) -> [UInt8] {
        precondition((200...599).contains(head.status), "\(head.status) is no final status")
        var bytes = Array("HTTP/1.1 \(head.status) \(Response.reason(head.status))\r\n".utf8)
        for field in head.fields.all + context.pageFields.all where !Self.isOwnField(field.name) {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(ASCII.isToken) else { continue }
            bytes += field.name.utf8
            bytes += ": ".utf8
            bytes += field.value.utf8.map { ASCII.isFieldValue($0) ? $0 : ASCII.space }
            bytes += Self.lineEnd
        }
        framing(&bytes)
        if closesConnection {
            bytes += "connection: close\r\n".utf8
        } else if context.minorVersion == 0 {
            bytes += "connection: keep-alive\r\n".utf8
        }
        let id = context.requestID.utf8.filter(ASCII.isVisible)
        bytes += "date: \(context.date)\r\nx-request-id: ".utf8
        bytes += id
        bytes += "\r\nopenai-processing-ms: \(context.processingMilliseconds)\r\n\r\n".utf8
        return bytes
    }

    /// The longest length in hexadecimal, and two line ends.
    private static let chunkFramingBytes = 20
    private static let lineEnd: [UInt8] = [ASCII.carriageReturn, ASCII.lineFeed]

    private static func mayHaveBody(_ status: Int) -> Bool { status != 204 && status != 304 }

    private static func isOwnField(_ name: String) -> Bool { ownFields.contains { Fields.areEqual($0, name) } }

    private static let ownFields = [
        "content-length", "transfer-encoding", "connection", "keep-alive", "date", "x-request-id",
        "openai-processing-ms",
    ]
}
