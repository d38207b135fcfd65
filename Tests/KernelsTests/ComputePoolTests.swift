import Platform
import Synchronization
import Testing

/// The fork-join pool: every part once, whatever the thread count and however often.
struct ComputePoolTests {
    /// How often each part has run.
    final class Counts: Sendable {
        let parts: [Cell]

        final class Cell: Sendable {
            let count = Atomic<Int>(0)
        }

        init(_ parts: Int) { self.parts = (0..<parts).map { _ in Cell() } }
    }

    static func run(_ pool: ComputePool, _ counts: Counts, parts: Int) {
        let context = unsafe Unmanaged.passUnretained(counts).toOpaque()
        unsafe pool.run(
            { context, part in
                guard let context = unsafe context else { return }
                let counts = unsafe Unmanaged<Counts>.fromOpaque(context).takeUnretainedValue()
                counts.parts[part].count.add(1, ordering: .relaxed)
            }, context: context, parts: parts)
    }

    @Test(arguments: [1, 2, 3, 5])
    func everyPartRunsOnce(_ threads: Int) {
        let pool = ComputePool(threads: threads)
        #expect(pool.threads == threads)
        let counts = Counts(40)
        var expected = [Int](repeating: 0, count: 40)
        for round in 0..<3000 {
            let parts = round % 41
            Self.run(pool, counts, parts: parts)
            for part in 0..<parts { expected[part] += 1 }
        }
        #expect(counts.parts.map { $0.count.load(ordering: .relaxed) } == expected)
    }

    @Test func sleepingWorkersWakeAgain() {
        let pool = ComputePool(threads: 3)
        let counts = Counts(8)
        for _ in 0..<30 {
            // Longer than the workers spin.
            let until = ContinuousClock.now + .microseconds(300)
            while ContinuousClock.now < until {}
            Self.run(pool, counts, parts: 8)
        }
        #expect(counts.parts.allSatisfy { $0.count.load(ordering: .relaxed) == 30 })
    }

    @Test func callersAtOnceAllGetTheirParts() async {
        let pool = ComputePool(threads: 2)
        let total = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let counts = Counts(16)
                    for _ in 0..<500 { Self.run(pool, counts, parts: 16) }
                    return counts.parts.reduce(0) { $0 + $1.count.load(ordering: .relaxed) }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(total == 4 * 500 * 16)
    }

    /// The number of threads changes from call to call and in the middle of one, and asleep workers are asked again.
    @Test func partsRunOnceWhileThreadsComeAndGo() async {
        let pool = ComputePool(threads: 4, spinMicroseconds: 5, pins: false)
        let counts = Counts(24)
        let isOver = Counts.Cell()
        await withTaskGroup { group in
            group.addTask {
                var count = 0
                while isOver.count.load(ordering: .relaxed) == 0 {
                    count += 1
                    pool.use(1 + count * 7 % 5 % 4)
                }
            }
            for round in 0..<4000 {
                if round % 3 == 0 { pool.use(1 + round % 4) }
                Self.run(pool, counts, parts: 24)
            }
            isOver.count.store(1, ordering: .relaxed)
        }
        #expect(counts.parts.allSatisfy { $0.count.load(ordering: .relaxed) == 4000 })
    }

    /// Figures that name a number of threads are not those of fewer.
    @Test func allThreadsCanBeHeld() {
        let pool = ComputePool(threads: 3)
        pool.use(1)
        #expect(pool.activeThreads == 1)
        let active = pool.withAllThreads { pool.withAllThreads { pool.activeThreads } }
        #expect(active == 3)
        pool.use(2)
        #expect(pool.activeThreads == 2)
    }

    @Test func poolsComeAndGo() {
        for round in 0..<50 {
            let pool = ComputePool(threads: 4)
            let counts = Counts(5)
            if round % 2 == 0 { Self.run(pool, counts, parts: 5) }
            #expect(counts.parts.allSatisfy { $0.count.load(ordering: .relaxed) == (round % 2 == 0 ? 1 : 0) })
        }
    }
}
