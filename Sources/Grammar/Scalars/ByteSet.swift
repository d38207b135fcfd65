/// A set of byte values.
package struct ByteSet: Sendable, Hashable {
    private var low: UInt64 = 0
    private var lowMiddle: UInt64 = 0
    private var highMiddle: UInt64 = 0
    private var high: UInt64 = 0

    /// The empty set.
    package init() {}

    /// The set of these bytes.
    package init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { insert(byte) }
    }

    /// Adds a byte.
    package mutating func insert(_ byte: UInt8) {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: low |= bit
        case 1: lowMiddle |= bit
        case 2: highMiddle |= bit
        default: high |= bit
        }
    }

    /// Whether a byte is a member.
    package func contains(_ byte: UInt8) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: low
            case 1: lowMiddle
            case 2: highMiddle
            default: high
            }
        return word & (1 << UInt64(byte & 63)) != 0
    }

    /// Whether there is no member.
    package var isEmpty: Bool { low | lowMiddle | highMiddle | high == 0 }

    /// How many members there are.
    package var count: Int {
        low.nonzeroBitCount + lowMiddle.nonzeroBitCount + highMiddle.nonzeroBitCount + high.nonzeroBitCount
    }
}
