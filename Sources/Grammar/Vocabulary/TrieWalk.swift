/// Walks a tree of tokens along the rows of an automaton, and stops where a state is met that it does not know yet.
struct TrieWalk {
    /// How far the walk knows a state.
    struct Mark: Sendable {
        /// The walk that came by last.
        var walk: UInt32 = 0
        /// Where the state's row begins.
        var row: Int32 = 0
    }

    /// The next node.
    var place: Int
    /// Where the walk ends.
    let end: Int
    /// The number of this walk.
    let walk: UInt32
    /// The state that must be made known before the walk goes on; its row then belongs into the path at `depth`.
    var missing: Int32 = -1
    var depth = 0
    /// Nodes that were looked at.
    private(set) var nodeCount = 0

    /// A walk through a part of a tree.
    init(_ range: Range<Int>, walk: UInt32) {
        place = range.lowerBound
        end = range.upperBound
        self.walk = walk
    }

    /// Walks on and adds the tokens that may come to `words`.
    /// - Parameter path: rows of the states above the next node, by depth.
    /// - Returns: false if a state is missing.
    mutating func run(
        _ trie: VocabularyTrie, _ automaton: LazyAutomaton, _ marks: [Mark], path: inout [Int32],
        words: inout [UInt64]
    ) -> Bool {
        var place = place
        var count = 0
        defer {
            self.place = place
            nodeCount += count
        }
        let nodes = trie.nodes.span
        let rowSpan = automaton.rows.span
        let classSpan = automaton.graph.classOfByte.span
        let markSpan = marks.span
        var pathSpan = path.mutableSpan
        var wordSpan = words.mutableSpan
        while place < end {
            let node = nodes[place]
            count += 1
            let target = rowSpan[Int(pathSpan[Int(node.depth)]) + Int(classSpan[Int(node.byte)])]
            guard target != LazyAutomaton.dead else {
                place = Int(node.behind)
                continue
            }
            if node.token >= 0 { wordSpan[Int(node.token) >> 6] |= 1 << UInt64(node.token & 63) }
            if node.hasDuplicates {
                for token in trie.duplicates[Int32(place)] ?? [] {
                    wordSpan[Int(token) >> 6] |= 1 << UInt64(token & 63)
                }
            }
            place += 1
            guard place < Int(node.behind) else { continue }
            let mark = Int(target) < markSpan.count ? markSpan[Int(target)] : Mark()
            guard mark.walk == walk else {
                missing = target
                depth = Int(node.depth) + 1
                return false
            }
            pathSpan[Int(node.depth) + 1] = mark.row
        }
        return true
    }
}
