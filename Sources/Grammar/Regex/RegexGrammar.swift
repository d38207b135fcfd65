extension GrammarDefinition {
    /// The part of the steps that making an expression's automaton may take: one in so many.
    private static let shareOfAutomaton = 6

    /// The texts that a regular expression describes from their beginning to their end.
    ///
    /// The dialect is that of ECMA-262. Expressions whose deterministic automaton would be too large are left to the
    /// automaton of the grammar, which is made as far as a text needs it.
    /// - Throws: what is not regular (back references, lookbehind, word boundaries), by name.
    package init(regex: String, limits: GrammarLimits) throws(GrammarError) {
        var budget = GrammarBudget(limits)
        let node = try RegexParser.parse(regex, budget: &budget)
        do throws(GrammarError) {
            let bytes = try budget.trying(share: Self.shareOfAutomaton) { budget throws(GrammarError) in
                let automaton = try RegexLookahead.automaton(of: node, isSearched: false, budget: &budget)
                guard !automaton.isEmpty else {
                    throw GrammarError(place: "", reason: "the regular expression matches no text")
                }
                return try ScalarEncoder.encode(automaton, spelling: .plain, isQuoted: false, budget: &budget)
            }
            self.init(rules: [], root: .automaton(bytes))
        } catch {
            guard !node.hasAnchors, error.cause == .size else { throw error }
            self.init(rules: [], root: node.grammarNode)
        }
    }

    /// One of the texts, to the letter.
    /// - Throws: ``GrammarError`` for no text at all, or more than the limits allow.
    package static func choice(_ texts: [String], limits: GrammarLimits) throws(GrammarError) -> GrammarDefinition {
        guard !texts.isEmpty else { throw GrammarError(place: "", reason: "a choice needs at least one text") }
        var budget = GrammarBudget(limits)
        try budget.spend(texts.reduce(0) { $0 + $1.utf8.count })
        let automaton = TextTrie.automaton(of: texts.map { Array($0.utf8) })
        try budget.keep(states: automaton.states.count)
        return GrammarDefinition(rules: [], root: .automaton(automaton))
    }
}

extension RegexNode {
    /// The form over bytes.
    fileprivate var grammarNode: GrammarNode {
        if let literal {
            return .bytes(Array(String(String.UnicodeScalarView(literal.compactMap(Unicode.Scalar.init))).utf8))
        }
        return switch self {
        case .scalars(let set): .scalar(set.ranges)
        case .sequence(let nodes): .sequence(nodes.map(\.grammarNode))
        case .choice(let nodes): .choice(nodes.map(\.grammarNode))
        case .several(let node, let atLeast, let atMost):
            .several(node.grammarNode, atLeast: atLeast, atMost: atMost)
        // Expressions with these are followed by their automaton, or not at all.
        case .start, .end, .look, .automaton: .sequence([])
        }
    }
}

/// Texts by their common beginnings.
enum TextTrie {
    /// The automaton that accepts exactly these byte strings.
    static func automaton(of strings: [[UInt8]]) -> ByteAutomaton {
        var states = [ByteAutomaton.State(edges: [], isAccepting: false)]
        /// The states on the way to the string before.
        var path = [0]
        var previous: [UInt8] = []
        for string in strings.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let common = zip(string, previous).prefix { $0 == $1 }.count
            path.removeLast(path.count - 1 - common)
            for byte in string.dropFirst(common) {
                states[path[path.count - 1]].edges.append(.init(bytes: byte...byte, target: states.count))
                path.append(states.count)
                states.append(ByteAutomaton.State(edges: [], isAccepting: false))
            }
            states[path[path.count - 1]].isAccepting = true
            previous = string
        }
        return ByteAutomaton(states: states)
    }
}
