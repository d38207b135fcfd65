/// What a handler may say to its client: either `respond` once, or `start`, any number of `write`, and `finish`.
///
/// Every method may be called from any thread; calls from one thread keep their order. Calls after the end, or after
/// the peer has left, do nothing. A writer that is let go without an end is answered with 500 or cut off.
package protocol ResponseWriter: AnyObject, Sendable {
    /// Sends a whole response.
    func respond(_ response: Response)

    /// Begins a streamed response: chunked for HTTP/1.1, ended by closing the connection for 1.0.
    func start(_ head: ResponseHead)

    /// Sends the next bytes of the body.
    func write(_ bytes: [UInt8])

    /// Ends a streamed response.
    func finish()

    /// Bytes handed over that the kernel has not yet taken.
    var pendingBytes: Int { get }
}
