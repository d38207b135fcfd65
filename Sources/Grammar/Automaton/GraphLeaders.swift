/// For each node of a graph, the nodes that lead to it directly: all lists one behind the other.
struct GraphLeaders {
    private let nodes: [Int32]
    /// Where the list of each node begins, and where the last one ends.
    private let begins: [Int32]

    /// The leaders of all nodes.
    init(_ graph: GrammarGraph) {
        var begins = [Int32](repeating: 0, count: graph.nodes.count + 1)
        for node in graph.nodes.indices { graph.forEachSuccessor(of: node) { begins[Int($0)] += 1 } }
        var sum: Int32 = 0
        for node in begins.indices {
            sum += begins[node]
            begins[node] = sum
        }
        var nodes = [Int32](repeating: 0, count: Int(sum))
        // Each list is filled from its end, so that its beginning is known when it is full.
        for node in graph.nodes.indices.reversed() {
            graph.forEachSuccessor(of: node) {
                begins[Int($0)] -= 1
                nodes[Int(begins[Int($0)])] = Int32(node)
            }
        }
        self.nodes = nodes
        self.begins = begins
    }

    /// The nodes that lead to one.
    subscript(node: Int32) -> ArraySlice<Int32> { nodes[Int(begins[Int(node)])..<Int(begins[Int(node) + 1])] }
}
