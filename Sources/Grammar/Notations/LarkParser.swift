/// Reads grammars as Lark has them: `start: term ("+" term)*`, terminals with `/expressions/`.
///
/// What is ignored between tokens (`%ignore`) is not written: texts without it are in the language as well.
struct LarkParser {
    private var scanner: GBNFScanner
    private var table: GrammarRuleTable
    private var depth = 0
    private var budget: GrammarBudget

    private init(_ text: String, _ limits: GrammarLimits) {
        scanner = GBNFScanner(text)
        table = GrammarRuleTable(limits: limits)
        budget = GrammarBudget(limits)
    }

    /// The definition of a source.
    static func parse(_ text: String, limits: GrammarLimits) throws(GrammarError) -> GrammarDefinition {
        var parser = LarkParser(text, limits)
        try parser.statements()
        return try parser.table.definition(roots: ["start", "root"], parser.scanner, &parser.budget)
    }

    /// Terminals that `%import common.NAME` brings.
    private static let common: [String: String] = [
        "DIGIT": "[0-9]", "HEXDIGIT": "[0-9A-Fa-f]", "INT": "[0-9]+", "SIGNED_INT": "[+-]?[0-9]+",
        "DECIMAL": "[0-9]+\\.[0-9]*|\\.[0-9]+", "FLOAT": "(?:[0-9]+\\.[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
        "NUMBER": "(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
        "SIGNED_NUMBER": "[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
        "ESCAPED_STRING": "\"(?:[^\"\\\\\\n]|\\\\.)*\"", "LCASE_LETTER": "[a-z]", "UCASE_LETTER": "[A-Z]",
        "LETTER": "[A-Za-z]", "WORD": "[A-Za-z]+", "CNAME": "[A-Za-z_][A-Za-z0-9_]*", "WS_INLINE": "[ \\t]+",
        "WS": "[ \\t\\f\\r\\n]+", "NEWLINE": "(?:\\r?\\n)+", "CR": "\\r", "LF": "\\n",
    ]

    // MARK: Statements

    private mutating func statements() throws(GrammarError) {
        skipBlank()
        while !scanner.isAtEnd {
            if scanner.take("%") { try directive() } else { try rule() }
            skipBlank()
        }
    }

    private mutating func directive() throws(GrammarError) {
        let start = scanner.position
        let name = scanner.name() ?? ""
        switch name {
        case "ignore": scanner.skipLine()
        case "import": try importTerminals()
        default: throw scanner.failure("%\(name) is not supported", at: start)
        }
    }

    private mutating func importTerminals() throws(GrammarError) {
        skipInline()
        guard scanner.take("common.") else { throw scanner.failure("only %import common.… is supported") }
        let start = scanner.position
        guard let name = scanner.name(), let source = Self.common[name] else {
            throw scanner.failure("%import common: this terminal is not known", at: start)
        }
        skipInline()
        var alias = name
        if scanner.take("->") {
            skipInline()
            alias = scanner.name() ?? name
        }
        let index = try table.define(alias, scanner, at: start)
        table.set(index, try expression(source, at: start))
    }

    private mutating func rule() throws(GrammarError) {
        let start = scanner.position
        _ = scanner.take("?") || scanner.take("!")
        guard let name = scanner.name() else { throw scanner.failure("the name of a rule is missing") }
        if scanner.take(".") { _ = try scanner.number() }
        guard !scanner.isNext("{") else { throw scanner.failure("templates are not supported") }
        skipInline()
        guard scanner.take(":") else { throw scanner.failure(": is missing behind \(name)", at: start) }
        let index = try table.define(name, scanner, at: start)
        table.set(index, try alternatives())
    }

    // MARK: Expansions

