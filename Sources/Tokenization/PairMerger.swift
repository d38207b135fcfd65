/// A row of symbols of which neighbours may merge.
protocol PairSymbols {
    /// How many symbols there are at the beginning.
    var count: Int { get }

    /// The rank of the merge of a symbol with its right neighbour; ``MergeTable/none`` if they do not merge.
    func rank(_ left: Int, _ right: Int) -> UInt32

    /// Makes the left symbol what both together are; the right one is gone then.
    mutating func merge(_ left: Int, _ right: Int, rank: UInt32)
}

/// Merges neighbours until none merge any more, always the pair of lowest rank, leftmost first among equals.
///
/// Symbols form a linked list and candidate merges a heap, so that n symbols take O(n log n) whatever they are.
/// Holds scratch memory for reuse.
/// Source: Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units",
/// arXiv:1508.07909.
struct PairMerger {
    private var following: [Int32] = []
    private var preceding: [Int32] = []
    /// Rank of the merge of each symbol with the one that follows it; tells live candidates from stale ones.
    private var ranks: [UInt32] = []
    private var candidates = CandidateHeap()

    /// Merges all that merge. At least one symbol is expected.
    mutating func run<Symbols: PairSymbols>(_ symbols: inout Symbols) {
        link(symbols)
        while let (rank, index) = candidates.popLowest() {
            guard ranks[index] == rank else { continue }
            let right = Int(following[index])
            symbols.merge(index, right, rank: rank)
            following[index] = following[right]
            ranks[right] = MergeTable.none
            if following[index] >= 0 {
                preceding[Int(following[index])] = Int32(truncatingIfNeeded: index)
            }
            rate(index, symbols)
            if preceding[index] >= 0 {
                rate(Int(preceding[index]), symbols)
            }
        }
    }

    /// The symbol that stands behind a symbol now; nil at the end.
    func next(_ index: Int) -> Int? {
        let next = following[index]
        return next < 0 ? nil : Int(next)
    }

    private mutating func link<Symbols: PairSymbols>(_ symbols: Symbols) {
        let count = symbols.count
        following.removeAll(keepingCapacity: true)
        preceding.removeAll(keepingCapacity: true)
        ranks.removeAll(keepingCapacity: true)
        candidates.removeAll()
        for index in 0..<count {
            let isLast = index == count - 1
            following.append(isLast ? -1 : Int32(truncatingIfNeeded: index + 1))
            preceding.append(Int32(truncatingIfNeeded: index - 1))
            let rank = isLast ? MergeTable.none : symbols.rank(index, index + 1)
            ranks.append(rank)
            if rank != MergeTable.none {
                candidates.append(rank: rank, index: index)
            }
        }
        candidates.order()
    }

    /// Looks up the merge of a symbol with its new neighbour.
    private mutating func rate<Symbols: PairSymbols>(_ index: Int, _ symbols: Symbols) {
        let next = following[index]
        let rank = next < 0 ? MergeTable.none : symbols.rank(index, Int(next))
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
