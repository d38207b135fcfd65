internal import HTTP

/// The response under way on a connection: whose it is, how far it has come, and who wants to hear of its end.
///
/// What it is to call is released with it when the response ends or the connection closes, and before that when the peer
/// has left.
struct ActiveResponse {
    /// A closure of the handler that runs again and again.
    struct Tick {
        let seconds: Double
        var due: Double
        let body: @Sendable () -> Void
    }

    /// The head of the request; nil when none could be read.
    let head: RequestHead?
    /// Whose response it is; nil when no route was found or the request could not be read.
    var handler: (any Handler)?
    /// Whether the handler refused the request before its body was read.
    var isRefusal = false
    /// The identifier that the response carries.
    let requestID: String
    /// When the request's first byte arrived, in monotonic seconds.
    let receivedAt: Double
    /// Which request of the connection this is.
    let turn: Int
    /// Made when the response starts.
    var encoder: ResponseEncoder?
    /// The status sent.
    var status: Int?
    /// Bytes of body and framing handed to the output.
    var bytes = 0
    /// Whether the peer has left.
    var isPeerGone: Bool
    /// Whom to tell when it leaves.
    var onPeerClosed: [@Sendable () -> Void] = []
    /// What to call while the response lasts.
    var ticks: [Tick] = []

    /// A response of which nothing has been said.
    init(head: RequestHead?, requestID: String, receivedAt: Double, turn: Int, isPeerGone: Bool) {
        self.head = head
        self.requestID = requestID
        self.receivedAt = receivedAt
        self.turn = turn
        self.isPeerGone = isPeerGone
    }

    /// Marks the peer as gone and returns whom to tell; each is told once.
    ///
    /// Nobody waits for a sign of life any more. A tick holds its handler, and the handler its exchange: kept, they
    /// would keep the connection open for ever.
    mutating func takePeerClosedHandlers() -> [@Sendable () -> Void] {
        isPeerGone = true
        ticks = []
        defer { onPeerClosed = [] }
        return onPeerClosed
    }

    /// The closures that are due at `now`, each moved on to its next turn.
    mutating func takeDueTicks(now: Double) -> [@Sendable () -> Void] {
        var due: [@Sendable () -> Void] = []
        for index in ticks.indices where ticks[index].due <= now {
            ticks[index].due = max(ticks[index].due + ticks[index].seconds, now)
            due.append(ticks[index].body)
        }
        return due
    }
}
