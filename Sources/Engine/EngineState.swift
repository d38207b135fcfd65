import Scheduling
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