    private mutating func alternatives() throws(GrammarError) -> GrammarNode {
        var branches = [try sequence()]
        while isBarNext() {
            _ = scanner.take("|")
            branches.append(try sequence())
        }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    /// Whether another alternative follows, perhaps on the next line; goes on to its bar then.
    private mutating func isBarNext() -> Bool {
        let place = scanner.position
        skipBlank()
        if scanner.isNext("|") { return true }
        if depth == 0 { scanner.rewind(to: place) }
        return false
    }

    private mutating func sequence() throws(GrammarError) -> GrammarNode {
        var nodes: [GrammarNode] = []
        while true {
            if depth > 0 { skipBlank() } else { skipInline() }
            if scanner.take("->") {
                skipInline()
                _ = scanner.name()
                continue
            }
            guard let next = scanner.peek(), next != "\n", next != "|", next != ")", next != "]" else { break }
            nodes.append(try quantified())
            try table.count(scanner)
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func quantified() throws(GrammarError) -> GrammarNode {
        let node = try atom()
        if scanner.take("*") { return .several(node, atLeast: 0, atMost: nil) }
        if scanner.take("+") { return .several(node, atLeast: 1, atMost: nil) }
        if scanner.take("?") { return .several(node, atLeast: 0, atMost: 1) }
        skipInline()
        guard scanner.take("~") else { return node }
        skipInline()
        guard let least = try scanner.number() else { throw scanner.failure("~ needs a number") }
        let most = scanner.take("..") ? try scanner.number() : least
        guard let most, most >= least else { throw scanner.failure("a repetition that is empty") }
        return .several(node, atLeast: least, atMost: most)
    }

    private mutating func atom() throws(GrammarError) -> GrammarNode {
        let start = scanner.position
        if scanner.take("(") { return try group(")", at: start) }
        if scanner.take("[") { return .several(try group("]", at: start), atLeast: 0, atMost: 1) }
        if scanner.take("\"") { return try text(at: start) }
        if scanner.take("/") { return try slashed(at: start) }
        guard let name = scanner.name() else { throw scanner.failure("an unexpected character") }
        guard !scanner.isNext("{") else { throw scanner.failure("templates are not supported") }
        return .rule(table.reference(name, at: start))
    }

    private mutating func group(_ close: String, at start: Int) throws(GrammarError) -> GrammarNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= table.limits.depth else {
            throw scanner.failure("groups nested deeper than \(table.limits.depth)")
        }
        let node = try alternatives()
        skipBlank()
        guard scanner.take(close) else { throw scanner.failure("a group without its \(close)", at: start) }
        return node
    }

    /// A literal, a range of characters (`"a".."z"`), or a literal in any case (`"a"i`).
    private mutating func text(at start: Int) throws(GrammarError) -> GrammarNode {
        let text = try scanner.literal(until: "\"")
        if scanner.take("..") {
            guard scanner.take("\"") else { throw scanner.failure("a range needs two characters", at: start) }
            let last = try scanner.literal(until: "\"")
            guard let low = text.unicodeScalars.first?.value, let high = last.unicodeScalars.first?.value,
                text.unicodeScalars.count == 1, last.unicodeScalars.count == 1, low <= high
            else { throw scanner.failure("a range needs two characters in order", at: start) }
            return .scalar(ScalarSet([low...high]).ranges)
        }
        guard scanner.take("i") else { return .bytes(Array(text.utf8)) }
        return .sequence(
            text.unicodeScalars.map { scalar in
                .choice(
                    Set([scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping, String(scalar)])
                        .sorted().map { .bytes(Array($0.utf8)) })
            })
    }

    /// An expression between slashes.
    private mutating func slashed(at start: Int) throws(GrammarError) -> GrammarNode {
        var source = ""
        while let next = scanner.peek(), next != "/", next != "\n" {
            scanner.advance()
            source.unicodeScalars.append(next)
            if next == "\\", let escaped = scanner.peek() {
                scanner.advance()
                source.unicodeScalars.append(escaped)
            }
        }
        guard scanner.take("/") else { throw scanner.failure("an expression without its closing /", at: start) }
        if let flag = scanner.peek(), "imslux".unicodeScalars.contains(flag) {
            throw scanner.failure("flags of expressions are not supported")
        }
        return try expression(source, at: start)
    }

    private mutating func expression(_ source: String, at start: Int) throws(GrammarError) -> GrammarNode {
        do throws(GrammarError) {
            let node = try RegexParser.parse(source, budget: &budget)
            let automaton = try ScalarAutomaton(node, budget: &budget)
            return .automaton(
                try ScalarEncoder.encode(automaton, spelling: .plain, isQuoted: false, budget: &budget))
        } catch {
            throw error.told(at: scanner.failure("", at: start).place)
        }
    }

    // MARK: Space

    /// Spaces within a line.
    private mutating func skipInline() {
        while let next = scanner.peek(), next == " " || next == "\t" || next == "\r" { scanner.advance() }
        if scanner.isNext("//") || scanner.isNext("#") { scanner.skipLine() }
    }

    /// Spaces, line breaks and comments.
    private mutating func skipBlank() {
        while true {
            skipInline()
            guard scanner.take("\n") else { return }
        }
    }
}
