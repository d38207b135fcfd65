import Grammar

/// What a grammar allows, worked out the slow way: by derivatives of the definition, a symbol at a time.
struct DerivativeOracle {
    /// What a text is made of.
    enum Symbol: Hashable {
        case byte(UInt8)
        case token(Int32)
    }

    let definition: GrammarDefinition
    private let productive: [Bool]
    private let nullable: [Bool]

    init(_ definition: GrammarDefinition) {
        self.definition = definition
        let rules = definition.rules
        var productive = [Bool](repeating: false, count: rules.count)
        var nullable = productive
        for _ in 0...rules.count {
            for index in rules.indices {
                if Self.isProductive(rules[index].node, productive) { productive[index] = true }
                if Self.isNullable(rules[index].node, nullable) { nullable[index] = true }
            }
        }
        self.productive = productive
        self.nullable = nullable
    }

    /// Whether some text can be finished from here.
    func isProductive(_ node: GrammarNode) -> Bool { Self.isProductive(node, productive) }

    /// Whether the text may end here.
    func isNullable(_ node: GrammarNode) -> Bool { Self.isNullable(node, nullable) }

    /// Whether a rule that the root needs begins with itself.
    var isLeftRecursive: Bool {
        var begins = definition.rules.map { beginnings($0.node) }
        for middle in begins.indices {
            for index in begins.indices where begins[index].contains(middle) { begins[index].formUnion(begins[middle]) }
        }
        return begins.indices.contains { begins[$0].contains($0) }
    }

    private func beginnings(_ node: GrammarNode) -> Set<Int> {
        guard isProductive(node) else { return [] }
        switch node {
        case .bytes, .byte, .scalar, .automaton, .token: return []
        case .rule(let index): return [index]
        case .choice(let nodes): return nodes.reduce(into: []) { $0.formUnion(beginnings($1)) }
        case .several(let node, _, let most): return most == 0 ? [] : beginnings(node)
        case .sequence(let nodes):
            var found: Set<Int> = []
            for node in nodes {
                found.formUnion(beginnings(node))
                if !isNullable(node) { break }
            }
            return found
        }
    }

    /// What must follow after a symbol.
    func derivative(_ node: GrammarNode, by symbol: Symbol) -> GrammarNode {
        guard isProductive(node) else { return .choice([]) }
        switch node {
        case .bytes(let bytes):
            guard case .byte(let byte) = symbol, bytes.first == byte else { return .choice([]) }
            return .bytes(Array(bytes.dropFirst()))
        case .byte(let set):
            guard case .byte(let byte) = symbol, set.contains(byte) else { return .choice([]) }
            return .sequence([])
        case .scalar(let ranges):
            guard case .byte(let byte) = symbol else { return .choice([]) }
            let texts = ranges.flatMap { $0 }.compactMap { Unicode.Scalar($0) }.map { Array(String($0).utf8) }
            return Self.choice(texts.filter { $0.first == byte }.map { .bytes(Array($0.dropFirst())) })
        case .token(let token): return symbol == .token(token) ? .sequence([]) : .choice([])
        case .rule(let index): return derivative(definition.rules[index].node, by: symbol)
        case .choice(let nodes): return Self.choice(nodes.map { derivative($0, by: symbol) })
        case .several(let body, let least, let most):
            if most == 0 { return .choice([]) }
            let rest = GrammarNode.several(body, atLeast: max(0, least - 1), atMost: most.map { $0 - 1 })
            return Self.sequence([derivative(body, by: symbol), rest])
        case .sequence(let nodes):
            var branches: [GrammarNode] = []
            for (place, node) in nodes.enumerated() {
                branches.append(Self.sequence([derivative(node, by: symbol)] + nodes[(place + 1)...]))
                if !isNullable(node) { break }
            }
            return Self.choice(branches)
        case .automaton(let automaton):
            guard case .byte(let byte) = symbol,
                let edge = automaton.states[0].edges.first(where: { $0.bytes.contains(byte) })
            else { return .choice([]) }
            return .automaton(Self.started(automaton, at: edge.target))
        }
    }

