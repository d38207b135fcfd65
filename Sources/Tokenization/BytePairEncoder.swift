/// Merges the bytes of one word into tokens, always the merge of lowest rank, leftmost first.
///
/// Symbols form a linked list and candidate merges a heap, so that a word of n bytes takes O(n log n) whatever it holds.
/// Holds scratch memory for reuse: one encoder per call, not shared.
struct BytePairEncoder {
    private let vocabulary: Vocabulary
    private let merges: MergeTable
    private let takesWholeWords: Bool
    private var tokens: [Int32] = []
    private var following: [Int32] = []
    private var preceding: [Int32] = []
    /// Rank of the merge of each symbol with the one that follows it; tells live candidates from stale ones.
    private var ranks: [UInt32] = []
    private var candidates = CandidateHeap()

    /// - Parameter takesWholeWords: a word that is itself a piece is taken as it is, without looking at merges.
    init(vocabulary: Vocabulary, merges: MergeTable, takesWholeWords: Bool) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.takesWholeWords = takesWholeWords
    }

    /// Appends the tokens of `bytes[word]`. Bytes without a piece are left out, as in the reference.
    mutating func encode(_ bytes: [UInt8], _ word: Range<Int>, into output: inout [Int32]) {
        if takesWholeWords, let id = vocabulary.find(bytes, word) {
            output.append(id)
            return
        }
        tokens.removeAll(keepingCapacity: true)
        for index in word {
            let token = vocabulary.byteTokens[Int(bytes[index])]
            if token >= 0 {
                tokens.append(token)
            }
        }
        guard tokens.count > 1 else {
            output.append(contentsOf: tokens)
            return
        }
        link()
        mergeAll()
        var index: Int32 = 0
        while index >= 0 {
            output.append(tokens[Int(index)])
            index = following[Int(index)]
        }
    }

    private mutating func link() {
        let count = tokens.count
        following.removeAll(keepingCapacity: true)
        preceding.removeAll(keepingCapacity: true)
        ranks.removeAll(keepingCapacity: true)
        candidates.removeAll()
        for index in 0..<count {
            let isLast = index == count - 1
            following.append(isLast ? -1 : Int32(truncatingIfNeeded: index + 1))
            preceding.append(Int32(truncatingIfNeeded: index - 1))
            let rank = isLast ? MergeTable.none : merges.rank(tokens[index], tokens[index + 1])
            ranks.append(rank)
            if rank != MergeTable.none {
                candidates.append(rank: rank, index: index)
            }
        }
        candidates.order()
    }

    private mutating func mergeAll() {
        while let (rank, index) = candidates.popLowest() {
            guard ranks[index] == rank else { continue }
            let right = Int(following[index])
            tokens[index] = merges.result(ofRank: rank)
            following[index] = following[right]
            ranks[right] = MergeTable.none
            if following[index] >= 0 {
                preceding[Int(following[index])] = Int32(truncatingIfNeeded: index)
            }
            rate(index)
            if preceding[index] >= 0 {
                rate(Int(preceding[index]))
            }
        }
    }

    /// Looks up the merge of a symbol with its new neighbour.
    private mutating func rate(_ index: Int) {
        let next = following[index]
        let rank = next < 0 ? MergeTable.none : merges.rank(tokens[index], tokens[Int(next)])
        ranks[index] = rank
        if rank != MergeTable.none {
            candidates.push(rank: rank, index: index)
        }
    }
}

/// A binary heap of merges, lowest rank first and leftmost first among equals.
private struct CandidateHeap {
    private var keys: [UInt64] = []

    mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
    }

    /// Adds without keeping order; ``order()`` must follow.
    mutating func append(rank: UInt32, index: Int) {
        keys.append(UInt64(rank) << 32 | UInt64(UInt32(truncatingIfNeeded: index)))
    }

    mutating func order() {
        var root = keys.count / 2 - 1
        while root >= 0 {
            sink(keys[root], from: root)
            root -= 1
        }
    }

    mutating func push(rank: UInt32, index: Int) {
        let key = UInt64(rank) << 32 | UInt64(UInt32(truncatingIfNeeded: index))
        var hole = keys.count
        keys.append(key)
        while hole > 0 {
            let parent = (hole - 1) / 2
            guard keys[parent] > key else { break }
            keys[hole] = keys[parent]
            hole = parent
        }
        keys[hole] = key
    }

    mutating func popLowest() -> (rank: UInt32, index: Int)? {
        guard let lowest = keys.first, let last = keys.popLast() else { return nil }
        if !keys.isEmpty {
            sink(last, from: 0)
        }
        return (UInt32(truncatingIfNeeded: lowest >> 32), Int(lowest & 0xFFFF_FFFF))
    }

    private mutating func sink(_ key: UInt64, from start: Int) {
        let count = keys.count
        var hole = start
        var child = 2 * hole + 1
        while child < count {
            if child + 1 < count && keys[child + 1] < keys[child] {
                child += 1
            }
            guard keys[child] < key else { break }
            keys[hole] = keys[child]
            hole = child
            child = 2 * hole + 1
        }
        keys[hole] = key
    }
}
