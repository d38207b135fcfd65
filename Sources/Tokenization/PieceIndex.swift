/// Finds the id of a byte string among pieces: open addressing over ids, the strings stay in their table.
struct PieceIndex: Sendable {
    private var slots: [Int32]
    private let mask: Int

    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 {
            size *= 2
        }
        slots = [Int32](repeating: -1, count: size)
        mask = size - 1
    }

    /// Enters a piece; returns the id that already holds the same bytes, if any.
    mutating func insert(_ id: Int32, in table: PieceTable) -> Int32? {
        let range = table.range(of: Int(id))
        var slot = Self.hash(table.bytes, range) & mask
        while slots[slot] >= 0 {
            if Self.equal(table, slots[slot], table.bytes, range) {
                return slots[slot]
            }
            slot = (slot + 1) & mask
        }
        slots[slot] = id
        return nil
    }

    /// The id of the piece that equals `bytes[range]`.
    func find(_ bytes: [UInt8], _ range: Range<Int>, in table: PieceTable) -> Int32? {
        var hash = RunningHash()
        for index in range { hash.append(bytes[index]) }
        return find(bytes, range, hash: hash, in: table)
    }

    /// The id of the piece that equals `bytes[range]`, whose hash is known.
    func find(
        _ bytes: [UInt8], _ range: Range<Int>, hash: RunningHash, in table: PieceTable
    ) -> Int32? {
        var slot = hash.value & mask
        while slots[slot] >= 0 {
            if Self.equal(table, slots[slot], bytes, range) {
                return slots[slot]
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private static func equal(_ table: PieceTable, _ id: Int32, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        let own = table.range(of: Int(id))
        guard own.count == range.count else { return false }
        var index = range.lowerBound
        for byte in own {
            if table.bytes[byte] != bytes[index] {
                return false
            }
            index += 1
        }
        return true
    }

    private static func hash(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var hash = RunningHash()
        for index in range { hash.append(bytes[index]) }
        return hash.value
    }

    /// FNV-1a, then a shift so that the low bits depend on all of it; every beginning of a string has its own value.
    struct RunningHash {
        private var state: UInt64 = 0xCBF2_9CE4_8422_2325

        mutating func append(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }

        var value: Int { Int(truncatingIfNeeded: state ^ state >> 32) }
    }
}
