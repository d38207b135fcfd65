/// Status and fields of a response. The server itself adds framing, date, `x-request-id` and `openai-processing-ms`.
package struct ResponseHead: Sendable, Equatable {
    /// 200…599.
    package let status: Int
    /// What the handler wants to say beyond the framing.
    package var fields: Fields

    /// A head from its parts.
    package init(status: Int, fields: Fields) {
        self.status = status
        self.fields = fields
    }
}

/// A whole response.
package struct Response: Sendable, Equatable {
    /// 200…599.
    package let status: Int
    /// What the handler wants to say beyond the framing.
    package var fields: Fields
    /// The body; `content-length` is its size.
    package let body: [UInt8]

    /// A response from its parts.
    package init(status: Int, fields: Fields, body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// A JSON response.
    package init(status: Int, json: [UInt8]) {
        self.init(status: status, fields: ["content-type": "application/json"], body: json)
    }

    /// The phrase that belongs to a status.
    package static func reason(_ status: Int) -> String { reasons[status] ?? "Status \(status)" }

    private static let reasons: [Int: String] = [
        100: "Continue", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently",
        302: "Found",
        304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict",
        411: "Length Required",
        413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type", 417: "Expectation Failed",
        421: "Misdirected Request", 422: "Unprocessable Content", 429: "Too Many Requests",
        431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
        503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
    ]
}
