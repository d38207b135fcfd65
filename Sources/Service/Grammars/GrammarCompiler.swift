import Platform
import Synchronization

/// Compiles grammars, on two threads of its own and for a bounded time each.
///
/// Nobody waits for it with a thread: the code that wants a grammar is called back. What the first thread does not finish
/// within a short time goes to the second one, so that small grammars never stand behind many large ones; both take the
/// keys of the service in turns. Both give way to the threads that answer, the first one only a little, or on a busy machine
/// nobody would get a grammar at all. A thread exists only as long as there is work for it.
package final class GrammarCompiler: Sendable {
    /// One grammar to be compiled. It is released when it has been compiled or refused.
    struct Work: Sendable {
        /// Whose it is: owners take turns.
        let owner: [UInt8]
        /// Compiles for at most this time; false when that was too short, and more time may be given.
        let attempt: @Sendable (_ milliseconds: Int, _ isLast: Bool) -> Bool
        /// Called instead of a further attempt when there is no room for one.
        let refuse: @Sendable () -> Void
    }

    /// Where a piece of work stands.
    private enum Lane: Int, CaseIterable {
        /// For a short time.
        case short
        /// For the whole time.
        case whole

        /// Every step leaves a thread a fifth less of the time beside others.
        var niceness: Int32 { self == .short ? 3 : 8 }
    }

    private struct State: Sendable {
        var queues = Lane.allCases.map { _ in
            FairQueue<Work>(limit: GrammarCompiler.mostWaiting, ownersLimit: GrammarCompiler.mostWaitingOfOne)
        }
        var isRunning = Lane.allCases.map { _ in false }
    }

    private let milliseconds: Int
    private let start: ThreadStart
    private let state = Mutex(State())

    /// Runs a worker on a thread that nothing else waits for, so many steps of niceness below the others; false when there
    /// is none.
    package typealias ThreadStart = @Sendable (_ niceness: Int32, _ worker: @escaping @Sendable () -> Void) -> Bool

    /// A compiler that gives a grammar at most `milliseconds` of processor time.
    init(milliseconds: Int, start: @escaping ThreadStart) {
        self.milliseconds = milliseconds
        self.start = start
    }

    /// Takes work for later; false when there is no place for it.
    func take(_ work: Work) -> Bool { add(work, to: .short) }

    private func add(_ work: Work, to lane: Lane) -> Bool {
        let (isTaken, starts) = state.withLock { state in
            guard state.queues[lane.rawValue].add(work, of: work.owner) else { return (false, false) }
            defer { state.isRunning[lane.rawValue] = true }
            return (true, !state.isRunning[lane.rawValue])
        }
        if starts, !start(lane.niceness, { [self] in run(lane) }) { while let work = next(in: lane) { work.refuse() } }
        return isTaken
    }

    /// Works until nothing waits.
    private func run(_ lane: Lane) {
        while let work = next(in: lane) {
            let isLast = lane == .whole || milliseconds <= Self.shortMilliseconds
            let time = isLast ? milliseconds : Self.shortMilliseconds
            guard !work.attempt(time, isLast) else { continue }
            if !add(work, to: .whole) { work.refuse() }
        }
    }

    private func next(in lane: Lane) -> Work? {
        state.withLock { state in
            let work = state.queues[lane.rawValue].next()
            if work == nil { state.isRunning[lane.rawValue] = false }
            return work
        }
    }

    /// Starts a thread of its own.
    package static let ownThread: ThreadStart = { niceness, worker in
        startThreadIfPossible(named: "grammar", stack: stackBytes) {
            lowerThreadPriority(by: niceness)
            worker()
        }
    }

    /// Most schemas that people use take less; what takes more holds nobody up for long before it goes to the other thread.
    private static let shortMilliseconds = 15
    /// Grammars that wait in one lane, and those of one owner among them.
    private static let mostWaiting = 128
    private static let mostWaitingOfOne = 64
    private static let stackBytes = 8 << 20
}
