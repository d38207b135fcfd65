/// An answer that the server itself gives, outside any route; the connection is closed after it.
package struct Refusal: Sendable, Equatable {
    /// 400…599.
    package let status: Int
    /// One sentence for people.
    package let message: String
    /// A word for programs.
    package let code: String

    /// The peer's bytes are no request.
    package init(_ failure: ParseFailure) {
        status = failure.status
        message = failure.message
        code = failure.code
    }

    private init(status: Int, message: String, code: String) {
        self.status = status
        self.message = message
        self.code = code
    }

    /// When it is worth trying again, in whole seconds; nil when it is not.
    package var retryAfterSeconds: Int? { status == 503 ? 1 : nil }

    /// The head or the body took too long.
    package static let tooSlow = Refusal(
        status: 408, message: "The request took too long to arrive.", code: "request_timeout")
    /// The peer ended its side in the middle of a request.
    package static let truncated = Refusal(
        status: 400, message: "The request ends before it is complete.", code: "malformed_request")
    /// There are as many connections as are allowed.
    package static let tooManyConnections = Refusal(
        status: 503, message: "There are too many connections; try again shortly.", code: "too_many_connections")
    /// A handler let its exchange go without an answer.
    package static let unanswered = Refusal(status: 500, message: "The request was not answered.", code: "server_error")
}
