package import Scheduling
import Synchronization

/// How busy the engine is, as of its last step.
package struct EngineLoad: Sendable, Equatable {
    /// Sequences that hold pages.
    package let running: Int
    /// Sequences in the queue.
    package let waiting: Int
    /// Pages in use by running sequences.
    package let usedPages: Int
    /// All pages.
    package let totalPages: Int
    /// When the engine thread last came on, on the monotonic clock: behind each layer of a step, and at least once a
    /// second when idle.
    package let heartbeatSeconds: Double
    /// Whether new requests are refused because the server stops.
    package let isDraining: Bool
    /// When a refused request may be tried again: whole seconds, from the measured rate of endings.
    package let retryAfterSeconds: Int
}

/// The numbers that the engine thread shows to the others, and the count of taken places.
final class EngineState: Sendable {
    private let limits: SchedulerLimits
    private let live = Atomic<Int>(0)
    private let running = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)
    private let usedPages = Atomic<Int>(0)
    private let heartbeat = Atomic<UInt64>(0)
    private let secondsPerEnding = Atomic<UInt64>(0)
    private let draining = Atomic<Bool>(false)

    init(_ limits: SchedulerLimits) { self.limits = limits }

    var isDraining: Bool { draining.load(ordering: .acquiring) }
    func beginDraining() { draining.store(true, ordering: .releasing) }

    /// Takes places for `count` sequences, all or none.
    func reserve(_ count: Int) throws(AdmissionError) {
        guard count <= limits.live else { throw .tooManySequences(count: count, limit: limits.live) }
        var taken = live.load(ordering: .relaxed)
        while true {
            guard taken + count <= limits.live else { throw .queueFull(limit: limits.live) }
            let result = live.weakCompareExchange(
                expected: taken, desired: taken + count, ordering: .acquiringAndReleasing)
            if result.exchanged { return }
            taken = result.original
        }
    }

    /// Gives places back.
    func release(_ count: Int) { live.wrappingSubtract(count, ordering: .acquiringAndReleasing) }

    func publish(running: Int, waiting: Int, usedPages: Int) {
        self.running.store(running, ordering: .relaxed)
        self.waiting.store(waiting, ordering: .relaxed)
        self.usedPages.store(usedPages, ordering: .relaxed)
    }

    func beat(at seconds: Double) { heartbeat.store(seconds.bitPattern, ordering: .relaxed) }
    func publish(secondsPerEnding seconds: Double) { secondsPerEnding.store(seconds.bitPattern, ordering: .relaxed) }

    var load: EngineLoad {
        let interval = Double(bitPattern: secondsPerEnding.load(ordering: .relaxed))
        return EngineLoad(
            running: running.load(ordering: .relaxed), waiting: waiting.load(ordering: .relaxed),
            usedPages: usedPages.load(ordering: .relaxed), totalPages: limits.pages.count,
            heartbeatSeconds: Double(bitPattern: heartbeat.load(ordering: .relaxed)), isDraining: isDraining,
            retryAfterSeconds: Int(min(max(interval.rounded(.up), 1), Self.maximumRetryAfterSeconds)))
    }

    private static let maximumRetryAfterSeconds = 600.0
}

/// Places in the engine for sequences that will be submitted, with their names; what is not used is given back at the
/// end of its life.
package final class Reservation: Sendable {
    /// The names of the sequences, in the order in which they take their places.
    package let ids: [SequenceID]
    private let state: EngineState
    private let used = Atomic<Int>(0)
    /// Names the request whose places they are, for taking turns.
    let request: UInt64

    init(_ state: EngineState, ids: [SequenceID], request: UInt64) {
        self.state = state
        self.ids = ids
        self.request = request
    }

    deinit { state.release(ids.count - used.load(ordering: .acquiring)) }

    /// Hands the next places over to whoever will give them back; nil if there are not that many.
    func use(_ count: Int) -> ArraySlice<SequenceID>? {
        var taken = used.load(ordering: .relaxed)
        while taken + count <= ids.count {
            let result = used.weakCompareExchange(
                expected: taken, desired: taken + count, ordering: .acquiringAndReleasing)
            if result.exchanged { return ids[taken..<taken + count] }
            taken = result.original
        }
        return nil
    }
}
