import Platform
import Synchronization
import Testing

/// Every part runs once, however long idle threads spin and whether they stay where they are.
@Suite struct ComputePoolTests {
    private final class Tally: Sendable {
        let parts = Mutex([Int](repeating: 0, count: 64))
    }

    @Test(arguments: [0, 1, 50], [false, true])
    func everyPartRunsOnce(_ spinMicroseconds: Int, _ pins: Bool) {
        for threads in [1, 2, 5] {
            let pool = ComputePool(threads: threads, spinMicroseconds: spinMicroseconds, pins: pins)
            let tally = Tally()
            for _ in 0..<200 {
                unsafe pool.run(
                    { context, part in
                        guard let context = unsafe context else { return }
                        let tally = unsafe Unmanaged<Tally>.fromOpaque(context).takeUnretainedValue()
                        tally.parts.withLock { $0[part] += 1 }
                    }, context: Unmanaged.passUnretained(tally).toOpaque(), parts: 64)
            }
            #expect(tally.parts.withLock { $0 } == [Int](repeating: 200, count: 64), "\(threads) threads")
        }
    }
}
