/// The white space between the tokens of JSON.
extension SchemaCompiler {
    /// What may stand after an opening bracket and a comma, and before a closing bracket.
    mutating func gap() throws(GrammarError) -> GrammarNode {
        try whitespace("white space", flexible: "(?: |\\r?\\n[ \\t]{0,64})?")
    }

    /// What may stand behind a colon.
    mutating func gapAfterColon() throws(GrammarError) -> GrammarNode {
        try whitespace("white space behind a colon", flexible: " ?")
    }

    private mutating func whitespace(_ name: String, flexible: String) throws(GrammarError) -> GrammarNode {
        if let known = namedRules[name] { return known }
        let node: GrammarNode
        switch options.whitespace {
        case .compact: node = .sequence([])
        case .flexible: node = add(name, try pattern(flexible))
        case .pattern(let source): node = add(name, try pattern(source))
        }
        namedRules[name] = node
        return node
    }

    private mutating func pattern(_ source: String) throws(GrammarError) -> GrammarNode {
        let node = try RegexParser.parse(source, budget: &budget)
        let automaton = try ScalarAutomaton(node, budget: &budget)
        let blank = RegexNode.several(.scalars(ScalarSet(" \t\n\r")), atLeast: 0, atMost: nil)
        let others = try ScalarAutomaton(blank, budget: &budget).complement(budget: &budget)
        guard try automaton.intersection(others, budget: &budget).isEmpty, !automaton.isEmpty else {
            throw GrammarError(place: "", reason: "a white space pattern must match spaces, tabs and line breaks only")
        }
        return .automaton(try ScalarEncoder.encode(automaton, spelling: .plain, isQuoted: false, budget: &budget))
    }
}
