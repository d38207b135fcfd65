/// Takes out of a graph what no text can be finished from, and refuses rules that begin with themselves.
struct GraphTrimming {
    private var graph: GrammarGraph
    private let stackDepth: Int
    /// For each node, those that lead to it.
    private let leaders: GraphLeaders

    private init(_ graph: GrammarGraph, stackDepth: Int) {
        self.graph = graph
        self.stackDepth = stackDepth
        leaders = GraphLeaders(graph)
    }

    /// The graph without dead ends, ready to be run.
    static func trimmed(
        _ graph: GrammarGraph, of definition: GrammarDefinition, stackDepth: Int
    ) throws(GrammarError) -> GrammarGraph {
        var trimming = GraphTrimming(graph, stackDepth: stackDepth)
        trimming.findNeeds()
        guard trimming.graph.needs[Int(graph.root)] <= stackDepth else {
            throw GrammarError(place: "", reason: "no text can follow the grammar")
        }
        trimming.removeDeadEnds()
        let nullable = trimming.nullable()
        for index in trimming.graph.counters.indices where nullable[Int(trimming.graph.counters[index].body)] {
            trimming.graph.counters[index].least = 0
            trimming.graph.counters[index].isBodyNullable = true
        }
        if let rule = LeftRecursion.rule(in: trimming.graph, nullable: nullable) {
            let name = definition.rules[rule].name
            throw GrammarError(place: name, reason: "rule '\(name)' begins with itself (left recursion)")
        }
        trimming.findShortestRounds()
        trimming.graph.findClasses()
        return trimming.graph
    }

    /// What finishing from each node takes, smallest first: a node is done when its number is found.
    /// - Returns: numbers up to `most`; `Int32.max` for nodes that take more or cannot finish.
    private func cheapest(
        atMost most: Int, _ cost: (_ node: Int, _ found: Int, _ known: [Int32]) -> Int
    ) -> [Int32] {
        var known = [Int32](repeating: .max, count: graph.nodes.count)
        var waiting = [[Int32]](repeating: [], count: most + 1)
        for (node, kind) in graph.nodes.enumerated() {
            switch kind {
            case .end, .loop: waiting[0].append(Int32(node))
            default: break
            }
        }
        for number in waiting.indices {
            while let node = waiting[number].popLast() {
                guard known[Int(node)] == .max else { continue }
                known[Int(node)] = Int32(number)
                for leader in leaders[node] where known[Int(leader)] == .max {
                    let found = cost(Int(leader), number, known)
                    if found <= most { waiting[found].append(leader) }
                }
            }
        }
        return known
    }

    /// The frames that finishing from each node takes.
    private mutating func findNeeds() {
        let graph = graph
        self.graph.needs = cheapest(atMost: stackDepth) { node, found, known in
            switch graph.nodes[node] {
            case .end, .loop, .fail: Int.max
            case .bytes, .token, .split: found
            case .call(let entry, let next): Self.nested(known[Int(entry)], known[Int(next)])
            case .enter(let index):
                graph.counters[Int(index)].least == 0
                    ? Self.number(known[Int(graph.counters[Int(index)].exit)])
                    : Self.nested(
                        known[Int(graph.counters[Int(index)].body)], known[Int(graph.counters[Int(index)].exit)])
            }
        }
    }

    /// The bytes that a round of each counter takes at least.
    private mutating func findShortestRounds() {
        let graph = graph
        let lengths = cheapest(atMost: VocabularyTrie.longestBytes) { node, found, known in
            switch graph.nodes[node] {
            case .end, .loop, .fail: Int.max
            case .bytes, .token: found + 1
            case .split: found
            case .call(let entry, let next): Self.sum(known[Int(entry)], known[Int(next)])
            case .enter(let index):
                graph.counters[Int(index)].least == 0
                    ? Self.number(known[Int(graph.counters[Int(index)].exit)])
                    : Self.sum(known[Int(graph.counters[Int(index)].body)], known[Int(graph.counters[Int(index)].exit)])
            }
        }
        for index in graph.counters.indices {
            let body = lengths[Int(graph.counters[index].body)]
            self.graph.counters[index].shortest = min(max(body, 1), Int32(VocabularyTrie.longestBytes))
        }
    }

    private static func number(_ known: Int32) -> Int { known == .max ? Int.max : Int(known) }

    private static func nested(_ inside: Int32, _ behind: Int32) -> Int {
        inside == .max || behind == .max ? Int.max : max(Int(inside) + 1, Int(behind))
    }

    private static func sum(_ one: Int32, _ other: Int32) -> Int {
        one == .max || other == .max ? Int.max : Int(one) + Int(other)
    }

    private mutating func removeDeadEnds() {
        let needs = graph.needs
        let isDead = { (node: Int32) in needs[Int(node)] == .max }
        for node in graph.nodes.indices {
            switch graph.nodes[node] {
            case _ where isDead(Int32(node)): graph.nodes[node] = .fail
            case .bytes(let first, let count):
                let kept = graph.edges[GrammarGraph.span(first, count)].filter { !isDead($0.target) }
                graph.edges.replaceSubrange(Int(first)..<Int(first) + kept.count, with: kept)
                graph.nodes[node] = .bytes(first: first, count: Int32(kept.count))
            case .split(let first, let count):
                let kept = graph.branches[GrammarGraph.span(first, count)].filter { !isDead($0) }
                graph.branches.replaceSubrange(Int(first)..<Int(first) + kept.count, with: kept)
                graph.nodes[node] = .split(first: first, count: Int32(kept.count))
            case .enter(let index) where isDead(graph.counters[Int(index)].body):
                graph.nodes[node] = .split(first: Int32(graph.branches.count), count: 1)
                graph.branches.append(graph.counters[Int(index)].exit)
            default: break
            }
        }
    }

    /// Which nodes can finish their rule, or their round, without reading anything.
    private func nullable() -> [Bool] {
        var nullable = [Bool](repeating: false, count: graph.nodes.count)
        var found: [Int32] = []
        for (node, kind) in graph.nodes.enumerated() {
            switch kind {
            case .end, .loop: found.append(Int32(node))
            default: break
            }
        }
        while let node = found.popLast() {
            guard !nullable[Int(node)] else { continue }
            nullable[Int(node)] = true
            for leader in leaders[node] where !nullable[Int(leader)] {
                let isNullable =
                    switch graph.nodes[Int(leader)] {
                    case .split: true
                    case .call(let entry, let next): nullable[Int(entry)] && nullable[Int(next)]
                    case .enter(let index):
                        nullable[Int(graph.counters[Int(index)].exit)]
                            && (graph.counters[Int(index)].least == 0
                                || nullable[Int(graph.counters[Int(index)].body)])
                    default: false
                    }
                if isNullable { found.append(leader) }
            }
        }
        return nullable
    }
}
