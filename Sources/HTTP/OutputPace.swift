/// Whether a peer reads fast enough what is sent to it. It is judged only after it had time to read.
///
/// Example: 100 MB are answered at once, and the kernel takes 4 MB of them. Nothing is wrong yet: the peer has until the
/// stall deadline to take the share that the slowest acceptable rate asks for, then until the next one, and so on. A
/// *stream* whose backlog is above `outputBytes` has in addition to shrink from one look to the next: what is still being
/// made must not pile up without end.
struct OutputPace: Sendable {
    private struct Backlog: Sendable {
        let deadline: Double
        let bytes: Int
    }

    private let limits: Limits
    private var pendingBytes = 0
    private var stallDeadline: Double?
    /// Bytes that the peer has to take before the stall deadline.
    private var wantedBytes = 0
    private var backlog: Backlog?

    /// Nothing waits yet.
    init(limits: Limits) { self.limits = limits }

    /// When the peer is judged next; nil while nothing waits.
    var deadline: Double? {
        guard let stallDeadline else { return nil }
        return min(stallDeadline, backlog?.deadline ?? stallDeadline)
    }

    /// `pending` bytes wait now, and the peer took `taken` since the last report.
    mutating func changed(pending: Int, taken: Int, isStreaming: Bool, at now: Double) {
        defer { pendingBytes = pending }
        guard pending > 0 else {
            stallDeadline = nil
            backlog = nil
            return
        }
        wantedBytes -= taken
        if stallDeadline == nil || wantedBytes <= 0 { beginTurn(pending, now) }
        guard isStreaming, pending > limits.connection.outputBytes else {
            backlog = nil
            return
        }
        if backlog == nil { backlog = Backlog(deadline: now + backlogSeconds, bytes: pending) }
    }

    /// Whether the peer has been given its time and did not use it.
    mutating func isTooSlow(at now: Double) -> Bool {
        if let stallDeadline, now >= stallDeadline { return true }
        guard let backlog, now >= backlog.deadline else { return false }
        guard pendingBytes < backlog.bytes else { return true }
        self.backlog = Backlog(deadline: now + backlogSeconds, bytes: pendingBytes)
        return false
    }

    private mutating func beginTurn(_ pending: Int, _ now: Double) {
        let seconds = limits.connection.stallSeconds
        stallDeadline = now + seconds
        // At least a byte: a client that takes nothing is gone, whatever the rate.
        let share = min(Double(pending), seconds * limits.body.minimumBytesPerSecond)
        wantedBytes = max(1, Int(share))
    }

    private var backlogSeconds: Double { min(Self.backlogSeconds, limits.connection.stallSeconds) }

    /// How long a stream's backlog may stay above its limit without shrinking.
    private static let backlogSeconds = 5.0
}
