/// Bytes of responses that the kernel has not yet taken, in order.
struct OutputBuffer {
    private var bytes: [UInt8] = []
    private var start = 0

    /// Bytes that wait.
    var count: Int { bytes.count - start }

    /// Adds bytes behind the others.
    mutating func append(_ more: [UInt8]) {
        if start == bytes.count {
            bytes = more
            start = 0
        } else {
            bytes += more
        }
    }

    /// Hands the waiting bytes to `send`, which says how many it took, until none are left; whatever it throws ends
    /// the flush.
    /// Returns how many were taken in all.
    mutating func flush<Failure: Error>(_ send: (Span<UInt8>) throws(Failure) -> Int, taken: inout Int) throws(Failure)
    {
        while start < bytes.count {
            let sent = try send(bytes.span.extracting(start..<bytes.count))
            start += sent
            taken += sent
        }
        removeAll()
    }

    /// Gives back the room of bytes that were taken, once they are the larger part.
    mutating func compact() {
        guard start > 65_536, start > bytes.count / 2 else { return }
        bytes.removeFirst(start)
        start = 0
    }

    /// Drops everything.
    mutating func removeAll() {
        bytes = []
        start = 0
    }
}
