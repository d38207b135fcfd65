internal import Dispatch
internal import Glibc
internal import Synchronization

/// Lines on their way to a stream that may not be read: bounded, written by a thread of its own.
///
/// Adding a line never waits. When nobody reads the stream, lines are dropped and counted; the first line that finds
/// room again is preceded by one that says how many are missing.
package final class LineQueue: Sendable {
    fileprivate struct State: Sendable {
        var lines: [[UInt8]] = []
        var bytes = 0
        var missing = 0
        var dropped = 0
        var isWriting = false
        var hasThread = false
    }

    private let state = Mutex(State())
    private let arrived = DispatchSemaphore(value: 0)
    private let descriptor: CInt
    private let maximumBytes: Int

    /// A queue in front of a descriptor, which stays open; it holds so many bytes.
    package init(descriptor: CInt, maximumBytes: Int) {
        self.descriptor = descriptor
        self.maximumBytes = maximumBytes
    }

    /// Lines that were dropped so far.
    package var dropped: Int { state.withLock { $0.dropped } }

    /// Adds a line, or drops it when there is no room.
    ///
    /// - Parameter missing: makes the line that says how many were dropped; not kept.
    package func add(_ line: [UInt8], missing: (_ lines: Int) -> [UInt8]) {
        let (isTaken, starts) = state.withLock { state in
            guard state.bytes + line.count <= maximumBytes else {
                state.missing += 1
                state.dropped += 1
                return (false, false)
            }
            if state.missing > 0 {
                state.append(missing(state.missing))
                state.missing = 0
            }
            state.append(line)
            defer { state.hasThread = true }
            return (true, !state.hasThread)
        }
        guard isTaken else { return }
        if starts { startThread(named: "log", stack: Self.stackBytes) { [self] in run() } }
        arrived.signal()
    }

    /// Waits until everything is written, but no longer than some seconds.
    ///
    /// - Returns: whether everything is.
    @discardableResult
    package func flush(seconds: Double) -> Bool {
        let end = Clock.monotonicSeconds() + seconds
        while state.withLock({ !$0.lines.isEmpty || $0.isWriting }) {
            guard Clock.monotonicSeconds() < end else { return false }
            usleep(1000)
        }
        return true
    }

    private func run() {
        while true {
            arrived.wait()
            let lines = state.withLock { state in
                state.isWriting = !state.lines.isEmpty
                defer { state.lines = [] }
                return state.lines
            }
            for line in lines {
                StandardError.write(line, to: descriptor)
                state.withLock { $0.bytes -= line.count }
            }
            state.withLock { $0.isWriting = false }
        }
    }

    private static let stackBytes = 256 << 10
}

extension LineQueue.State {
    fileprivate mutating func append(_ line: [UInt8]) {
        lines.append(line)
        bytes += line.count
    }
}
