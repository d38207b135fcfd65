import HTTP
import Platform
import Synchronization
import Telemetry

/// An answer that outlives the client that asked for it, and that the client's next attempt may join.
///
/// It stands beside the way to that client: the code that writes the answer writes there, and says here what it wrote. Until
/// somebody joins that costs a lock and a reference to the bytes. Who joins is told on its own queue, from the beginning.
/// When nobody reads any more, it waits for another attempt as long as its terms say, and only then reports that the
/// answer is not wanted.
///
/// What it is left to call later is released when the answer ends or is abandoned, whichever comes first. What it leaves
/// with its readers refers to it weakly. It lives as long as what writes it, and as a time to wait for a client.
final class SharedAnswer: Sendable {
    /// What an answer is allowed.
    struct Terms: Sendable {
        /// Seconds that it goes on at most when nobody reads it.
        let graceSeconds: Double
        /// Whether it also goes on when part of it has been read.
        let waitsAfterContent: Bool
        /// Bytes that it may hold.
        let maximumBytes: Int
    }

    private struct State: Sendable {
        var record: AnswerRecord
        /// Counts arrivals and departures, so that a late timer knows that it is late.
        var epoch = 0
        var heldBytes = 0
        var isAbandoned = false
        var callbacks = Callbacks()
        /// Whether there is nothing left to be called back for.
        var isSettled: Bool { isAbandoned || record.isEnded }
    }

    /// What the code that writes the answer wants to be called for; released once the state is settled.
    private struct Callbacks: Sendable {
        /// When nobody wants the answer any more.
        var closings: [@Sendable () -> Void] = []
        /// While readers wait.
        var intervals: [Interval] = []
    }

    private typealias Interval = (seconds: Double, body: @Sendable () -> Void)

    /// What a departure leads to.
    private enum Departure {
        case nothing
        case wait(seconds: Double, epoch: Int)
        case close([@Sendable () -> Void])
    }

    /// The request that began it.
    let requestID: String
    private let terms: Terms
    private let coalescer: RetryCoalescer
    private let place: RetryCoalescer.Place
    private let state: Mutex<State>

    /// An answer at its place on the coalescer, for the client of an attempt. When that leaves, `leave` has to be called.
    init(
        _ request: (id: String, attempt: RetryAttempt), terms: Terms, coalescer: RetryCoalescer,
        place: RetryCoalescer.Place
    ) {
        requestID = request.id
        self.terms = terms
        self.coalescer = coalescer
        self.place = place
        state = Mutex(State(record: AnswerRecord(for: request.attempt)))
        coalescer.live.begin()
    }

    // MARK: Readers

    /// Whether nobody reads it now.
    var isDeserted: Bool { state.withLock { $0.record.isDeserted } }

    /// Adds a reader, who is told everything from the beginning.
    /// - Returns: false when that is no longer possible.
    func add(_ exchange: any Exchange, _ attempt: RetryAttempt) -> Bool {
        let added = state.withLock { state -> (id: Int, intervals: [Interval])? in
            let record = state.record
            guard record.isKept, record.isSuccess, !state.isAbandoned, !record.isDelivered,
                record.readers.count < Self.maximumReaders
            else { return nil }
            state.epoch += 1
            return (state.record.add(exchange, attempt), state.callbacks.intervals)
        }
        guard let (id, intervals) = added else { return false }
        exchange.onPeerClosed { [weak self] in self?.leave(id) }
        for interval in intervals { exchange.every(seconds: interval.seconds, interval.body) }
        exchange.performLater { [self] in tell(id) }
        return true
    }

    /// Someone who joined has left, or with nil the client that asked.
    func leave(_ id: Int? = nil) {
        let departure = state.withLock { state -> Departure in
            guard let attempt = state.record.remove(id), state.record.isDeserted, !state.record.isDelivered else {
                return .nothing
            }
            state.epoch += 1
            let seconds = min(attempt.graceSeconds, terms.graceSeconds)
            guard seconds > 0, state.record.isKept, state.record.isSuccess,
                terms.waitsAfterContent || !state.record.hasContent
            else { return .close(Self.abandon(&state)) }
            return .wait(seconds: seconds, epoch: state.epoch)
        }
        switch departure {
        case .nothing: return
        case .wait(let seconds, let epoch): coalescer.wait(seconds, for: self, epoch: epoch)
        case .close(let closings): close(closings)
        }
    }

