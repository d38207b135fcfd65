/// Reads grammars in the notation of ISO 14977: `name = "a", { digit } | [ b ] ;` with `(* comments *)`.
struct EBNFParser {
    private var scanner: GBNFScanner
    private var table: GrammarRuleTable
    private var depth = 0

    private init(_ text: String, _ limits: GrammarLimits) {
        scanner = GBNFScanner(text)
        table = GrammarRuleTable(limits: limits)
    }

    /// The definition of a source.
    static func parse(_ text: String, limits: GrammarLimits) throws(GrammarError) -> GrammarDefinition {
        var parser = EBNFParser(text, limits)
        try parser.rules()
        var budget = GrammarBudget(limits)
        return try parser.table.definition(roots: ["root", "start"], parser.scanner, &budget)
    }

    private mutating func rules() throws(GrammarError) {
        try skipSpace()
        while !scanner.isAtEnd {
            let start = scanner.position
            guard let name = scanner.name() else { throw scanner.failure("the name of a rule is missing") }
            try skipSpace()
            guard scanner.take("=") else { throw scanner.failure("= is missing behind \(name)", at: start) }
            let index = try table.define(name, scanner, at: start)
            let node = try alternatives()
            guard scanner.take(";") || scanner.take(".") else {
                throw scanner.failure("the rule \(name) has no ; at its end", at: start)
            }
            table.set(index, node)
            try skipSpace()
        }
    }

    private mutating func alternatives() throws(GrammarError) -> GrammarNode {
        var branches = [try sequence()]
        while scanner.take("|") || scanner.take("/") || scanner.take("!") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(GrammarError) -> GrammarNode {
        var nodes: [GrammarNode] = []
        repeat {
            try skipSpace()
            // An empty place is the empty text.
            if let next = scanner.peek(), "|/!;.)]},".unicodeScalars.contains(next) { continue }
            nodes.append(try factor())
            try skipSpace()
            guard !scanner.isNext("-") else { throw scanner.failure("exceptions (A - B) are not supported") }
        } while scanner.take(",")
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func factor() throws(GrammarError) -> GrammarNode {
        try table.count(scanner)
        guard let times = try scanner.number() else { return try primary() }
        try skipSpace()
        guard scanner.take("*") else { throw scanner.failure("* is missing behind a number") }
        try skipSpace()
        return .several(try primary(), atLeast: times, atMost: times)
    }

    private mutating func primary() throws(GrammarError) -> GrammarNode {
        let start = scanner.position
        for (open, close) in [("(", ")"), ("[", "]"), ("{", "}")] where scanner.take(open) {
            depth += 1
            defer { depth -= 1 }
            guard depth <= table.limits.depth else {
                throw scanner.failure("groups nested deeper than \(table.limits.depth)")
            }
            let node = try alternatives()
            guard scanner.take(close) else { throw scanner.failure("\(open) without \(close)", at: start) }
            switch open {
            case "[": return .several(node, atLeast: 0, atMost: 1)
            case "{": return .several(node, atLeast: 0, atMost: nil)
            default: return node
            }
        }
        for quote in ["\"", "'"] where scanner.take(quote) {
            return .bytes(Array(try scanner.plainLiteral(until: quote).utf8))
        }
        guard !scanner.isNext("?") else { throw scanner.failure("special sequences (? … ?) are not supported") }
        guard let name = scanner.name() else {
            throw scanner.failure(scanner.isAtEnd ? "the rule has no end" : "an unexpected character")
        }
        return .rule(table.reference(name, at: start))
    }

    private mutating func skipSpace() throws(GrammarError) {
        while let next = scanner.peek() {
            if next.properties.isWhitespace {
                scanner.advance()
            } else if scanner.isNext("(*") {
                guard scanner.skip(past: "*)") else { throw scanner.failure("a comment without its end") }
            } else {
                return
            }
        }
    }
}

extension GBNFScanner {
    /// The characters up to a quote, which nothing escapes.
    fileprivate mutating func plainLiteral(until quote: String) throws(GrammarError) -> String {
        let start = position
        var text = ""
        while let next = peek(), !isNext(quote) {
            text.unicodeScalars.append(next)
            advance()
        }
        guard take(quote) else { throw failure("a literal without its closing \(quote)", at: start) }
        return text
    }
}
