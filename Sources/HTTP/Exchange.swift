/// What a handler may do with its response: either `respond` once, or `start`, any number of `write`, and `finish`.
///
/// Every method may be called from any thread; calls from one thread keep their order. Calls after the end, or after
/// the peer has left, do nothing. An exchange that is let go without an end is answered with 500 or cut off.
package protocol Exchange: AnyObject, Sendable {
    /// Sends a whole response.
    func respond(_ response: Response)

    /// Begins a streamed response: chunked for HTTP/1.1, ended by closing the connection for 1.0.
    func start(_ head: ResponseHead)

    /// Sends the next bytes of the body.
    func write(_ bytes: [UInt8])

    /// Ends a streamed response.
    func finish()

    /// Calls `body` on the connection's queue, once, when the peer has left or has stopped reading; also when that
    /// was before.
    ///
    /// Closing one's sending side counts as leaving: nothing on the wire tells it from leaving altogether.
    ///
    /// Every exchange, also one in front of another, releases `body` when it has called it, and when the response has
    /// ended; `every` and its body likewise. Until then it keeps what `body` captures: a handler that keeps its
    /// exchange has itself captured weakly.
    func onPeerClosed(_ body: @escaping @Sendable () -> Void)

    /// Calls `body` on the connection's queue every `seconds` until the response ends.
    func every(seconds: Double, _ body: @escaping @Sendable () -> Void)

    /// Calls `body` on the connection's queue before it returns: how events of another thread cross over.
    ///
    /// What `body` writes leaves together. Not to be called on the queue of another connection.
    func perform(_ body: @Sendable () -> Void)

    /// Calls `body` on the connection's queue some time later, in the order of the calls: for what takes long.
    func performLater(_ body: @escaping @Sendable () -> Void)

    /// Bytes handed over that the kernel has not yet taken.
    var pendingBytes: Int { get }
}

/// Answers the requests of one route. Both methods are called on the connection's queue and must not block.
package protocol Handler: Sendable {
    /// Judges a request by its head, before its body is read; a response refuses it.
    func admit(_ head: RequestHead) -> Response?

    /// Answers an admitted request, now or later, through `exchange`.
    func handle(_ request: Request, on exchange: any Exchange)
}
