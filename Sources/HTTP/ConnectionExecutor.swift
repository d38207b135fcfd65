/// Where a connection's work is done, and when: its queue, its timer, and the news that its peer has left.
package protocol ConnectionExecutor: AnyObject, Sendable {
    /// Calls `body` on the connection's queue before it returns: how events of another thread cross over.
    ///
    /// What `body` writes leaves together. Not to be called on the queue of another connection.
    func perform(_ body: @Sendable () -> Void)

    /// Calls `body` on the connection's queue some time later, in the order of the calls: for what takes long.
    func performLater(_ body: @escaping @Sendable () -> Void)

    /// Calls `body` on the connection's queue, once, when the peer has left or has stopped reading; also when that
    /// was before.
    ///
    /// Closing one's sending side counts as leaving: nothing on the wire tells it from leaving altogether.
    ///
    /// The connection releases `body` when it has called it, and when the response has ended; `every` and its body
    /// likewise. Until then it keeps what `body` captures: a handler that keeps its exchange has itself captured weakly.
    func onPeerClosed(_ body: @escaping @Sendable () -> Void)

    /// Calls `body` on the connection's queue every `seconds` until the response ends.
    func every(seconds: Double, _ body: @escaping @Sendable () -> Void)
}