    /// The same automaton, begun at another state.
    private static func started(_ automaton: ByteAutomaton, at state: Int) -> ByteAutomaton {
        var states = automaton.states
        states.swapAt(0, state)
        for index in states.indices {
            states[index].edges = states[index].edges.map { edge in
                let target = edge.target == 0 ? state : edge.target == state ? 0 : edge.target
                return .init(bytes: edge.bytes, target: target)
            }
        }
        return ByteAutomaton(states: states)
    }

    private static func choice(_ nodes: [GrammarNode]) -> GrammarNode {
        var seen: Set<GrammarNode> = []
        let kept = nodes.filter { $0 != .choice([]) && seen.insert($0).inserted }
        return kept.count == 1 ? kept[0] : .choice(kept)
    }

    private static func sequence(_ nodes: [GrammarNode]) -> GrammarNode {
        if nodes.contains(.choice([])) { return .choice([]) }
        return .sequence(nodes.filter { $0 != .sequence([]) && $0 != .bytes([]) })
    }

    private static func isProductive(_ node: GrammarNode, _ rules: [Bool]) -> Bool {
        switch node {
        case .bytes, .token: true
        case .byte(let set): !set.isEmpty
        case .scalar(let ranges): !ranges.isEmpty
        case .rule(let index): rules[index]
        case .choice(let nodes): nodes.contains { isProductive($0, rules) }
        case .sequence(let nodes): nodes.allSatisfy { isProductive($0, rules) }
        case .several(let node, let least, _): least == 0 || isProductive(node, rules)
        case .automaton(let automaton): reachable(in: automaton).contains { automaton.states[$0].isAccepting }
        }
    }

    private static func reachable(in automaton: ByteAutomaton) -> Set<Int> {
        var found: Set<Int> = [0]
        var waiting = [0]
        while let state = waiting.popLast() {
            for edge in automaton.states[state].edges where found.insert(edge.target).inserted {
                waiting.append(edge.target)
            }
        }
        return found
    }

    /// How many nodes there are, for an end to answers whose derivatives grow.
    static func size(_ node: GrammarNode) -> Int {
        switch node {
        case .sequence(let nodes), .choice(let nodes): nodes.reduce(1) { $0 + size($1) }
        case .several(let node, _, _): 1 + size(node)
        default: 1
        }
    }

    private static func isNullable(_ node: GrammarNode, _ rules: [Bool]) -> Bool {
        switch node {
        case .byte, .scalar, .token: false
        case .bytes(let bytes): bytes.isEmpty
        case .rule(let index): rules[index]
        case .choice(let nodes): nodes.contains { isNullable($0, rules) }
        case .sequence(let nodes): nodes.allSatisfy { isNullable($0, rules) }
        case .several(let node, let least, _): least == 0 || isNullable(node, rules)
        case .automaton(let automaton): automaton.states[0].isAccepting
        }
    }
}

extension DerivativeOracle {
    /// Derivatives larger than this are not followed.
    private static let mostNodes = 150

    /// The tokens that may follow where `node` must; nil if derivatives grow too large.
    func allowed(_ node: GrammarNode, _ texts: [[UInt8]], endTokens: [Int32]) -> Set<Int32>? {
        var allowed: Set<Int32> = isNullable(node) ? Set(endTokens) : []
        for token in texts.indices where !endTokens.contains(Int32(token)) {
            guard let rest = after(Int32(token), node, texts) else { return nil }
            if isProductive(rest) { allowed.insert(Int32(token)) }
        }
        return allowed
    }

    /// What must follow after a token, by its text or as a token that is named; nil if it grows too large.
    func after(_ token: Int32, _ node: GrammarNode, _ texts: [[UInt8]]) -> GrammarNode? {
        let named = derivative(node, by: .token(token))
        guard !texts[Int(token)].isEmpty else { return named }
        var read = node
        for byte in texts[Int(token)] {
            read = derivative(read, by: .byte(byte))
            guard Self.size(read) <= Self.mostNodes else { return nil }
        }
        return Self.choice([named, read].filter { isProductive($0) })
    }
}
