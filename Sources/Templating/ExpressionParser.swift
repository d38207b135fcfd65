/// Expressions by precedence, loosest first.
extension TemplateParser {
    /// One expression, or several separated by commas as a tuple.
    mutating func tupleOrExpression(allowsConditional: Bool = true) throws(TemplateError) -> Expression {
        let first = try expression(allowsConditional: allowsConditional)
        guard peek == .symbol(",") else { return first }
        return .tuple(try restOfTuple(after: first, allowsConditional: allowsConditional))
    }

    private mutating func restOfTuple(
        after first: Expression, allowsConditional: Bool
    ) throws(TemplateError) -> [Expression] {
        var elements = [first]
        while take(symbol: ",") {
            if isTupleEnd { break }
            elements.append(try expression(allowsConditional: allowsConditional))
        }
        return elements
    }

    private var isTupleEnd: Bool {
        switch peek {
        case .outputEnd, .blockEnd, .symbol(")"), .name("in"), .name("recursive"): true
        default: false
        }
    }

    /// Any expression.
    mutating func expression(allowsConditional: Bool = true) throws(TemplateError) -> Expression {
        try nested { parser throws(TemplateError) in
            var value = try parser.disjunction()
            guard allowsConditional else { return value }
            while parser.take(name: "if") {
                let outer = parser.isConditional
                parser.isConditional = true
                let test = try parser.disjunction()
                let otherwise = parser.take(name: "else") ? try parser.expression() : nil
                parser.isConditional = outer
                value = .conditional(test: test, then: value, otherwise: otherwise)
            }
            return value
        }
    }

    private mutating func disjunction() throws(TemplateError) -> Expression {
        var operands = [try conjunction()]
        while take(name: "or") { operands.append(try conjunction()) }
        return operands.count == 1 ? operands[0] : .or(operands)
    }

    private mutating func conjunction() throws(TemplateError) -> Expression {
        var operands = [try negation()]
        while take(name: "and") { operands.append(try negation()) }
        return operands.count == 1 ? operands[0] : .and(operands)
    }

    private mutating func negation() throws(TemplateError) -> Expression {
        guard take(name: "not") else { return try comparison() }
        return .not(try nested { parser throws(TemplateError) in try parser.negation() })
    }

    private mutating func comparison() throws(TemplateError) -> Expression {
        let first = try sum()
        var terms: [(operation: ComparisonOperator, operand: Expression)] = []
        while let operation = comparisonOperator() { terms.append((operation, try sum())) }
        return terms.isEmpty ? first : .comparison(first, terms)
    }

    private mutating func comparisonOperator() -> ComparisonOperator? {
        if case .symbol(let symbol) = peek, let operation = ComparisonOperator(rawValue: symbol) {
            advance()
            return operation
        }
        if take(name: "in") { return .contained }
        guard peek == .name("not"), lookahead == .name("in") else { return nil }
        advance()
        advance()
        return .notContained
    }

    private mutating func sum() throws(TemplateError) -> Expression {
        let first = try concatenation()
        var terms: [(operation: ArithmeticOperator, operand: Expression)] = []
        while let operation = arithmetic(["+", "-"]) { terms.append((operation, try concatenation())) }
        return terms.isEmpty ? first : .arithmetic(first, terms)
    }

    private mutating func concatenation() throws(TemplateError) -> Expression {
        var operands = [try product()]
        while take(symbol: "~") { operands.append(try product()) }
        return operands.count == 1 ? operands[0] : .concatenation(operands)
    }

    private mutating func product() throws(TemplateError) -> Expression {
        let first = try power()
        var terms: [(operation: ArithmeticOperator, operand: Expression)] = []
        while let operation = arithmetic(["*", "/", "//", "%"]) { terms.append((operation, try power())) }
        return terms.isEmpty ? first : .arithmetic(first, terms)
    }

    private mutating func power() throws(TemplateError) -> Expression {
        let first = try unary(allowsFilter: true)
        var terms: [(operation: ArithmeticOperator, operand: Expression)] = []
        while let operation = arithmetic(["**"]) { terms.append((operation, try unary(allowsFilter: true))) }
        return terms.isEmpty ? first : .arithmetic(first, terms)
    }

