/// Tokens in the order of their bytes, as a tree that is walked from front to back.
struct VocabularyTrie: Sendable {
    /// A byte of the tree: the place behind its subtree, the token that ends here, its depth and the byte itself.
    struct Node: Sendable {
        /// The node behind everything below this one.
        var behind: Int32
        /// Where the tokens that end here begin in `tokens`.
        var token: Int32
        /// How many tokens end here.
        var tokenCount: UInt16
        /// How many bytes are above.
        var depth: UInt16
        var byte: UInt8
    }

    /// Tokens longer than this are left out: no model has them, and depths stay small.
    static let longestBytes = 1024

    private(set) var nodes: [Node] = []
    private(set) var tokens: [Int32] = []
    /// Bytes of the longest token.
    private(set) var depth = 0

    /// A tree of tokens that come in the order of their bytes.
    init(ordered: [Int32], texts: TokenBytes) {
        var path: [Int32] = []
        for token in ordered {
            let text = texts[token]
            guard !text.isEmpty, text.count <= Self.longestBytes else { continue }
            var common = 0
            for (place, byte) in zip(path.indices, text) where nodes[Int(path[place])].byte == byte {
                guard common == place else { break }
                common = place + 1
            }
            close(&path, downTo: common)
            for byte in text.dropFirst(common) {
                let depth = UInt16(path.count)
                path.append(Int32(nodes.count))
                nodes.append(Node(behind: 0, token: 0, tokenCount: 0, depth: depth, byte: byte))
            }
            depth = max(depth, path.count)
            add(token, at: Int(path[path.count - 1]))
        }
        close(&path, downTo: 0)
    }

    private mutating func add(_ token: Int32, at node: Int) {
        guard nodes[node].tokenCount < .max else { return }
        if nodes[node].tokenCount == 0 { nodes[node].token = Int32(tokens.count) }
        nodes[node].tokenCount += 1
        tokens.append(token)
    }

    private mutating func close(_ path: inout [Int32], downTo depth: Int) {
        while path.count > depth { nodes[Int(path.removeLast())].behind = Int32(nodes.count) }
    }

    /// The node of exactly these bytes.
    func node(of bytes: some Collection<UInt8>) -> Int? {
        var low = 0
        var end = nodes.count
        var found: Int?
        for byte in bytes {
            guard let next = child(byte, from: low, to: end) else { return nil }
            found = next
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

    /// The longest token that `bytes` begin with.
    func longestToken(of bytes: [UInt8]) -> Int32? {
        var low = 0
        var end = nodes.count
        var found: Int32?
        for byte in bytes {
            guard let next = child(byte, from: low, to: end) else { break }
            if nodes[next].tokenCount > 0 { found = tokens[Int(nodes[next].token)] }
            low = next + 1
            end = Int(nodes[next].behind)
        }
        return found
    }
}
