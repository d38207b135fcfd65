import Engine
import Synchronization

/// How the first request of the process ended, told by the engine thread to the one that waits.
final class Warmth: Sendable {
    private let ending = Mutex<FinishReason?>(nil)

    /// The ending, once there is one.
    var value: FinishReason? { ending.withLock { $0 } }

    /// Keeps the ending.
    func set(_ reason: FinishReason) { ending.withLock { $0 = reason } }
}
