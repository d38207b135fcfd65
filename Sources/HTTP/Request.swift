/// Where a request is directed: the path decoded once, the query as sent.
package struct RequestTarget: Sendable, Equatable {
    /// The path with percent-encodings resolved, `/` at its head; `*` when the server as a whole is meant.
    package let path: String
    /// What stood behind the `?`, undecoded; nil without one.
    package let query: String?

    /// A target from its parts.
    package init(path: String, query: String?) {
        self.path = path
        self.query = query
    }
}

/// The head of a request, checked against the grammar.
package struct RequestHead: Sendable, Equatable {
    /// The method as sent; methods are case-sensitive.
    package let method: String
    /// Path and query.
    package let target: RequestTarget
    /// The fields; the names as sent.
    package let fields: Fields
    /// 0 or 1, of HTTP/1.x.
    package let minorVersion: Int

    /// A head from its parts.
    package init(method: String, target: RequestTarget, fields: Fields, minorVersion: Int) {
        self.method = method
        self.target = target
        self.fields = fields
        self.minorVersion = minorVersion
    }

    /// Whether the client wants to use the connection again: the default of 1.1, a wish of 1.0.
    package var wantsKeepAlive: Bool {
        let options = fields.list("connection")
        if options.contains("close") { return false }
        return minorVersion >= 1 || options.contains("keep-alive")
    }

    /// Whether the client waits for a word before it sends the body.
    package var expectsContinue: Bool {
        minorVersion >= 1 && fields["expect"].map { Fields.areEqual($0, "100-continue") } == true
    }
}

/// A whole request.
package struct Request: Sendable {
    /// Method, target and fields.
    package let head: RequestHead
    /// The body with its coding removed.
    package let body: [UInt8]
    /// The client's own `x-request-id` when it is usable, else one made here.
    package let id: String
    /// When the first byte arrived, in seconds of the monotonic clock.
    package let receivedAt: Double
    /// What it holds of the memory that all requests share; nil where nobody counts.
    package let memory: (any RequestMemory)?

    /// A request from its parts.
    package init(
        head: RequestHead, body: [UInt8], id: String, receivedAt: Double, memory: (any RequestMemory)? = nil
    ) {
        self.memory = memory
        self.head = head
        self.body = body
        self.id = id
        self.receivedAt = receivedAt
    }
}
