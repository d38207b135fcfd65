/// Tokens → statements. Unknown tags, filters and tests are refused here, as early as Jinja does.
struct TemplateParser {
    private let tokens: [Token]
    private let maximumDepth: Int
    private var position = 0
    private var depth = 0
    /// Inside the branches of an `if`, unknown filters and tests fail only when reached.
    var isConditional = false
    /// Loops around the current statement within its macro.
    private var loops = 0
    /// For each macro around the current position, the special names its body mentions.
    private var specialNames: [Set<String>] = []

    init(tokens: [Token], maximumDepth: Int) {
        self.tokens = tokens
        self.maximumDepth = maximumDepth
    }

    /// The whole template.
    mutating func run() throws(TemplateError) -> [Statement] {
        let statements = try body(until: [])
        guard peek == .end else { throw unexpected() }
        return statements
    }

    // MARK: Tokens

    var peek: Token.Kind { tokens[min(position, tokens.count - 1)].kind }

    var lookahead: Token.Kind { tokens[min(position + 1, tokens.count - 1)].kind }

    var line: Int { tokens[min(position, tokens.count - 1)].line }

    mutating func advance() { position += 1 }

    mutating func take(_ kind: Token.Kind) -> Bool {
        guard peek == kind else { return false }
        advance()
        return true
    }

    mutating func take(name: String) -> Bool { take(.name(name)) }

    mutating func take(symbol: String) -> Bool { take(.symbol(symbol)) }

    mutating func expect(_ kind: Token.Kind) throws(TemplateError) {
        guard take(kind) else {
            let wanted = Token(kind: kind, line: line).description
            throw failure("expected \(wanted), found \(tokens[min(position, tokens.count - 1)].description)")
        }
    }

    mutating func expectName() throws(TemplateError) -> String {
        guard case .name(let name) = peek else { throw unexpected() }
        guard name.utf8.first.map({ $0 &- UInt8(ascii: "0") >= 10 }) ?? false else { throw unexpected() }
        advance()
        return name
    }

    func failure(_ reason: String) -> TemplateError { TemplateError(line: line, reason: reason) }

    func unexpected() -> TemplateError {
        failure("unexpected \(tokens[min(position, tokens.count - 1)].description)")
    }

    /// Runs a part of the parser one level deeper.
    mutating func nested<Result>(
        _ part: (inout TemplateParser) throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        guard depth < maximumDepth else { throw failure("nested deeper than \(maximumDepth)") }
        depth += 1
        let result = try part(&self)
        depth -= 1
        return result
    }

    /// Notes that macros around here mention a name with a special meaning.
    mutating func note(name: String) {
        guard name == "caller" || name == "varargs" || name == "kwargs" else { return }
        for index in specialNames.indices { specialNames[index].insert(name) }
    }

    // MARK: Statements

    /// Statements up to a block that begins with one of the names, which stays unread.
    private mutating func body(until names: [String]) throws(TemplateError) -> [Statement] {
        try nested { parser throws(TemplateError) in
            var statements: [Statement] = []
            while true {
                let line = parser.line
                switch parser.peek {
                case .end: return statements
                case .text(let text):
                    parser.advance()
                    statements.append(Statement(line: line, kind: .text(text)))
                case .outputBegin:
                    parser.advance()
                    statements.append(Statement(line: line, kind: .output(try parser.tupleOrExpression())))
                    try parser.expect(.outputEnd)
                case .blockBegin:
                    if case .name(let name) = parser.lookahead, names.contains(name) { return statements }
                    parser.advance()
                    try parser.appendStatement(to: &statements, line: line)
                default: throw parser.unexpected()
                }
            }
        }
    }

    private mutating func appendStatement(to statements: inout [Statement], line: Int) throws(TemplateError) {
        if take(name: "print") {
            while peek != .blockEnd {
                statements.append(Statement(line: line, kind: .output(try expression())))
                guard take(symbol: ",") else { break }
            }
        } else {
            statements.append(Statement(line: line, kind: try statement()))
        }
        try expect(.blockEnd)
    }

    private mutating func statement() throws(TemplateError) -> Statement.Kind {
        guard case .name(let tag) = peek else { throw failure("a tag must begin with its name") }
        advance()
        switch tag {
        case "if": return try conditional()
        case "for": return try loop()
        case "set": return try assignment()
        case "macro": return try macro()
        case "call": return try callBlock()
        case "filter": return try filterBlock()
        case "with": return try with()
        case "generation": return .scoped(try separateBody(end: "endgeneration"))
        case "break", "continue":
            guard loops > 0 else { throw failure("'\(tag)' outside a loop") }
            return tag == "break" ? .breakLoop : .continueLoop
        default: throw failure("unknown tag '\(tag)'")
        }
    }

    /// The rest of the opening tag and the body; leaves the parser behind the name of the closing tag.
    private mutating func block(end names: String...) throws(TemplateError) -> (body: [Statement], end: String) {
        _ = take(symbol: ":")
        try expect(.blockEnd)
        let statements = try body(until: names)
        guard take(.blockBegin), case .name(let name) = peek else {
            throw failure("'\(names.joined(separator: "' or '"))' is missing")
        }
        advance()
        return (statements, name)
    }

