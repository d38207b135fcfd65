internal import CSystem
import Synchronization

/// A fork-join pool of threads named compute-n that work on one call at a time.
///
/// Workers spin for a bounded time after a call, then sleep, so a pause between steps costs no processor time. While
/// another program uses their cores fewer of them take part, as ``ThreadPolicy`` says.
@safe package final class ComputePool: @unchecked Sendable {
    /// One part of a job: the context that was passed to `run`, and the number of the part.
    package typealias Body = @convention(c) (UnsafeMutableRawPointer?, Int) -> Void

    /// Threads that work on a call, the caller included.
    package let threads: Int
    // The C pool synchronises itself; the pointer never changes.
    private let pool: OpaquePointer?
    private let policy: Mutex<ThreadPolicy>
    private let active: Atomic<Int>
    /// Whether the policy is not asked.
    private let holdsThreads = Atomic(false)

    /// Starts `threads` - 1 workers; if the system refuses, every call runs on its caller alone.
    ///
    /// After a call workers spin for `spinMicroseconds`, then sleep. With `pins` each of them stays on a processor of its
    /// own; the first processor is left to the caller, who is bound to nothing.
    package init(threads: Int, spinMicroseconds: Int, pins: Bool) {
        precondition(threads > 0, "a pool has at least its caller")
        unsafe pool = sys_pool_create(threads, UInt32(clamping: spinMicroseconds), pins ? 1 : 0)
        self.threads = unsafe pool == nil ? 1 : threads
        policy = Mutex(ThreadPolicy(threads: self.threads))
        active = Atomic(self.threads)
    }

    /// Threads that share a call at present, the caller included.
    package var activeThreads: Int { active.load(ordering: .relaxed) }

    /// A pool that spins as long as a pause inside a step lasts, and is bound to no processor.
    package convenience init(threads: Int) {
        self.init(threads: threads, spinMicroseconds: Self.pauseMicroseconds, pins: false)
    }

    /// Longer than the pauses between the calls of a step; waking a thread that sleeps costs about as much.
    package static let pauseMicroseconds = 50

    deinit {
        if let pool = unsafe pool { unsafe sys_pool_destroy(pool) }
    }

    /// Runs every part below `parts`, on this thread and the workers, and returns when all are done.
    package func run(_ body: Body, context: UnsafeMutableRawPointer, parts: Int) {
        precondition(parts >= 0 && parts < 1 << 19, "too many parts for one call")
        guard let pool = unsafe pool, parts > 1 else {
            for part in 0..<parts { unsafe body(context, part) }
            return
        }
        var window = sys_pool_window()
        if unsafe sys_pool_run(pool, body, context, parts, &window) != 0 { learn(window) }
    }

    /// Lets all threads share the calls of `body`, whatever else the machine does: for figures that name their number.
    /// - Throws: What `body` throws.
    package func withAllThreads<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let before = holdsThreads.exchange(true, ordering: .relaxed)
        defer { holdsThreads.store(before, ordering: .relaxed) }
        use(threads)
        return try body()
    }

    private func learn(_ window: sys_pool_window) {
        guard !holdsThreads.load(ordering: .relaxed) else { return }
        let measured = ThreadPolicy.Window(spent: Double(window.spent) / 1e9, alone: Double(window.alone) / 1e9)
        policy.withLock {
            $0.learn(measured)
            apply($0.threads)
        }
    }

    /// Lets so many threads share the calls that begin from now on, until the next window of calls has been looked at.
    package func use(_ count: Int) { policy.withLock { _ in apply(count) } }

    /// To be called by one thread at a time.
    private func apply(_ count: Int) {
        guard let pool = unsafe pool, active.exchange(count, ordering: .relaxed) != count else { return }
        unsafe sys_pool_use(pool, count)
    }
}
