/// Bytes that are read again before others.
struct Rereading {
    private var bytes: [UInt8] = []
    private var position = 0

    init() {}

    init(_ byte: UInt8) { bytes = [byte] }

    mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// Puts back the bytes that were read last.
    mutating func putBack(_ again: some Collection<UInt8>) {
        if again.count <= position {
            position -= again.count
        } else {
            bytes = Array(again) + bytes[position...]
            position = 0
        }
    }
}
