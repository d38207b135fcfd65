/// Makes the graph of a definition, each node with what follows it already made.
struct GraphBuilder {
    /// Copies of a form up to this many nodes together stand in the graph; beyond, a counter does.
    private static let copiedNodes = 32

    private let definition: GrammarDefinition
    private let limits: AutomatonLimits
    private let vocabulary: Int
    private(set) var graph = GrammarGraph()
    private var place = ""
    private var known: [[GrammarGraph.Edge]: Int32] = [:]
    private let time: ProcessorAllowance?
    private var nextLook = 0
    /// The size of the graph for which memory is taken.
    private var paidSize = 0
    /// Nodes that are free of the clock, so that what is small compiles on the slowest machine.
    private static let nodesBeforeTime = 50_000
    /// Memory is taken for so much of the graph at once.
    private static let sizeAtOnce = 4096
    /// Bytes for each node, edge and branch while they are made, trimmed, and copied, by measurement.
    private static let bytesPerPart = 48

    /// A builder of a definition over a vocabulary of this many tokens.
    init(_ definition: GrammarDefinition, limits: AutomatonLimits, vocabulary: Int, time: ProcessorAllowance?) {
        self.time = time
        self.definition = definition
        self.limits = limits
        self.vocabulary = vocabulary
    }

    /// Builds everything.
    mutating func build() throws(GrammarError) {
        for _ in definition.rules { graph.rules.append(try add(.fail)) }
        for (index, rule) in definition.rules.enumerated() {
            place = rule.name
            let body = try compile(rule.node, next: GrammarGraph.end, depth: 0)
            set(graph.rules[index], to: [body])
        }
        place = ""
        graph.root = try compile(definition.root, next: GrammarGraph.end, depth: 0)
        limits.memory?.keep(graph.bytes)
    }

    /// The node at which `node` begins, if `next` follows it.
    private mutating func compile(_ node: GrammarNode, next: Int32, depth: Int) throws(GrammarError) -> Int32 {
        guard depth < limits.depth else { throw refusal("is nested more than \(limits.depth) levels deep") }
        if graph.nodes.count >= nextLook {
            nextLook = graph.nodes.count + 1024
            if let time, time.isUsedUp, graph.nodes.count > Self.nodesBeforeTime { throw time.refusal }
        }
        switch node {
        case .bytes(let bytes): return try literal(bytes, next: next)
        case .byte(let set): return try bytes(of: set, next: next)
        case .scalar(let ranges): return try scalar(ranges, next: next)
        case .sequence(let nodes):
            var following = next
            for node in nodes.reversed() { following = try compile(node, next: following, depth: depth + 1) }
            return following
        case .choice(let nodes): return try choice(nodes, next: next, depth: depth)
        case .several(let node, let atLeast, let atMost):
            guard atLeast >= 0, atLeast <= atMost ?? atLeast, atLeast < Int32.max else {
                throw refusal("repeats from \(atLeast) to \(atMost ?? atLeast) times, which cannot be")
            }
            return try several(node, (atLeast, atMost), next: next, depth: depth)
        case .rule(let index):
            guard graph.rules.indices.contains(index) else { throw refusal("names rule \(index), which is not there") }
            if next == GrammarGraph.end { return graph.rules[index] }
            return try add(.call(graph.rules[index], next: next))
        case .automaton(let automaton): return try embed(automaton, next: next)
        case .token(let token):
            guard token >= 0, token < vocabulary else { return try add(.fail) }
            return try add(.token(token, next: next))
        }
    }

    private mutating func literal(_ bytes: [UInt8], next: Int32) throws(GrammarError) -> Int32 {
        var following = next
        for byte in bytes.reversed() {
            following = try addEdges([.init(low: byte, high: byte, target: following)])
        }
        return following
    }

    private mutating func bytes(of set: ByteSet, next: Int32) throws(GrammarError) -> Int32 {
        var edges: [GrammarGraph.Edge] = []
        for byte in UInt8.min...UInt8.max where set.contains(byte) {
            if let last = edges.last, last.high + 1 == byte {
                edges[edges.count - 1].high = byte
            } else {
                edges.append(.init(low: byte, high: byte, target: next))
            }
        }
        return try addEdges(edges)
    }

