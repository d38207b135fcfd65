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
        var slot = Self.hash(bytes, range) & mask
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

    /// FNV-1a, then a multiplication so that the low bits depend on all of it.
    private static func hash(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in range {
            value = (value ^ UInt64(bytes[index])) &* 0x100_0000_01B3
        }
        value ^= value >> 32
        return Int(truncatingIfNeeded: value)
    }
}