    private mutating func arithmetic(_ symbols: [String]) -> ArithmeticOperator? {
        guard case .symbol(let symbol) = peek, symbols.contains(symbol) else { return nil }
        advance()
        return ArithmeticOperator(rawValue: symbol)
    }

    /// A sign binds tighter than a filter: `-1|abs` is `(-1)|abs`.
    private mutating func unary(allowsFilter: Bool) throws(TemplateError) -> Expression {
        var value: Expression
        if take(symbol: "-") {
            value = .negative(try nested { parser throws(TemplateError) in try parser.unary(allowsFilter: false) })
        } else if take(symbol: "+") {
            value = .positive(try nested { parser throws(TemplateError) in try parser.unary(allowsFilter: false) })
        } else {
            value = try primary()
        }
        return try suffixes(of: value, allowsFilter: allowsFilter)
    }

    private mutating func suffixes(of first: Expression, allowsFilter: Bool) throws(TemplateError) -> Expression {
        try nested { parser throws(TemplateError) in
            var value = try parser.postfix(first)
            var links = 0
            while allowsFilter {
                links += 1
                guard links <= 100 else { throw parser.failure("chain of more than 100 filters") }
                if parser.take(symbol: "|") {
                    value = .filter(value, try parser.filter())
                } else if parser.take(name: "is") {
                    value = try parser.test(of: value)
                } else if parser.peek == .symbol("(") {
                    value = .call(value, try parser.arguments())
                } else {
                    break
                }
            }
            return value
        }
    }

    private mutating func postfix(_ first: Expression) throws(TemplateError) -> Expression {
        var value = first
        for _ in 0..<100 {
            if take(symbol: ".") {
                value = try attribute(of: value)
            } else if take(symbol: "[") {
                value = try item(of: value)
            } else if peek == .symbol("(") {
                value = .call(value, try arguments())
            } else {
                return value
            }
        }
        throw failure("chain of more than 100 attributes")
    }

    private mutating func attribute(of value: Expression) throws(TemplateError) -> Expression {
        if case .int(let index) = peek {
            advance()
            return .item(value, .constant(.int(index)))
        }
        return .attribute(value, try expectName())
    }

    private mutating func item(of value: Expression) throws(TemplateError) -> Expression {
        let start = peek == .symbol(":") ? nil : try expression()
        if take(symbol: ":") {
            let stop = endsBound ? nil : try expression()
            let step = take(symbol: ":") && !endsBound ? try expression() : nil
            try expect(.symbol("]"))
            return .slice(value, SliceSyntax(start: start, stop: stop, step: step))
        }
        guard let start else { throw unexpected() }
        if take(symbol: "]") { return .item(value, start) }
        var elements = [start]
        while take(symbol: ","), peek != .symbol("]") { elements.append(try expression()) }
        try expect(.symbol("]"))
        return .item(value, .tuple(elements))
    }

    private var endsBound: Bool { peek == .symbol(":") || peek == .symbol("]") }

    // MARK: Calls, filters, tests

    private mutating func arguments() throws(TemplateError) -> CallSyntax {
        var call = CallSyntax()
        try expect(.symbol("("))
        while peek != .symbol(")") {
            try argument(into: &call)
            guard take(symbol: ",") else { break }
        }
        try expect(.symbol(")"))
        return call
    }

    private mutating func argument(into call: inout CallSyntax) throws(TemplateError) {
        if take(symbol: "*") {
            guard call.spread == nil, call.namedSpread == nil else { throw failure("invalid arguments") }
            call.spread = try expression()
        } else if take(symbol: "**") {
            guard call.namedSpread == nil else { throw failure("invalid arguments") }
            call.namedSpread = try expression()
        } else if case .name(let name) = peek, lookahead == .symbol("=") {
            guard call.namedSpread == nil, !call.named.contains(where: { $0.name == name }) else {
                throw failure("invalid arguments")
            }
            advance()
            advance()
            call.named.append((name, try expression()))
        } else {
            guard call.spread == nil, call.namedSpread == nil, call.named.isEmpty else {
                throw failure("invalid arguments")
            }
            call.positional.append(try expression())
        }
    }

