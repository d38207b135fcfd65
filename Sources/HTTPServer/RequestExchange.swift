internal import HTTP
internal import Synchronization
internal import Telemetry

/// One request's way back to its connection, from any thread.
///
/// It carries the turn of its request: what a handler does too late meets a connection that has moved on, and is
/// dropped.
final class RequestExchange: Exchange {
    private let connection: Connection
    private let turn: Int
    /// Bytes on their way to the connection's queue.
    private let underway = Atomic<Int>(0)

    init(connection: Connection, turn: Int) {
        self.connection = connection
        self.turn = turn
    }

    func respond(_ response: Response) {
        connection.services.trace.hop(Self.self, request: "c\(connection.number)")
        let turn = turn
        connection.enter { $0.respond(response, turn: turn) }
    }

    func start(_ head: ResponseHead) {
        let turn = turn
        connection.enter { $0.start(head, turn: turn) }
    }

    func write(_ bytes: [UInt8]) {
        connection.services.trace.hop(Self.self, request: "c\(connection.number)")
        underway.wrappingAdd(bytes.count, ordering: .relaxed)
        connection.enter { [self] in
            $0.write(bytes, turn: turn)
            underway.wrappingSubtract(bytes.count, ordering: .relaxed)
        }
    }

    func finish() {
        let turn = turn
        connection.enter { $0.finish(turn: turn) }
    }

    func onPeerClosed(_ body: @escaping @Sendable () -> Void) {
        let turn = turn
        connection.enter { $0.onPeerClosed(body, turn: turn) }
    }

    func every(seconds: Double, _ body: @escaping @Sendable () -> Void) {
        let turn = turn
        connection.enter { $0.every(seconds: seconds, body, turn: turn) }
    }

    func perform(_ body: @Sendable () -> Void) { connection.perform(body) }

    func performLater(_ body: @escaping @Sendable () -> Void) { connection.enterLater { $0.together(body) } }

    var pendingBytes: Int {
        underway.load(ordering: .relaxed) + connection.pendingOutput.load(ordering: .relaxed)
    }

    deinit {
        let turn = turn
        // Whatever lets go of the exchange may be in the middle of something.
        connection.enterLater { $0.exchangeAbandoned(turn: turn) }
    }
}
