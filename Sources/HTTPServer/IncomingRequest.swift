internal import HTTP

/// A request while it is being read.
struct IncomingRequest {
    /// When its first byte arrived, in monotonic seconds.
    let receivedAt: Double
    /// Known once the head is complete.
    var head: RequestHead?
    /// Who answers, once admitted.
    var handler: (any Handler)?
    /// The body, once complete.
    var body: [UInt8] = []

    init(receivedAt: Double) { self.receivedAt = receivedAt }
}
