import Synchronization

/// Counts from any thread.
final class Counting: Sendable {
    private let count = Atomic<Int>(0)

    /// One more than last time.
    @discardableResult
    func next() -> Int { count.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue }

    var value: Int { count.load(ordering: .acquiring) }
}