    /// The characters as sequences of bytes whose common beginnings and ends are shared.
    private mutating func scalar(_ ranges: [ClosedRange<UInt32>], next: Int32) throws(GrammarError) -> Int32 {
        known.removeAll(keepingCapacity: true)
        let sequences = ranges.flatMap { ByteSequence.covering($0) }
        return try characters(sequences[...], at: 0, next: next)
    }

    /// The node that reads the sequences' bytes from the one at `place` on; the sequences agree in all before.
    private mutating func characters(
        _ sequences: ArraySlice<ByteSequence>, at place: Int, next: Int32
    ) throws(GrammarError) -> Int32 {
        var edges: [GrammarGraph.Edge] = []
        var rest = sequences
        while let first = rest.first {
            let range = first.ranges[place]
            let group = rest.prefix { $0.ranges[place] == range }
            rest = rest.dropFirst(group.count)
            let isLast = first.ranges.count == place + 1
            let target = isLast ? next : try characters(group, at: place + 1, next: next)
            if let last = edges.last, last.target == target, last.high < range.lowerBound,
                last.high + 1 == range.lowerBound
            {
                edges[edges.count - 1].high = range.upperBound
            } else {
                edges.append(.init(low: range.lowerBound, high: range.upperBound, target: target))
            }
        }
        if let same = known[edges] { return same }
        let node = try addEdges(edges)
        known[edges] = node
        return node
    }

    private mutating func choice(_ nodes: [GrammarNode], next: Int32, depth: Int) throws(GrammarError) -> Int32 {
        var literals: [[UInt8]] = []
        var branches: [Int32] = []
        for node in nodes {
            if case .bytes(let bytes) = node {
                literals.append(bytes)
            } else {
                branches.append(try compile(node, next: next, depth: depth + 1))
            }
        }
        if !literals.isEmpty { branches.append(try alternatives(literals, next: next)) }
        return branches.count == 1 ? branches[0] : try split(branches)
    }

