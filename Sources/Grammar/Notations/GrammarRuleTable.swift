/// Collects the rules of a grammar by name, also those that are mentioned before they are defined.
struct GrammarRuleTable {
    /// The limits of the source.
    let limits: GrammarLimits
    private var names: [String: Int] = [:]
    private var rules: [GrammarDefinition.Rule] = []
    /// Where each rule was mentioned first.
    private var mentions: [Int] = []
    private var first: Int?
    private var isDefined: [Bool] = []
    private var nodes = 0

    /// An empty table.
    init(limits: GrammarLimits) { self.limits = limits }

    /// The number of a rule that is mentioned.
    mutating func reference(_ name: String, at place: Int) -> Int {
        if let known = names[name] { return known }
        names[name] = rules.count
        rules.append(.init(name: name, node: .choice([])))
        mentions.append(place)
        isDefined.append(false)
        return rules.count - 1
    }

    /// The number of a rule that is defined here.
    mutating func define(_ name: String, _ scanner: GBNFScanner, at place: Int) throws(GrammarError) -> Int {
        let index = reference(name, at: place)
        guard !isDefined[index] else { throw scanner.failure("the rule \(name) is defined twice", at: place) }
        isDefined[index] = true
        first = first ?? index
        try count(scanner)
        return index
    }

    /// Memory is taken for so many nodes at once.
    private static let nodesAtOnce = 256
    /// A form in a list of forms, with the rule that it may be, once as it is read and once tidied.
    private static let bytesPerNode = 256

    /// Gives a rule its form.
    mutating func set(_ index: Int, _ node: GrammarNode) { rules[index].node = node }

    /// Counts one more node.
    mutating func count(_ scanner: GBNFScanner) throws(GrammarError) {
        nodes += 1
        if nodes % Self.nodesAtOnce == 0 { try limits.memory?.take(Self.nodesAtOnce * Self.bytesPerNode) }
        guard nodes <= limits.nodes else { throw scanner.failure("more than \(limits.nodes) parts") }
    }

    /// The definition; its root is the first of the names that is defined, or else the first rule.
    func definition(
        roots: [String], _ scanner: GBNFScanner, _ budget: inout GrammarBudget
    ) throws(GrammarError) -> GrammarDefinition {
        if let index = isDefined.firstIndex(of: false) {
            throw scanner.failure("the rule \(rules[index].name) is not defined", at: mentions[index])
        }
        guard let first else { throw GrammarError(place: "", reason: "the grammar has no rules") }
        let root = roots.lazy.compactMap { names[$0] }.first ?? first
        let definition = try GrammarDefinition(rules: rules, root: .rule(root)).tidied(&budget)
        guard definition.root != .choice([]) else {
            throw GrammarError(place: "", reason: "no text has the form of the rule \(rules[root].name)")
        }
        return definition
    }
}

extension GrammarDefinition {
    /// The characters of a grammar's text, and the texts in it.
    private static let bytesPerByte = 8

    /// A grammar as text: GBNF (llama.cpp) or EBNF with `::=`, ISO EBNF (`name = … ;`), or rules with `:` as Lark has
    /// them.
    /// - Throws: what is wrong, with its line.
    package init(grammar: String, limits: GrammarLimits) throws(GrammarError) {
        guard grammar.utf8.count <= limits.sourceBytes else {
            throw GrammarError(place: "", reason: "a grammar longer than \(limits.sourceBytes) bytes")
        }
        try limits.memory?.take(grammar.utf8.count * Self.bytesPerByte)
        switch GrammarNotation(of: grammar) {
        case .bnf: self = try GBNFParser.parse(grammar, limits: limits)
        case .iso: self = try EBNFParser.parse(grammar, limits: limits)
        case .lark: self = try LarkParser.parse(grammar, limits: limits)
        }
    }
}

/// How a grammar is written, judged by what stands behind the name of its first rule.
private enum GrammarNotation {
    case bnf
    case iso
    case lark

    init(of source: String) {
        var scanner = GBNFScanner(source)
        while let next = scanner.peek() {
            if next == "#" || scanner.isNext("//") {
                scanner.skipLine()
            } else if scanner.take("(*") {
                _ = scanner.skip(past: "*)")
            } else if scanner.take("/*") {
                _ = scanner.skip(past: "*/")
            } else if next == "%" || next == "?" || next == "!" {
                self = .lark
                return
            } else if next.properties.isWhitespace || scanner.name() == nil {
                scanner.advance()
            } else {
                break
            }
        }
        while let next = scanner.peek(), next.properties.isWhitespace { scanner.advance() }
        if scanner.isNext("::=") {
            self = .bnf
        } else if scanner.isNext("=") {
            self = .iso
        } else {
            self = scanner.isNext(":") || scanner.isNext(".") ? .lark : .bnf
        }
    }
}
