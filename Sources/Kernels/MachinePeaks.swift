internal import CKernels
package import Platform

/// What this machine does at best: every figure of a bench is compared with it.
package struct MachinePeaks: Sendable {
    /// Kinds of arithmetic; raw values are those of the C loops.
    package enum Arithmetic: Int, CaseIterable, Sendable {
        /// f32 multiply-add, dot products of bf16 and of int8 on vectors, and the same two on tiles.
        case f32, bf16, int8, tileBF16, tileInt8
    }

    /// Where bytes are read from.
    package enum Level: Int, CaseIterable, Sendable {
        /// Half of the second level for each thread, half of the third for all, and a region that no cache holds.
        case level2, level3, memory
    }

    /// A rate on one thread and on all.
    package struct Rate: Sendable, Equatable {
        /// Operations or bytes a second.
        package let oneThread, allThreads: Double

        init(oneThread: Double, allThreads: Double) {
            self.oneThread = oneThread
            // A second core that was never free for long cannot lower what the first one did.
            self.allThreads = max(oneThread, allThreads)
        }
    }

    /// Threads of `allThreads`.
    package let threads: Int
    /// The caches that the regions were chosen for.
    package let caches: CacheSizes
    /// Operations a second, a multiplication and an addition counting as two; only kinds that the machine has.
    package let operations: [Arithmetic: Rate]
    /// Bytes read a second.
    package let bytes: [Level: Rate]

    /// Seconds that handing an empty job to all threads and waiting for them takes.
    package let forkSeconds: Double

    /// The fastest arithmetic on all threads.
    package var bestOperations: Double { operations.values.map(\.allThreads).max() ?? 0 }

    /// Bytes a second from memory on all threads.
    package var memoryBytes: Double { bytes[.memory]?.allThreads ?? 0 }

    /// A region that should not fit into any cache.
    package static func memorySizedBytes(_ caches: CacheSizes) -> Int {
        min(max(4 * caches.level3, 256 << 20), 1 << 30)
    }

    /// Many short runs: whatever else the machine does will spare one of them.
    private static let repeats = 40
    private static let fewestRepeats = 5
    /// What a machine with other work may cost in one figure.
    private static let patienceSeconds = 0.1
    private static let loopSeconds = 0.0005
    private static let readSeconds = 0.001
    /// Bytes a second that one thread reads at most, roughly: it decides only how long a run takes.
    private static let assumedBytes = 1e11
    private static let forksTogether = 200
    /// What the loops read in one turn.
    private static let readGrain = 512

    /// Measures for about a second; what runs beside it lowers the figures.
    /// - Throws: `MatrixError/memory(bytes:)` where the region that no cache holds cannot be had.
    package static func measure(using compute: Compute) throws(MatrixError) -> MachinePeaks {
        try compute.withAllThreads { () throws(MatrixError) in try measured(compute) }
    }

    private static func measured(_ compute: Compute) throws(MatrixError) -> MachinePeaks {
        let caches = CacheSizes.read()
        let size = memorySizedBytes(caches)
        guard let region = MemoryRegion(byteCount: size) else { throw .memory(bytes: size) }
        // Pages that were never written are all the same page.
        unsafe region.address.initializeMemory(as: UInt8.self, repeating: 1, count: size)
        var operations: [Arithmetic: Rate] = [:]
        for kind in Arithmetic.allCases { operations[kind] = rate(of: kind, compute) }
        let threads = compute.threads
        let sizes = [caches.level2 / 2 * threads, min(caches.level3 / 2, size), size]
        var bytes: [Level: Rate] = [:]
        for (level, size) in zip(Level.allCases, sizes) {
            let alone = level == .level2 ? size / threads : size
            bytes[level] = reading(region, alone, shared: size, compute)
        }
        return MachinePeaks(
            threads: threads, caches: caches, operations: operations, bytes: bytes, forkSeconds: forkSeconds(compute))
    }

    private static func forkSeconds(_ compute: Compute) -> Double {
        var job = kernel_meeting(parties: compute.threads, arrived: 0)
        let seconds = best {
            for _ in 0..<forksTogether {
                unsafe compute.pool.run(kernel_meeting_part, context: &job, parts: compute.threads)
            }
        }
        return seconds / Double(forksTogether)
    }

    private static func rate(of kind: Arithmetic, _ compute: Compute) -> Rate? {
        var job = kernel_peak_for(CInt(kind.rawValue))
        guard job.loop != nil else { return nil }
        let operations = Double(job.operations)
        func seconds(rounds: Int, parts: Int) -> Double {
            job.meeting = kernel_meeting(parties: parts, arrived: 0)
            job.rounds = rounds
            return best { unsafe compute.pool.run(kernel_peak_part, context: &job, parts: parts) }
        }
        // Enough rounds on one thread are enough on all: they do the same.
        let few = 1 << 10
        let rounds = max(1, Int(loopSeconds / seconds(rounds: few, parts: 1) * Double(few)))
        let threads = compute.threads
        return Rate(
            oneThread: operations * Double(rounds) / seconds(rounds: rounds, parts: 1),
            allThreads: operations * Double(rounds * threads) / seconds(rounds: rounds, parts: threads))
    }

    /// Bytes a second of reading `bytes` on one thread, and `shared` on all.
    private static func reading(_ region: MemoryRegion, _ bytes: Int, shared: Int, _ compute: Compute) -> Rate {
        func perSecond(_ bytes: Int, parts: Int) -> Double {
            let part = bytes / parts / readGrain * readGrain
            let rounds = max(1, Int(readSeconds * assumedBytes / Double(part)))
            var job = unsafe kernel_read(
                meeting: kernel_meeting(parties: parts, arrived: 0), loop: kernel_read_loop(),
                bytes: region.address.assumingMemoryBound(to: UInt8.self), part_bytes: part, rounds: rounds)
            let seconds = best { unsafe compute.pool.run(kernel_read_part, context: &job, parts: parts) }
            return Double(part * parts * rounds) / seconds
        }
        return Rate(oneThread: perSecond(bytes, parts: 1), allThreads: perSecond(shared, parts: compute.threads))
    }

    /// The shortest of several runs: the others had company.
    private static func best(_ body: () -> Void) -> Double {
        var best = Double.infinity
        var spent = 0.0
        for run in 0..<repeats where run < fewestRepeats || spent < patienceSeconds {
            let start = Clock.monotonicSeconds()
            body()
            let seconds = Clock.monotonicSeconds() - start
            best = min(best, seconds)
            spent += seconds
        }
        return best
    }
}
