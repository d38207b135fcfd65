/// Bounds of a request's head.
package struct HeadLimits: Sendable {
    /// Request line and fields together, in bytes; beyond: 431.
    package let headBytes: Int
    /// Number of fields; beyond: 431.
    package let fieldCount: Int
    /// The request target, in bytes; beyond: 414.
    package let targetBytes: Int
    /// From the first moment (accept, or the first byte of a later request) to the end of the head, in seconds;
    /// beyond: 408.
    package let headSeconds: Double

    /// All bounds, given by the settings.
    package init(headBytes: Int, fieldCount: Int, targetBytes: Int, headSeconds: Double) {
        self.headBytes = headBytes
        self.fieldCount = fieldCount
        self.targetBytes = targetBytes
        self.headSeconds = headSeconds
    }
}

/// Bounds of a request's body.
package struct BodyLimits: Sendable {
    /// The body as received and decoded from its chunks, in bytes; beyond: 413.
    package let bodyBytes: Int
    /// Extensions of one chunk, in bytes; beyond: 400.
    package let chunkExtensionBytes: Int
    /// From the end of the head to the end of the body, in seconds; beyond: 408.
    package let bodySeconds: Double
    /// Slowest acceptable arrival after a grace of five seconds, in bytes per second; below: 408.
    package let minimumBytesPerSecond: Double

    /// All bounds, given by the settings.
    package init(bodyBytes: Int, chunkExtensionBytes: Int, bodySeconds: Double, minimumBytesPerSecond: Double) {
        self.bodyBytes = bodyBytes
        self.chunkExtensionBytes = chunkExtensionBytes
        self.bodySeconds = bodySeconds
        self.minimumBytesPerSecond = minimumBytesPerSecond
    }
}

/// Bounds of connections and of what they send.
package struct ConnectionLimits: Sendable {
    /// Open connections; one more is answered 503.
    package let connections: Int
    /// Silence between two requests, in seconds; then the connection is closed.
    package let idleSeconds: Double
    /// How long the peer may take nothing of what waits for it, in seconds; then it counts as gone.
    package let stallSeconds: Double
    /// Streamed bytes that may wait for the peer; beyond, it counts as gone.
    package let outputBytes: Int
    /// How long a connection that was refused is still read, so that the peer sees the answer, in seconds.
    package let lingerSeconds: Double

    /// All bounds, given by the settings.
    package init(
        connections: Int, idleSeconds: Double, stallSeconds: Double, outputBytes: Int, lingerSeconds: Double
    ) {
        self.connections = connections
        self.idleSeconds = idleSeconds
        self.stallSeconds = stallSeconds
        self.outputBytes = outputBytes
        self.lingerSeconds = lingerSeconds
    }
}

/// Every bound of the HTTP layer. There are no defaults here: they are settings.
package struct Limits: Sendable {
    /// Bounds of a request's head.
    package let head: HeadLimits
    /// Bounds of a request's body.
    package let body: BodyLimits
    /// Bounds of connections.
    package let connection: ConnectionLimits

    /// All bounds, given by the settings.
    package init(head: HeadLimits, body: BodyLimits, connection: ConnectionLimits) {
        self.head = head
        self.body = body
        self.connection = connection
    }
}
