/// Lookahead by automata: `^(?!.*x)[a-z]+$` describes the texts of `[a-z]+` that are no texts of `.*x.*`.
///
/// From the place of a lookahead to its end, the text must be in two languages at once, or in the one and not in the
/// other; the rest of the expression behind that place is replaced by the automaton of both. Where alternatives look
/// ahead, each is taken for itself.
enum RegexLookahead {
    /// Alternatives that are taken for themselves at most.
    private static let mostBranches = 64

    /// The automaton of the texts that an expression describes, or in which it is found anywhere.
    /// - Throws: for lookahead inside repetitions, and where `^` stands behind the beginning together with lookahead.
    static func automaton(
        of node: RegexNode, isSearched: Bool, budget: inout GrammarBudget
    ) throws(GrammarError) -> ScalarAutomaton {
        guard node.hasLooks else {
            return try isSearched
                ? ScalarAutomaton(searching: node, budget: &budget) : ScalarAutomaton(node, budget: &budget)
        }
        var result: ScalarAutomaton?
        for branch in try branches(of: node) {
            let texts = try automaton(of: branch, isSearched: isSearched, budget: &budget)
            if let before = result {
                result = try before.union(texts, budget: &budget)
            } else {
                result = texts
            }
        }
        guard let result else { return try ScalarAutomaton(.choice([]), budget: &budget) }
        return result
    }

    /// The alternatives of an expression as sequences in which no lookahead stands deeper.
    private static func branches(of node: RegexNode) throws(GrammarError) -> [[RegexNode]] {
        guard node.hasLooks else { return [[node]] }
        switch node {
        case .sequence(let nodes):
            var found: [[RegexNode]] = [[]]
            for part in nodes {
                let ends = try branches(of: part)
                found = found.flatMap { start in ends.map { start + $0 } }
                guard found.count <= mostBranches else { throw tooMany }
            }
            return found
        case .choice(let nodes):
            var found: [[RegexNode]] = []
            for part in nodes { found += try branches(of: part) }
            guard found.count <= mostBranches else { throw tooMany }
            return found
        case .several(let part, 0, 1): return try [[]] + branches(of: part)
        case .several:
            guard Repetition(node) != nil else { throw refusal("lookahead inside a repetition is not supported") }
            return [[node]]
        default: return [[node]]
        }
    }

    /// The automaton of a sequence, worked out from its end.
    private static func automaton(
        of sequence: [RegexNode], isSearched: Bool, budget: inout GrammarBudget
    ) throws(GrammarError) -> ScalarAutomaton {
        var sequence = sequence
        let isAnchored = sequence.first == .start
        if isAnchored { sequence.removeFirst() }
        if isSearched, !isAnchored { sequence.insert(.anything, at: 0) }
        var rest: [RegexNode] = isSearched ? [.anything] : []
        for (index, node) in sequence.enumerated().reversed() {
            if node.hasLooks, let repetition = Repetition(node) {
                guard rest.first == .end, !repetition.ahead.hasStart else {
                    throw refusal("lookahead inside a repetition is supported only before the end of the text")
                }
                rest = [.automaton(try automaton(of: repetition, budget: &budget))]
                continue
            }
            guard case .look(let ahead, let isNegated) = node else {
                rest.insert(node, at: 0)
                continue
            }
            let isAtStart = sequence[..<index].allSatisfy { $0 == .start || $0.hasLooks }
            guard isAtStart || !ahead.hasStart && !rest.contains(where: \.hasStart) else {
                throw refusal("^ behind the beginning of the text is not supported besides lookahead")
            }
            let following = try ScalarAutomaton(.sequence(rest), budget: &budget)
            let seen = try automaton(of: .sequence([ahead, .anything]), isSearched: false, budget: &budget)
            let both =
                try isNegated
                ? following.subtracting(seen, budget: &budget) : following.intersection(seen, budget: &budget)
            rest = [.automaton(try both.minimised(budget: &budget))]
        }
        if rest.count == 1, case .automaton(let whole) = rest[0] { return whole }
        return try ScalarAutomaton(.sequence(rest), budget: &budget)
    }

    /// One of a set of characters again and again, each time with a lookahead before it: `((?!x).)*`.
    private struct Repetition {
        let ahead: RegexNode
        let isNegated: Bool
        /// The characters, as often as they may follow each other.
        let characters: RegexNode

        init?(_ node: RegexNode) {
            guard case .several(.sequence(let body), let atLeast, let atMost) = node, body.count == 2,
                case .look(let ahead, let isNegated) = body[0], case .scalars = body[1]
            else { return nil }
            self.ahead = ahead
            self.isNegated = isNegated
            characters = .several(body[1], atLeast: atLeast, atMost: atMost)
        }
    }

    /// The automaton of a repetition behind which the text ends: what the lookahead forbids begins nowhere in it.
    private static func automaton(
        of repetition: Repetition, budget: inout GrammarBudget
    ) throws(GrammarError) -> ScalarAutomaton {
        let some = try ScalarAutomaton(.several(.scalars(.all), atLeast: 1, atMost: nil), budget: &budget)
        let seen = try automaton(of: .sequence([repetition.ahead, .anything]), isSearched: false, budget: &budget)
        let forbidden =
            try repetition.isNegated
            ? some.intersection(seen, budget: &budget) : some.subtracting(seen, budget: &budget)
        let anywhere = try ScalarAutomaton(.sequence([.anything, .automaton(forbidden)]), budget: &budget)
        return try ScalarAutomaton(repetition.characters, budget: &budget).subtracting(anywhere, budget: &budget)
            .minimised(budget: &budget)
    }

    private static var tooMany: GrammarError {
        GrammarError(
            place: "", reason: "too complicated: more than \(mostBranches) alternatives with lookahead", cause: .size)
    }

    private static func refusal(_ reason: String) -> GrammarError {
        GrammarError(place: "", reason: "regular expression: " + reason)
    }
}
