import Synchronization
import Telemetry

/// How many of the objects that make up answers exist now. An idle server has none: what is left is a leak.
package struct LiveObjects: Sendable {
    /// Answers on their way from the engine to a client.
    package let deliveries = LiveCount()
    /// Answers that may be asked for again.
    package let sharedAnswers = LiveCount()

    /// All of them together.
    package var total: Int { deliveries.count + sharedAnswers.count }

    /// Shows both numbers among the metrics.
    func register(in registry: inout Registry) {
        let all = [("delivery", deliveries), ("shared_answer", sharedAnswers)]
        for (kind, count) in all {
            registry.gauge(
                "michat_live_answers", help: "Answers in memory, by what holds them; 0 when nothing is answered.",
                labels: ["kind": kind]
            ) { Double(count.count) }
        }
    }
}

/// Counts objects of one kind from their beginning to their end.
package final class LiveCount: Sendable {
    private let number = Atomic<Int>(0)

    /// How many there are.
    package var count: Int { number.load(ordering: .relaxed) }

    /// Another one exists.
    func begin() { number.wrappingAdd(1, ordering: .relaxed) }

    /// One is gone.
    func end() { number.wrappingSubtract(1, ordering: .relaxed) }
}
