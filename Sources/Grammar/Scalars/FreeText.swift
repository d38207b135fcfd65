/// Texts that are free but for strings that must not occur in them.
package enum FreeText {
    /// The automaton of all byte strings that contain none of the strings (the complement of the automaton of Aho and
    /// Corasick). An empty string occurs in every text, so that nothing is accepted then.
    package static func without(_ strings: [[UInt8]]) -> ByteAutomaton {
        let trie = Trie(strings)
        guard !trie.nodes[0].isForbidden else {
            return ByteAutomaton(states: [.init(edges: [], isAccepting: false)])
        }
        return ByteAutomaton(
            states: trie.nodes.map { node in
                node.isForbidden
                    ? .init(edges: [], isAccepting: false)
                    : .init(edges: edges(node.targets, in: trie), isAccepting: true)
            })
    }

    private static func edges(_ targets: [Int], in trie: Trie) -> [ByteAutomaton.Edge] {
        var edges: [ByteAutomaton.Edge] = []
        var first = 0
        for byte in 0..<256 where byte == 255 || targets[byte + 1] != targets[byte] {
            if !trie.nodes[targets[byte]].isForbidden {
                let bytes = UInt8(truncatingIfNeeded: first)...UInt8(truncatingIfNeeded: byte)
                edges.append(.init(bytes: bytes, target: targets[byte]))
            }
            first = byte + 1
        }
        return edges
    }

    /// The beginnings of the strings, with where every byte leads from each.
    private struct Trie {
        struct Node {
            /// Where each byte leads; while the trie grows, 0 is nowhere.
            var targets = [Int](repeating: 0, count: 256)
            /// Whether one of the strings ends here.
            var isForbidden = false
        }

        var nodes = [Node()]

        init(_ strings: [[UInt8]]) {
            for string in strings { insert(string) }
            complete()
        }

        private mutating func insert(_ string: [UInt8]) {
            var node = 0
            for byte in string {
                if nodes[node].targets[Int(byte)] == 0 {
                    nodes.append(Node())
                    nodes[node].targets[Int(byte)] = nodes.count - 1
                }
                node = nodes[node].targets[Int(byte)]
            }
            nodes[node].isForbidden = true
        }

        /// Lets every byte without a branch lead where the longest shorter ending of the text leads.
        private mutating func complete() {
            var queue: [(node: Int, shorter: Int)] = nodes[0].targets.filter { $0 != 0 }.map { ($0, 0) }
            var next = 0
            while next < queue.count {
                let (node, shorter) = queue[next]
                next += 1
                if nodes[shorter].isForbidden { nodes[node].isForbidden = true }
                for byte in 0..<256 {
                    let fallback = nodes[shorter].targets[byte]
                    let branch = nodes[node].targets[byte]
                    if branch == 0 {
                        nodes[node].targets[byte] = fallback
                    } else {
                        queue.append((branch, fallback))
                    }
                }
            }
        }
    }
}
