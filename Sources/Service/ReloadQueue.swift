package import OpenAI
import Synchronization

/// What reading the settings again came to.
package struct ReloadReport: Sendable, Equatable {
    /// The outcome of the model.
    package let status: ReloadStatus
    /// Keys of settings that have another value now.
    package let taken: [String]
    /// Keys that have another value in the settings, and would have it in the process after a restart.
    package let needRestart: [String]
    /// Why it failed; nil where it did not.
    package let reason: String?

    /// Joins them.
    package init(_ status: ReloadStatus, taken: [String] = [], needRestart: [String] = [], reason: String? = nil) {
        self.status = status
        self.taken = taken
        self.needRestart = needRestart
        self.reason = reason
    }
}

/// Reads the settings again, one time after the other, for every caller. One that asks while that goes on is answered by one
/// further time, which begins behind it: what was changed before somebody asked is always seen.
package final class ReloadQueue: Sendable {
    /// Told the outcome, once; released then.
    package typealias Completion = @Sendable (ReloadReport) -> Void
    /// Reads the settings, on a thread that may take its time.
    package typealias Work = @Sendable () -> ReloadReport

    /// Starts a thread of its own for a piece of work; false where there is none to be had.
    package typealias ThreadStart = @Sendable (_ work: @escaping @Sendable () -> Void) -> Bool

    private struct State: Sendable {
        /// Nil until the first model is there.
        var work: Work?
        var isRunning = false
        var waiting: [Completion] = []
    }

    private let state = Mutex(State())
    private let start: ThreadStart
    private let metrics: ServiceMetrics

    /// A queue that `start`s a thread whenever there is work.
    init(start: @escaping ThreadStart, metrics: ServiceMetrics) {
        self.start = start
        self.metrics = metrics
    }

    /// From now on requests are met, those that wait first; the process never lets go of `work`.
    package func open(_ work: @escaping Work) {
        state.withLock { $0.work = work }
        begin()
    }

    /// Asks for the settings to be read again.
    package func request(_ completion: @escaping Completion) {
        state.withLock { $0.waiting.append(completion) }
        begin()
    }

    private func begin() {
        let begins = state.withLock { state in
            guard state.work != nil, !state.isRunning, !state.waiting.isEmpty else { return false }
            state.isRunning = true
            return true
        }
        guard begins, !start({ self.runAll() }) else { return }
        let completions = state.withLock { state in
            state.isRunning = false
            defer { state.waiting = [] }
            return state.waiting
        }
        metrics.count(.failed)
        for completion in completions { completion(ReloadReport(.failed, reason: "The system gives no thread.")) }
    }

    private func runAll() {
        while true {
            let (work, completions) = state.withLock { state -> (Work?, [Completion]) in
                defer { state.waiting = [] }
                state.isRunning = !state.waiting.isEmpty
                return (state.work, state.waiting)
            }
            guard let work, !completions.isEmpty else { return }
            let report = work()
            metrics.count(report.status)
            for completion in completions { completion(report) }
        }
    }
}
