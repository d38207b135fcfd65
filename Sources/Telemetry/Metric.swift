internal import Synchronization

/// A number that only grows. Adding takes one atomic instruction, from any thread.
package final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    init() {}

    /// Adds 1.
    package func increment() { add(1) }

    /// Adds `amount`; nothing if that is negative, as a counter never falls.
    package func add(_ amount: Int) {
        guard amount > 0 else { return }
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    /// The count so far.
    package var total: Int { value.load(ordering: .relaxed) }
}

/// A number that rises and falls, set from any thread.
package final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    init() {}

    /// Replaces the value.
    package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    /// Adds `amount`, which may be negative.
    package func add(_ amount: Double) { addFloating(amount, to: bits) }

    /// The value now.
    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// Counts observations in buckets by size.
package final class Histogram: Sendable {
    /// Upper bounds of the buckets, ascending, without the last one (+Inf).
    package let bounds: [Double]
    private let buckets: [Counter]
    private let sumBits = Atomic<UInt64>(0)

    init(bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bucket bounds ascend")
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Counter() }
    }

    /// Counts one observation; NaN and infinities are ignored.
    package func observe(_ value: Double) {
        guard value.isFinite else { return }
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if value <= bounds[middle] { high = middle } else { low = middle + 1 }
        }
        buckets[low].increment()
        addFloating(value, to: sumBits)
    }

    /// Observations not above each bound in turn; the last is the number of all.
    package var cumulativeCounts: [Int] {
        var sum = 0
        return buckets.map {
            sum += $0.total
            return sum
        }
    }

    /// The sum of all observations.
    package var sum: Double { Double(bitPattern: sumBits.load(ordering: .relaxed)) }
}

/// Adds to a floating-point number kept as its bits.
private func addFloating(_ amount: Double, to bits: borrowing Atomic<UInt64>) {
    var old = bits.load(ordering: .relaxed)
    while true {
        let new = (Double(bitPattern: old) + amount).bitPattern
        let (exchanged, original) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
        if exchanged { return }
        old = original
    }
}
