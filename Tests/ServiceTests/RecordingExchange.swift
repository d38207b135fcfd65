import HTTP
import Synchronization

/// An exchange that keeps what is sent; its queue is the caller's thread.
final class RecordingExchange: Exchange {
    struct Record: Sendable {
        var status: Int?
        var fields = Fields()
        var body: [UInt8] = []
        var writes: [[UInt8]] = []
        var endings = 0
        var isStreamed = false
        /// Pieces of work that were left for later.
        var laterCount = 0

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private struct State: Sendable {
        var record = Record()
        var waiters: [CheckedContinuation<Record, Never>] = []
        var closed: [@Sendable () -> Void] = []
        var ticks: [@Sendable () -> Void] = []
        var pendingBytes = 0
        var onHead: (@Sendable (_ status: Int) -> Void)?
    }

    private let state = Mutex(State())

    /// What was sent, once the response has ended.
    func ended() async -> Record {
        await withCheckedContinuation { continuation in
            let record = state.withLock { state -> Record? in
                guard state.record.endings == 0 else { return state.record }
                state.waiters.append(continuation)
                return nil
            }
            if let record { continuation.resume(returning: record) }
        }
    }

    /// What was sent so far.
    var record: Record { state.withLock { $0.record } }

    /// Waits until so many pieces with the text "a" were sent: what the engine has done is told a moment later.
    func awaitPieces(_ count: Int) async {
        while record.text.split(separator: "\"content\":\"a\"").count <= count { await Task.yield() }
    }

    /// The client leaves.
    func closePeer() {
        let bodies = state.withLock { $0.closed }
        for body in bodies { body() }
    }

    /// The keep-alive interval passes.
    func tick() {
        let bodies = state.withLock { $0.ticks }
        for body in bodies { body() }
    }

    func setPending(_ bytes: Int) { state.withLock { $0.pendingBytes = bytes } }

    /// Calls `body` when a response gets its status, as a connection tells its handler.
    func onHead(_ body: @escaping @Sendable (_ status: Int) -> Void) { state.withLock { $0.onHead = body } }

    private func noteHead(_ status: Int) {
        let body = state.withLock { state in
            defer { state.onHead = nil }
            return state.onHead
        }
        body?(status)
    }

    func respond(_ response: Response) {
        noteHead(response.status)
        state.withLock {
            $0.record.status = response.status
            $0.record.fields = response.fields
            $0.record.body = response.body
        }
        end()
    }

    func start(_ head: ResponseHead) {
        noteHead(head.status)
        state.withLock {
            $0.record.status = head.status
            $0.record.fields = head.fields
            $0.record.isStreamed = true
        }
    }

    func write(_ bytes: [UInt8]) {
        state.withLock {
            $0.record.writes.append(bytes)
            $0.record.body += bytes
        }
    }

    func finish() { end() }

    func onPeerClosed(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.closed.append(body) } }

    func every(seconds: Double, _ body: @escaping @Sendable () -> Void) { state.withLock { $0.ticks.append(body) } }

    func perform(_ body: @Sendable () -> Void) { body() }

    func performLater(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.record.laterCount += 1 }
        body()
    }

    var pendingBytes: Int { state.withLock { $0.pendingBytes } }

    private func end() {
        let (record, waiters) = state.withLock { state in
            state.record.endings += 1
            defer { state.waiters = [] }
            return (state.record, state.waiters)
        }
        for waiter in waiters { waiter.resume(returning: record) }
    }
}
