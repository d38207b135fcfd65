/// Answers the requests of one route. All methods are called on the connection's queue and must not block.
package protocol Handler: Sendable {
    /// Judges a request by its head, before its body is read; a response refuses it.
    func admit(_ head: RequestHead) -> Response?

    /// Answers an admitted request, now or later, through `exchange`.
    func handle(_ request: Request, on exchange: any Exchange)

    /// Told once a response, whether of `admit` or of `handle`, when its head is written.
    func responded(_ response: RespondedHead)
}

extension Handler {
    /// Nothing is counted.
    package func responded(_ response: RespondedHead) {}
}

/// What is known of a response when its head is written.
package struct RespondedHead: Sendable, Equatable {
    /// 200…599.
    package let status: Int
    /// The identifier that the response carries.
    package let requestID: String
    /// From the request's first byte to this head.
    package let seconds: Double
    /// Whether the request was refused before its body was read.
    package let isRefusal: Bool

    /// The facts, as they are.
    package init(status: Int, requestID: String, seconds: Double, isRefusal: Bool) {
        self.status = status
        self.requestID = requestID
        self.seconds = seconds
        self.isRefusal = isRefusal
    }
}
