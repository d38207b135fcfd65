internal import HTTP
internal import Platform

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
    /// What the body holds of the memory that all requests share.
    var memory: ByteClaim?

    init(receivedAt: Double) { self.receivedAt = receivedAt }

    /// Takes room for a body of which so much has arrived; false when there is none.
    mutating func holdBody(_ bytes: Int, in allowance: ByteAllowance) -> Bool {
        guard bytes > 0 else { return true }
        let claim = memory ?? ByteClaim(allowance)
        memory = claim
        return claim.grow(to: bytes)
    }
}

extension ByteClaim: RequestMemory {}
