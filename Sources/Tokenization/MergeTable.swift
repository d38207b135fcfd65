/// The merges: from a pair of token ids to the rank of its merge, and from a rank to the token that it makes.
struct MergeTable: Sendable {
    /// Rank of a pair that does not merge.
    static let none = UInt32.max

    private var keys: [UInt64]
    private var ranks: [UInt32]
    private var results: [Int32]
    private let mask: Int
    private static let empty = UInt64.max

    init(capacity: Int) {
        var size = 16
        while size * 3 < capacity * 4 + 4 {
            size *= 2
        }
        keys = [UInt64](repeating: Self.empty, count: size)
        ranks = [UInt32](repeating: Self.none, count: size)
        results = []
        results.reserveCapacity(capacity)
        mask = size - 1
    }

    /// Appends the merge of the next rank. A pair given twice counts with its later rank, as in the reference.
    mutating func append(left: Int32, right: Int32, result: Int32) {
        let key = Self.key(left, right)
        var slot = Self.hash(key) & mask
        while keys[slot] != Self.empty && keys[slot] != key {
            slot = (slot + 1) & mask
        }
        keys[slot] = key
        ranks[slot] = UInt32(truncatingIfNeeded: results.count)
        results.append(result)
    }

    /// The rank of the merge of two tokens, or ``none``.
    func rank(_ left: Int32, _ right: Int32) -> UInt32 {
        let key = Self.key(left, right)
        var slot = Self.hash(key) & mask
        while keys[slot] != Self.empty {
            if keys[slot] == key {
                return ranks[slot]
            }
            slot = (slot + 1) & mask
        }
        return Self.none
    }

    /// The token that the merge of a rank makes.
    func result(ofRank rank: UInt32) -> Int32 {
        results[Int(rank)]
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    private static func hash(_ key: UInt64) -> Int {
        let product = key &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: product ^ (product >> 32))
    }
}

// MARK: - From the description

extension MergeTable {
    /// Most merges that a vocabulary may have.
    private static let maximumMerges = 1 << 24

    /// Reads "left right" lines in order of rank; both parts and what they make must be pieces.
    init(_ merges: PieceTable, in vocabulary: Vocabulary) throws(VocabularyError) {
        guard merges.count <= Self.maximumMerges else {
            throw VocabularyError("there are \(merges.count) merges, more than \(Self.maximumMerges)", key: "merges")
        }
        if let index = merges.unsoundEntry {
            throw VocabularyError("merge \(index) does not lie inside the table of merges", key: "merges")
        }
        self.init(capacity: merges.count)
        var scratch: [UInt8] = []
        for index in 0..<merges.count {
            let line = merges.range(of: index)
            guard let space = Self.onlySpace(in: merges.bytes, line) else {
                throw VocabularyError(
                    "merge \(index) \(merges.quoted(index)) is not two pieces with a space between", key: "merges")
            }
            let parts = (line.lowerBound..<space, space + 1..<line.upperBound)
            guard let pair = Self.pair(merges.bytes, parts.0, parts.1, in: vocabulary, &scratch) else {
                throw VocabularyError(
                    "merge \(index) \(merges.quoted(index)): a part, or what it makes, is not a piece", key: "merges")
            }
            append(left: pair.left, right: pair.right, result: pair.result)
        }
    }

    /// Where the one space inside a line is; nil if there is none, another one, or nothing on a side.
    private static func onlySpace(in bytes: [UInt8], _ line: Range<Int>) -> Int? {
        var space: Int?
        for index in line where bytes[index] == 0x20 {
            guard space == nil, index > line.lowerBound, index + 1 < line.upperBound else { return nil }
            space = index
        }
        return space
    }

    private static func pair(
        _ bytes: [UInt8], _ left: Range<Int>, _ right: Range<Int>, in vocabulary: Vocabulary, _ scratch: inout [UInt8]
    ) -> (left: Int32, right: Int32, result: Int32)? {
        scratch.removeAll(keepingCapacity: true)
        guard vocabulary.spelling.decode(bytes, left, into: &scratch) else { return nil }
        let middle = scratch.count
        guard vocabulary.spelling.decode(bytes, right, into: &scratch),
            let leftID = find(scratch, 0..<middle, in: vocabulary),
            let rightID = find(scratch, middle..<scratch.count, in: vocabulary),
            let result = find(scratch, 0..<scratch.count, in: vocabulary)
        else { return nil }
        return (leftID, rightID, result)
    }

    /// An added token may be the part of a merge, too.
    private static func find(_ bytes: [UInt8], _ range: Range<Int>, in vocabulary: Vocabulary) -> Int32? {
        vocabulary.find(bytes, range) ?? vocabulary.findLiteral(bytes, range)
    }
}
