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
            throw VocabularyError("there are \(merges.count) merges, more than \(Self.maximumMerges)")
        }
        if let index = merges.unsoundEntry {
            throw VocabularyError("merge \(index) does not lie inside the table of merges")
        }
        self.init(capacity: merges.count)
        var scratch: [UInt8] = []
        for index in 0..<merges.count {
            let line = merges[index]
            guard let space = line.firstIndex(of: 0x20), space > line.startIndex, space + 1 < line.endIndex,
                !line[(space + 1)...].contains(0x20)
            else {
                throw VocabularyError("merge \(index) \(merges.quoted(index)) is not two pieces with a space between")
            }
            let parts = (line[..<space], line[(space + 1)...])
            guard let left = Self.find(parts.0, in: vocabulary, &scratch) else {
                throw VocabularyError("merge \(index) \(merges.quoted(index)): the left part is not a piece")
            }
            guard let right = Self.find(parts.1, in: vocabulary, &scratch) else {
                throw VocabularyError("merge \(index) \(merges.quoted(index)): the right part is not a piece")
            }
            guard let result = Self.find(parts.0 + parts.1, in: vocabulary, &scratch) else {
                throw VocabularyError("merge \(index) \(merges.quoted(index)): what it makes is not a piece")
            }
            append(left: left, right: right, result: result)
        }
    }

    private static func find(
        _ piece: ArraySlice<UInt8>, in vocabulary: Vocabulary, _ scratch: inout [UInt8]
    ) -> Int32? {
        scratch.removeAll(keepingCapacity: true)
        if ByteAlphabet.decode(piece, into: &scratch), let id = vocabulary.find(scratch, 0..<scratch.count) {
            return id
        }
        let text = Array(piece)
        return vocabulary.findLiteral(text, 0..<text.count)
    }
}
