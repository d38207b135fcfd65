import Foundation
import Synchronization

/// The most memory that a process has had of its own while somebody looked.
final class MemoryWatch: Sendable {
    private let highest = Mutex(0)
    private let isStopped = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)
    private let pid: Int32

    init(_ pid: Int32) {
        self.pid = pid
        let thread = Thread { [self] in
            while !isStopped.withLock({ $0 }) {
                look()
                usleep(2000)
            }
            ended.signal()
        }
        thread.start()
    }

    /// Ends looking and returns the most that was seen, in bytes.
    func stop() -> Int {
        look()
        isStopped.withLock { $0 = true }
        ended.wait()
        return highest.withLock { $0 }
    }

    /// Memory that the system cannot take back: neither code nor mapped files.
    private func look() {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return }
        var bytes = 0
        for line in text.split(separator: "\n") where line.hasPrefix("RssAnon:") || line.hasPrefix("RssShmem:") {
            bytes += (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
        }
        highest.withLock { $0 = max($0, bytes) }
    }
}
