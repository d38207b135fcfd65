import Dispatch
import HTTP

/// An exchange with a queue of its own, as a connection has: calls from several threads meet there.
final class QueuedExchange: Exchange {
    let inner = RecordingExchange()
    private let queue = DispatchQueue(label: "connection")

    func respond(_ response: Response) { queue.async { [inner] in inner.respond(response) } }

    func start(_ head: ResponseHead) { queue.async { [inner] in inner.start(head) } }

    func write(_ bytes: [UInt8]) { queue.async { [inner] in inner.write(bytes) } }

    func finish() { queue.async { [inner] in inner.finish() } }

    func onPeerClosed(_ body: @escaping @Sendable () -> Void) { queue.async { [inner] in inner.onPeerClosed(body) } }

    func every(seconds: Double, _ body: @escaping @Sendable () -> Void) {
        queue.async { [inner] in inner.every(seconds: seconds, body) }
    }

    func perform(_ body: @Sendable () -> Void) { queue.sync { body() } }

    func performLater(_ body: @escaping @Sendable () -> Void) { queue.async { body() } }

    var pendingBytes: Int { 0 }

    /// The client leaves.
    func closePeer() { queue.async { [inner] in inner.closePeer() } }

    /// The keep-alive interval passes.
    func tick() { queue.async { [inner] in inner.tick() } }
}
