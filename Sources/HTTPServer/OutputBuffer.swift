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

    /// Hands up to `limit` of the waiting bytes to `send`, which says how many it took; whatever it throws ends the
    /// flush. `taken` counts what was taken, also when it throws.
    mutating func flush<Failure: Error>(
        atMost limit: Int, taken: inout Int, _ send: (Span<UInt8>) throws(Failure) -> Int
    ) throws(Failure) {
        while start < bytes.count, taken < limit {
            let end = min(bytes.count, start + limit - taken)
            let sent = try send(bytes.span.extracting(start..<end))
            start += sent
            taken += sent
        }
        if start == bytes.count { removeAll() }
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
