package import Dispatch

/// Runs an actor on a serial queue, so that the queue is the actor's isolation and a source's events enter it directly.
package final class QueueExecutor: SerialExecutor {
    /// The serial queue. It has an explicit target: a queue without one may get a thread of its own.
    package let queue: DispatchQueue

    /// A serial queue named `label` whose work runs on the threads of `target`.
    package init(label: String, target: DispatchQueue) {
        queue = DispatchQueue(label: label, target: target)
        queue.setSpecific(key: Self.key, value: ObjectIdentifier(self))
    }

    private static let key = DispatchSpecificKey<ObjectIdentifier>()

    /// Whether the caller is on the queue.
    package var isCurrent: Bool { DispatchQueue.getSpecific(key: Self.key) == ObjectIdentifier(self) }

    /// Runs a job of the actor on the queue.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// The reference that the actor hands to the runtime.
    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    /// Stops the process when the caller is not on the queue.
    package func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