    /// A filter's name and arguments, the bar being read.
    mutating func filter() throws(TemplateError) -> FilterSyntax {
        let name = try expectName()
        let filter = Filter(name: name)
        guard filter != nil || isConditional else { throw failure("unknown filter '\(name)'") }
        let arguments = peek == .symbol("(") ? try arguments() : CallSyntax()
        return FilterSyntax(name: name, filter: filter, arguments: arguments)
    }

    private mutating func test(of value: Expression) throws(TemplateError) -> Expression {
        let isNegated = take(name: "not")
        let name = try expectName()
        let test = ValueTest(name: name)
        guard test != nil || isConditional else { throw failure("unknown test '\(name)'") }
        var arguments = CallSyntax()
        if peek == .symbol("(") {
            arguments = try self.arguments()
        } else if beginsTestArgument {
            guard peek != .name("is") else { throw failure("tests cannot be chained") }
            arguments.positional = [try postfix(try primary())]
        }
        let result = Expression.test(value, TestSyntax(name: name, test: test, arguments: arguments))
        return isNegated ? .not(result) : result
    }

    private var beginsTestArgument: Bool {
        switch peek {
        case .name("else"), .name("or"), .name("and"): false
        case .name, .string, .int, .double, .symbol("["), .symbol("{"): true
        default: false
        }
    }

    // MARK: Primaries and targets

    private mutating func primary() throws(TemplateError) -> Expression {
        switch peek {
        case .name: return try nameOrWord()
        case .string: return .constant(.string(strings()))
        case .int(let number):
            advance()
            return .constant(.int(number))
        case .double(let number):
            advance()
            return .constant(.double(number))
        case .symbol("("): return try parenthesis()
        case .symbol("["): return .list(try list())
        case .symbol("{"): return .dict(try dict())
        default: throw unexpected()
        }
    }

    private mutating func nameOrWord() throws(TemplateError) -> Expression {
        let name = try expectName()
        switch name {
        case "true", "True": return .constant(.bool(true))
        case "false", "False": return .constant(.bool(false))
        case "none", "None": return .constant(.none)
        default:
            note(name: name)
            return .name(name)
        }
    }

    private mutating func strings() -> String {
        var text = ""
        while case .string(let part) = peek {
            text += part
            advance()
        }
        return text
    }

    private mutating func parenthesis() throws(TemplateError) -> Expression {
        advance()
        if take(symbol: ")") { return .tuple([]) }
        let value = try tupleOrExpression()
        try expect(.symbol(")"))
        return value
    }

    private mutating func list() throws(TemplateError) -> [Expression] {
        var elements: [Expression] = []
        advance()
        while peek != .symbol("]") {
            elements.append(try expression())
            guard take(symbol: ",") else { break }
        }
        try expect(.symbol("]"))
        return elements
    }

    private mutating func dict() throws(TemplateError) -> [(key: Expression, value: Expression)] {
        var members: [(key: Expression, value: Expression)] = []
        advance()
        while peek != .symbol("}") {
            let key = try expression()
            try expect(.symbol(":"))
            members.append((key, try expression()))
            guard take(symbol: ",") else { break }
        }
        try expect(.symbol("}"))
        return members
    }

    /// What an assignment may assign to.
    mutating func target(allowsNamespace: Bool) throws(TemplateError) -> Target {
        let first = try singleTarget(allowsNamespace: allowsNamespace)
        guard peek == .symbol(",") else { return first }
        var targets = [first]
        while take(symbol: ",") { targets.append(try singleTarget(allowsNamespace: allowsNamespace)) }
        return .tuple(targets)
    }

    private mutating func singleTarget(allowsNamespace: Bool) throws(TemplateError) -> Target {
        if take(symbol: "(") {
            let inner = try nested { parser throws(TemplateError) in
                try parser.target(allowsNamespace: allowsNamespace)
            }
            try expect(.symbol(")"))
            return inner
        }
        let name = try expectName()
        switch name {
        case "true", "True", "false", "False", "none", "None", "in": throw failure("cannot assign to '\(name)'")
        default: break
        }
        guard allowsNamespace, take(symbol: ".") else { return .name(name) }
        return .attribute(of: name, try expectName())
    }
}