    /// Several texts, with common beginnings shared.
    private mutating func alternatives(_ texts: [[UInt8]], next: Int32) throws(GrammarError) -> Int32 {
        if texts.count == 1 { return try literal(texts[0], next: next) }
        /// Nodes on the way to the text at hand, each with what has been made behind it.
        var path: [(edges: [GrammarGraph.Edge], isEnd: Bool)] = [([], false)]
        var previous: [UInt8] = []
        for text in texts.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let common = zip(text, previous).prefix { $0 == $1 }.count
            try close(&path, previous, downTo: common, next: next)
            for _ in common..<text.count { path.append(([], false)) }
            path[path.count - 1].isEnd = true
            previous = text
        }
        try close(&path, previous, downTo: 0, next: next)
        return try finished(path[0], next: next)
    }

    private mutating func close(
        _ path: inout [(edges: [GrammarGraph.Edge], isEnd: Bool)], _ text: [UInt8], downTo depth: Int, next: Int32
    ) throws(GrammarError) {
        while path.count > depth + 1 {
            let target = try finished(path.removeLast(), next: next)
            let byte = text[path.count - 1]
            path[path.count - 1].edges.append(.init(low: byte, high: byte, target: target))
        }
    }

    private mutating func finished(
        _ node: (edges: [GrammarGraph.Edge], isEnd: Bool), next: Int32
    ) throws(GrammarError) -> Int32 {
        if node.edges.isEmpty { return next }
        let reading = try addEdges(node.edges)
        return node.isEnd ? try split([reading, next]) : reading
    }

    private mutating func several(
        _ node: GrammarNode, _ bounds: (least: Int, most: Int?), next: Int32, depth: Int
    ) throws(GrammarError) -> Int32 {
        if case .several(let inner, let least, let most?) = node,
            let joined = RepetitionBounds.product((least, most), bounds)
        {
            return try several(inner, joined, next: next, depth: depth + 1)
        }
        let copies = bounds.most ?? bounds.least
        if copies > 1, node.weight(atMost: Self.copiedNodes) > Self.copiedNodes / copies {
            return try counted(node, bounds, next: next, depth: depth)
        }
        var following = next
        var required = bounds.least
        if let most = bounds.most {
            for _ in bounds.least..<most {
                following = try split([try compile(node, next: following, depth: depth + 1), next])
            }
        } else {
            let loop = try add(.fail)
            let body = try compile(node, next: loop, depth: depth + 1)
            set(loop, to: [body, next])
            following = required == 0 ? loop : body
            required = max(0, required - 1)
        }
        for _ in 0..<required { following = try compile(node, next: following, depth: depth + 1) }
        return following
    }

    private mutating func counted(
        _ node: GrammarNode, _ bounds: (least: Int, most: Int?), next: Int32, depth: Int
    ) throws(GrammarError) -> Int32 {
        let index = graph.counters.count
        let most = bounds.most.map { Int32(clamping: min($0, Int(Int32.max) - 1)) } ?? Int32.max
        graph.counters.append(
            .init(least: Int32(bounds.least), most: most, body: GrammarGraph.end, exit: next, loop: GrammarGraph.end))
        let loop = try add(.loop(Int32(index)))
        graph.counters[index].loop = loop
        graph.counters[index].body = try compile(node, next: loop, depth: depth + 1)
        return try add(.enter(Int32(index)))
    }

    private mutating func embed(_ automaton: ByteAutomaton, next: Int32) throws(GrammarError) -> Int32 {
        let first = graph.nodes.count
        for _ in automaton.states { _ = try add(.fail) }
        for (index, state) in automaton.states.enumerated() {
            var edges: [GrammarGraph.Edge] = []
            for edge in state.edges {
                guard automaton.states.indices.contains(edge.target) else {
                    throw refusal("has an automaton that leads to state \(edge.target), which is not there")
                }
                edges.append(
                    .init(low: edge.bytes.lowerBound, high: edge.bytes.upperBound, target: Int32(first + edge.target)))
            }
            let reading = try addEdges(edges)
            set(Int32(first + index), to: state.isAccepting ? [reading, next] : [reading])
        }
        return Int32(first)
    }

    private mutating func split(_ branches: [Int32]) throws(GrammarError) -> Int32 {
        let node = try add(.fail)
        set(node, to: branches)
        return node
    }

    /// Lets a node lead to these without reading.
    private mutating func set(_ node: Int32, to branches: [Int32]) {
        graph.nodes[Int(node)] = .split(first: Int32(graph.branches.count), count: Int32(branches.count))
        graph.branches += branches
    }

    private mutating func addEdges(_ edges: [GrammarGraph.Edge]) throws(GrammarError) -> Int32 {
        let first = Int32(graph.edges.count)
        graph.edges += edges
        return try add(.bytes(first: first, count: Int32(edges.count)))
    }

    private mutating func add(_ node: GrammarGraph.Node) throws(GrammarError) -> Int32 {
        guard graph.size < limits.nodes else { throw refusal("makes the grammar larger than \(limits.nodes) nodes") }
        if graph.size - paidSize >= Self.sizeAtOnce {
            try limits.memory?.take((graph.size - paidSize) * Self.bytesPerPart)
            paidSize = graph.size
        }
        graph.nodes.append(node)
        return Int32(graph.nodes.count - 1)
    }

    private func refusal(_ reason: String) -> GrammarError {
        GrammarError(place: place, reason: place.isEmpty ? "the grammar " + reason : "rule '\(place)' " + reason)
    }
}

extension GrammarNode {
    /// About how many nodes of a graph the form takes, counted up to one more than `bound`.
    fileprivate func weight(atMost bound: Int) -> Int {
        switch self {
        case .bytes(let bytes): return min(bytes.count, bound + 1)
        case .byte, .token, .rule: return 1
        case .scalar(let ranges): return ranges.allSatisfy { $0.upperBound < 0x80 } ? 1 : 4
        case .automaton(let automaton): return min(automaton.states.count, bound + 1)
        case .several(let node, let atLeast, let atMost):
            let copies = max(1, min(atMost ?? atLeast, bound + 1))
            return min(1 + node.weight(atMost: bound) * copies, bound + 1)
        case .sequence(let nodes), .choice(let nodes):
            var weight = 0
            for node in nodes where weight <= bound { weight += node.weight(atMost: bound) }
            return min(weight, bound + 1)
        }
    }
}
