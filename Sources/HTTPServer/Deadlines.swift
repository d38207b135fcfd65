internal import Dispatch
internal import Platform

/// One timer for all connections: each is told when its deadline has come. Connections are held weakly.
actor Deadlines {
    private struct Entry {
        weak var connection: Connection?
    }

    private let executor: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    private var entries: [Int: Entry] = [:]
    private var heap = DeadlineHeap<Double>()
    private var timer: (any DispatchSourceTimer)?
    private var armedFor = Double.infinity

    /// A timer whose queue runs on the threads of `target`.
    init(target: DispatchQueue) { executor = QueueExecutor(label: "deadlines", target: target) }

    /// Calls `tick` of `connection` at `due` (monotonic seconds) or a little later, once; replaces what was scheduled
    /// for it.
    nonisolated func schedule(_ connection: Connection, at due: Double) {
        executor.queue.async { self.assumeIsolated { $0.insert(connection, due) } }
    }

    /// Forgets a connection.
    nonisolated func remove(_ number: Int) {
        executor.queue.async { self.assumeIsolated { $0.forget(number) } }
    }

    private func insert(_ connection: Connection, _ due: Double) {
        entries[connection.number] = Entry(connection: connection)
        heap.set(connection.number, to: due)
        if due < armedFor { arm(for: due) }
    }

    private func forget(_ number: Int) {
        entries.removeValue(forKey: number)
        heap.remove(number)
    }

    private func fire() {
        let now = Clock.monotonicSeconds()
        armedFor = .infinity
        while let number = heap.takeDue(now) {
            entries.removeValue(forKey: number)?.connection?.deadlineReached()
        }
        if let next = heap.next { arm(for: next) }
    }

    /// Deadlines that lie close together are told together.
    private func arm(for due: Double) {
        let timer = timer ?? makeTimer()
        armedFor = due
        let delay = max(due - Clock.monotonicSeconds(), Self.quantumSeconds)
        timer.schedule(deadline: .now() + delay, leeway: .milliseconds(10))
    }

    private func makeTimer() -> any DispatchSourceTimer {
        let new = DispatchSource.makeTimerSource(queue: executor.queue)
        new.setEventHandler { [weak self] in self?.assumeIsolated { $0.fire() } }
        new.resume()
        timer = new
        return new
    }

    private static let quantumSeconds = 0.025
}
