internal import CSystem

/// A fork-join pool of threads named compute-n that work on one call at a time.
///
/// Workers spin for a bounded time after a call, then sleep, so a pause between steps costs no processor time.
@safe package final class ComputePool: @unchecked Sendable {
    /// One part of a job: the context that was passed to `run`, and the number of the part.
    package typealias Body = @convention(c) (UnsafeMutableRawPointer?, Int) -> Void

    /// Threads that work on a call, the caller included.
    package let threads: Int
    // The C pool synchronises itself; the pointer never changes.
    private let pool: OpaquePointer?

    /// Starts `threads` - 1 workers; if the system refuses, every call runs on its caller alone.
    ///
    /// After a call workers spin for `spinMicroseconds`, then sleep. With `pins` each of them stays on a processor of its
    /// own; the first processor is left to the caller, who is bound to nothing.
    package init(threads: Int, spinMicroseconds: Int, pins: Bool) {
        precondition(threads > 0, "a pool has at least its caller")
        unsafe pool = sys_pool_create(threads, UInt32(clamping: spinMicroseconds), pins ? 1 : 0)
        self.threads = unsafe pool == nil ? 1 : threads
    }

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
        unsafe sys_pool_run(pool, body, context, parts)
    }
}