    /// The time to wait is over: unless somebody has come since, nobody will.
    func graceEnded(epoch: Int) {
        let closings = state.withLock { state -> [@Sendable () -> Void]? in
            guard state.epoch == epoch, !state.isAbandoned else { return nil }
            return Self.abandon(&state)
        }
        if let closings { close(closings) }
    }

    private static func abandon(_ state: inout State) -> [@Sendable () -> Void] {
        state.isAbandoned = true
        state.record.stopKeeping()
        defer { state.callbacks = Callbacks() }
        return state.callbacks.closings
    }

    private func close(_ closings: [@Sendable () -> Void]) {
        withdraw()
        for body in closings { body() }
    }

    /// Nobody can join any more: leaves the coalescer, and gives back what it held.
    private func withdraw() {
        coalescer.withdraw(place)
        let held = state.withLock { state in
            defer { state.heldBytes = 0 }
            return state.heldBytes
        }
        coalescer.bytes.give(held)
    }

    /// Tells a reader, on the reader's queue, what it does not know yet.
    private func tell(_ id: Int) {
        while let (step, exchange) = state.withLock({ $0.record.takeStep(of: id) }) {
            switch step {
            case .respond(let response): exchange.respond(response)
            case .start(let head): exchange.start(head)
            case .write(let bytes): exchange.write(bytes)
            case .finish: exchange.finish()
            }
        }
        if state.withLock({ Self.isOver(&$0) }) { withdraw() }
    }

    /// Whether nobody is told anything any more; what was kept is let go of then.
    private static func isOver(_ state: inout State) -> Bool {
        guard state.record.isDelivered, state.record.isDeserted else { return false }
        state.record.stopKeeping()
        return true
    }

    // MARK: What is said

    /// The whole answer.
    func respond(_ response: Response) {
        change { $0.respond(response) }
        release()
    }

    /// The head of a stream.
    func start(_ head: ResponseHead) { change { $0.start(head) } }

    /// The next piece of a stream.
    func write(_ bytes: [UInt8]) {
        coalescer.trace.hop(Self.self, request: requestID)
        change { $0.write(bytes) }
    }

    /// The end of a stream.
    func finish() {
        change { $0.finish() }
        release()
    }

    /// Lets go of what is not called any more; not under the lock, as it may be the last to hold something.
    private func release() {
        let released = state.withLock { state in
            guard state.isSettled else { return Callbacks() }
            defer { state.callbacks = Callbacks() }
            return state.callbacks
        }
        withExtendedLifetime(released) {}
    }

    private func change(_ body: (inout AnswerRecord) -> Void) {
        let (behind, isDropped) = state.withLock { state -> ([AnswerRecord.Reader], Bool) in
            body(&state.record)
            if Self.isOver(&state) { return ([], true) }
            let isDropped = state.record.isKept && !hold(&state)
            if isDropped { state.record.stopKeeping() }
            return (state.record.behind, isDropped)
        }
        if isDropped { withdraw() }
        for reader in behind { reader.exchange.performLater { [self] in tell(reader.id) } }
    }

    /// Takes room for what was added; false when there is none.
    private func hold(_ state: inout State) -> Bool {
        let wanted = state.record.heldBytes - state.heldBytes
        guard wanted > 0 else { return true }
        guard state.record.heldBytes <= terms.maximumBytes, coalescer.bytes.take(wanted, total: 0) else { return false }
        state.heldBytes += wanted
        return true
    }

    /// Calls `body` once, when nobody wants the answer any more; also when that was before.
    func onAbandoned(_ body: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.isSettled { state.callbacks.closings.append(body) }
            return state.isAbandoned
        }
        if isLate { body() }
    }

    /// Calls `body` every `seconds` on the queue of everyone who joined, until the response ends.
    func every(seconds: Double, _ body: @escaping @Sendable () -> Void) {
        let readers = state.withLock { state in
            guard !state.isSettled else { return [AnswerRecord.Reader]() }
            state.callbacks.intervals.append((seconds: seconds, body: body))
            return state.record.readers
        }
        for reader in readers { reader.exchange.every(seconds: seconds, body) }
    }

    /// Bytes that the slowest of those who joined has not yet taken.
    var pendingBytes: Int {
        state.withLock { $0.record.readers }.reduce(0) { max($0, $1.exchange.pendingBytes) }
    }

    deinit {
        withdraw()
        coalescer.live.end()
    }

    /// A client tries a few times; one that tries more often begins anew.
    private static let maximumReaders = 16
}