    /// The body of a block that is a scope of its own.
    private mutating func scopedBody(end name: String) throws(TemplateError) -> [Statement] {
        let outer = isConditional
        isConditional = false
        defer { isConditional = outer }
        return try block(end: name).body
    }

    /// The body of a block that runs like a macro, so that loops outside are out of reach.
    private mutating func separateBody(end name: String) throws(TemplateError) -> [Statement] {
        let outer = loops
        loops = 0
        defer { loops = outer }
        return try scopedBody(end: name)
    }

    private mutating func conditional() throws(TemplateError) -> Statement.Kind {
        let outer = isConditional
        isConditional = true
        defer { isConditional = outer }
        var branches: [(test: Expression, body: [Statement])] = []
        while true {
            let test = try tupleOrExpression(allowsConditional: false)
            let (body, end) = try block(end: "elif", "else", "endif")
            branches.append((test, body))
            if end == "elif" { continue }
            let otherwise = end == "else" ? try block(end: "endif").body : []
            return .conditional(branches: branches, otherwise: otherwise)
        }
    }

    private mutating func loop() throws(TemplateError) -> Statement.Kind {
        let outer = isConditional
        isConditional = false
        defer { isConditional = outer }
        let target = try target(allowsNamespace: false)
        guard take(name: "in") else { throw unexpected() }
        let iterable = try tupleOrExpression(allowsConditional: false)
        let filter = take(name: "if") ? try expression() : nil
        let isRecursive = take(name: "recursive")
        loops += 1
        let (body, end) = try block(end: "endfor", "else")
        loops -= 1
        let otherwise = end == "else" ? try block(end: "endfor").body : []
        return .loop(
            LoopSyntax(
                target: target, iterable: iterable, filter: filter, isRecursive: isRecursive, body: body,
                otherwise: otherwise))
    }

    private mutating func assignment() throws(TemplateError) -> Statement.Kind {
        let target = try target(allowsNamespace: true)
        if take(symbol: "=") { return .assign(target, try tupleOrExpression()) }
        var filters: [FilterSyntax] = []
        while take(symbol: "|") { filters.append(try filter()) }
        return .capture(target, filters: filters, body: try scopedBody(end: "endset"))
    }

    private mutating func filterBlock() throws(TemplateError) -> Statement.Kind {
        var filters = [try filter()]
        while take(symbol: "|") { filters.append(try filter()) }
        return .filterBlock(filters, body: try scopedBody(end: "endfilter"))
    }

    private mutating func with() throws(TemplateError) -> Statement.Kind {
        var values: [(target: Target, value: Expression)] = []
        while peek != .blockEnd {
            if !values.isEmpty { try expect(.symbol(",")) }
            let target = try target(allowsNamespace: false)
            try expect(.symbol("="))
            values.append((target, try expression()))
        }
        return .with(values, body: try scopedBody(end: "endwith"))
    }

    // MARK: Macros

    private mutating func macro() throws(TemplateError) -> Statement.Kind {
        let name = try expectName()
        let parameters = try parameters()
        return .macro(try macro(name: name, parameters: parameters, end: "endmacro"))
    }

    private mutating func callBlock() throws(TemplateError) -> Statement.Kind {
        let parameters = peek == .symbol("(") ? try parameters() : []
        let call = try expression()
        guard case .call = call else { throw failure("a call block must call something") }
        return .callBlock(caller: try macro(name: "caller", parameters: parameters, end: "endcall"), call: call)
    }

    private mutating func macro(
        name: String, parameters: [(name: String, preset: Expression?)], end: String
    ) throws(TemplateError) -> MacroSyntax {
        specialNames.append([])
        let body = try separateBody(end: end)
        let mentioned = specialNames.popLast() ?? []
        let declared = parameters.map(\.name)
        return MacroSyntax(
            name: name, parameters: parameters, body: body,
            usesCaller: mentioned.contains("caller") && !declared.contains("caller"),
            usesVarargs: mentioned.contains("varargs") && !declared.contains("varargs"),
            usesKwargs: mentioned.contains("kwargs") && !declared.contains("kwargs"))
    }

    private mutating func parameters() throws(TemplateError) -> [(name: String, preset: Expression?)] {
        var parameters: [(name: String, preset: Expression?)] = []
        try expect(.symbol("("))
        while peek != .symbol(")") {
            if !parameters.isEmpty { try expect(.symbol(",")) }
            let name = try expectName()
            guard !parameters.contains(where: { $0.name == name }) else { throw failure("parameter named twice") }
            let preset = take(symbol: "=") ? try expression() : nil
            if preset == nil, parameters.last?.preset != nil {
                throw failure("a parameter without default follows one with default")
            }
            parameters.append((name, preset))
        }
        advance()
        return parameters
    }
}
