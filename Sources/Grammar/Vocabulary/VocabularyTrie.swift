/// Tokens in the order of their bytes, as a tree that is walked from front to back.
struct VocabularyTrie: Sendable {
    /// A byte of the tree.
    struct Node: Sendable {
        /// The node behind everything below this one.
        var behind: Int32
        /// The token that ends here; -1 if none does.
        var token: Int32 = -1
        /// How many bytes are above.
        var depth: UInt16
        var byte: UInt8
        /// Whether further tokens of the same bytes are among `duplicates`.
        var hasDuplicates = false
    }

    /// Tokens longer than this are left out: no model has them, and paths stay short.
    static let longestBytes = 1024

    private(set) var nodes: [Node] = []
    /// Tokens that end at the same node as another one, by node.
    private(set) var duplicates: [Int32: [Int32]] = [:]
    /// Bytes of the longest token.
    private(set) var depth = 0
    /// The nodes without anything above; the last place is behind all nodes.
    private(set) var tops: [Int32] = []

    /// A tree of tokens that come in the order of their bytes.
    init(ordered: some Sequence<Int32>, texts: TokenBytes) {
        var path: [Int32] = []
        for token in ordered {
            let text = texts[token]
            guard !text.isEmpty, text.count <= Self.longestBytes else { continue }
            var common = 0
            while common < path.count, common < text.count,
                nodes[Int(path[common])].byte == text[text.startIndex + common]
            {
                common += 1
            }
            close(&path, downTo: common)
            for byte in text.dropFirst(common) {
                let depth = UInt16(path.count)
                if depth == 0 { tops.append(Int32(nodes.count)) }
                path.append(Int32(nodes.count))
                nodes.append(Node(behind: 0, depth: depth, byte: byte))
            }
            depth = max(depth, path.count)
            add(token, at: path[path.count - 1])
        }
        close(&path, downTo: 0)
        tops.append(Int32(nodes.count))
    }

    private mutating func add(_ token: Int32, at node: Int32) {
        if nodes[Int(node)].token < 0 {
            nodes[Int(node)].token = token
        } else {
            nodes[Int(node)].hasDuplicates = true
            duplicates[node, default: []].append(token)
        }
    }

    private mutating func close(_ path: inout [Int32], downTo depth: Int) {
        while path.count > depth { nodes[Int(path.removeLast())].behind = Int32(nodes.count) }
    }

    /// The nodes of tokens that begin with a byte.
    func range(below byte: UInt8) -> Range<Int> {
        for place in tops.indices.dropLast() where nodes[Int(tops[place])].byte == byte {
            return Int(tops[place])..<Int(tops[place + 1])
        }
        return 0..<0
    }

    /// Takes the tokens of some nodes out of a mask.
    func removeTokens(of range: Range<Int>, from words: inout [UInt64]) {
        for place in range where nodes[place].token >= 0 {
            let node = nodes[place]
            words[Int(node.token) >> 6] &= ~(1 << UInt64(node.token & 63))
            guard node.hasDuplicates else { continue }
            for token in duplicates[Int32(place)] ?? [] { words[Int(token) >> 6] &= ~(1 << UInt64(token & 63)) }
        }
    }

    /// The node of exactly these bytes.
    func node(of bytes: some Collection<UInt8>) -> Int? {
        var end = nodes.count
        var found: Int?
        for byte in bytes {
            guard let next = child(byte, from: found.map { $0 + 1 } ?? 0, to: end) else { return nil }
            found = next
            end = Int(nodes[next].behind)
        }
        return found
    }

    /// The longest token that `bytes` begin with.
    func longestToken(of bytes: [UInt8]) -> Int32? {
        var low = 0
        var end = nodes.count
        var found: Int32?
        for byte in bytes {
            guard let next = child(byte, from: low, to: end) else { break }
            if nodes[next].token >= 0 { found = nodes[next].token }
            low = next + 1
            end = Int(nodes[next].behind)
        }
        return found
    }

    private func child(_ byte: UInt8, from low: Int, to end: Int) -> Int? {
        var place = low
        while place < end {
            if nodes[place].byte == byte { return place }
            place = Int(nodes[place].behind)
        }
        return nil
    }
}
