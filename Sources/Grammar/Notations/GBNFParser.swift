/// Reads grammars of rules with `::=`: GBNF, as llama.cpp has it, and EBNF, as the W3C writes it.
struct GBNFParser {
    private var scanner: GBNFScanner
    private var table: GrammarRuleTable
    private var depth = 0

    private init(_ text: String, _ limits: GrammarLimits) {
        scanner = GBNFScanner(text)
        table = GrammarRuleTable(limits: limits)
    }

    /// The definition of a source.
    static func parse(_ text: String, limits: GrammarLimits) throws(GrammarError) -> GrammarDefinition {
        var parser = GBNFParser(text, limits)
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
            guard scanner.take("::=") else { throw scanner.failure("::= is missing behind \(name)", at: start) }
            let index = try table.define(name, scanner, at: start)
            try skipSpace()
            table.set(index, try alternatives())
            try skipSpace()
        }
    }

    private mutating func alternatives() throws(GrammarError) -> GrammarNode {
        var branches = [try sequence()]
        while scanner.take("|") {
            try skipSpace()
            branches.append(try sequence())
        }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(GrammarError) -> GrammarNode {
        var nodes: [GrammarNode] = []
        while let next = scanner.peek(), next != "|", next != ")", !isRuleNext() {
            var node = try item()
            while let (least, most) = try repetition() {
                node = .several(node, atLeast: least, atMost: most)
                try table.count(scanner)
            }
            nodes.append(node)
            try table.count(scanner)
            try skipSpace()
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    /// Whether the next rule begins here.
    private func isRuleNext() -> Bool {
        var ahead = scanner
        guard ahead.name() != nil else { return false }
        while let next = ahead.peek(), next.properties.isWhitespace { ahead.advance() }
        return ahead.isNext("::=")
    }

    private mutating func repetition() throws(GrammarError) -> (Int, Int?)? {
        if scanner.take("*") { return (0, nil) }
        if scanner.take("+") { return (1, nil) }
        if scanner.take("?") { return (0, 1) }
        guard scanner.take("{") else { return nil }
        try skipSpace()
        let least = try scanner.number()
        try skipSpace()
        var most = least
        if scanner.take(",") {
            try skipSpace()
            most = try scanner.number()
        } else if least == nil {
            throw scanner.failure("{ needs a number")
        }
        try skipSpace()
        guard scanner.take("}") else { throw scanner.failure("{ without }") }
        if let most, most < least ?? 0 { throw scanner.failure("{\(least ?? 0),\(most)} is empty") }
        return (least ?? 0, most)
    }

    private mutating func item() throws(GrammarError) -> GrammarNode {
        let start = scanner.position
        if scanner.take("\"") { return .bytes(Array(try scanner.literal(until: "\"").utf8)) }
        if scanner.take("'") { return .bytes(Array(try scanner.literal(until: "'").utf8)) }
        if scanner.take("[") { return try characterClass() }
        if scanner.take(".") { return .scalar(ScalarSet.all.ranges) }
        if scanner.take("(") { return try group(at: start) }
        if scanner.take("#x") { return .bytes(Array(String(try codePoint()).utf8)) }
        if scanner.take("<") { return try token(at: start) }
        if let name = scanner.name() { return .rule(table.reference(name, at: start)) }
        switch scanner.peek() {
        case "!": throw scanner.failure("negated tokens are not supported")
        case "-": throw scanner.failure("exceptions (A - B) are not supported")
        case "*", "+", "?", "{": throw scanner.failure("nothing to repeat")
        case let next?: throw scanner.failure("unexpected character \(next.escaped(asASCII: false))")
        case nil: throw scanner.failure("the rule has no end")
        }
    }

    private mutating func group(at start: Int) throws(GrammarError) -> GrammarNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= table.limits.depth else {
            throw scanner.failure("groups nested deeper than \(table.limits.depth)")
        }
        guard !scanner.isNext("?=") else { throw scanner.failure("lookahead is not supported") }
        try skipSpace()
        let node = try alternatives()
        guard scanner.take(")") else { throw scanner.failure("( without )", at: start) }
        return node
    }

    /// A token by its number: `<[1000]>`.
    private mutating func token(at start: Int) throws(GrammarError) -> GrammarNode {
        guard scanner.take("["), let number = try scanner.number(), scanner.take("]>") else {
            throw scanner.failure("tokens by their text (<…>) are not supported", at: start)
        }
        return .token(Int32(clamping: number))
    }

    /// Characters between brackets; the opening one is read.
    private mutating func characterClass() throws(GrammarError) -> GrammarNode {
        let start = scanner.position
        let isNegated = scanner.take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while !scanner.take("]") {
            guard !scanner.isAtEnd else { throw scanner.failure("[ without ]", at: start) }
            let first = try classMember().value
            guard scanner.peek() == "-", scanner.peek(1) != "]" else {
                ranges.append(first...first)
                continue
            }
            scanner.advance()
            let last = try classMember().value
            guard first <= last else { throw scanner.failure("a range that runs backwards") }
            ranges.append(first...last)
        }
        let set = ScalarSet(ranges)
        return .scalar((isNegated ? set.inverted : set).ranges)
    }

    private mutating func classMember() throws(GrammarError) -> Unicode.Scalar {
        if scanner.isNext("#x"), let digit = scanner.peek(2), GBNFScanner.digit(digit) != nil {
            scanner.advance(2)
            return try codePoint()
        }
        return try scanner.character()
    }

    /// The digits of `#x…`.
    private mutating func codePoint() throws(GrammarError) -> Unicode.Scalar {
        var value: UInt32 = 0
        while let next = scanner.peek(), GBNFScanner.digit(next) != nil {
            value = min(value << 4 | (try scanner.hexadecimal(1)), 0x110000)
        }
        return try scanner.scalar(value)
    }

    /// White space and comments: `# …` to the end of the line, `/* … */`.
    private mutating func skipSpace() throws(GrammarError) {
        while let next = scanner.peek() {
            if next.properties.isWhitespace {
                scanner.advance()
            } else if next == "#" {
                if scanner.peek(1) == "x", let digit = scanner.peek(2), GBNFScanner.digit(digit) != nil { return }
                scanner.skipLine()
            } else if scanner.isNext("/*") {
                guard scanner.skip(past: "*/") else { throw scanner.failure("a comment without its end") }
            } else {
                return
            }
        }
    }
}
