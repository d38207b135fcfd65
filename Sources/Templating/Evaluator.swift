/// Expressions.
extension Renderer {
    // Helpers are kept out of line: evaluation recurses, and its frames must stay small.

    func evaluate(_ expression: Expression) throws(TemplateError) -> Value {
        try charge(1)
        switch expression {
        case .constant(let constant): return Value(constant)
        case .name(let name): return scope.value(of: name) ?? .undefined(.name(name))
        default: return try nested { () throws(TemplateError) in try checked(try evaluateNested(expression)) }
        }
    }

    @inline(never)
    private func evaluateNested(_ expression: Expression) throws(TemplateError) -> Value {
        switch expression {
        case .attribute, .item, .slice: try lookUp(expression)
        case .call: try call(expression, caller: nil)
        case .filter, .test: try refine(expression)
        case .comparison, .and, .or, .not, .conditional: try decide(expression)
        case .arithmetic, .concatenation, .negative, .positive: try reckon(expression)
        case .list, .tuple, .dict, .constant, .name: try build(expression)
        }
    }

    @inline(never)
    private func lookUp(_ expression: Expression) throws(TemplateError) -> Value {
        switch expression {
        case .attribute(let base, let name): try attribute(name, of: try evaluate(base))
        case .item(let base, let key): try item(try evaluate(key), of: try evaluate(base))
        case .slice(let base, let bounds): try slice(try evaluate(base), bounds)
        default: .none
        }
    }

    @inline(never)
    private func refine(_ expression: Expression) throws(TemplateError) -> Value {
        switch expression {
        case .filter(let base, let filter): try apply(filter, to: try evaluate(base))
        case .test(let base, let test): .bool(try holds(test, of: try evaluate(base)))
        default: .none
        }
    }

    @inline(never)
    private func decide(_ expression: Expression) throws(TemplateError) -> Value {
        switch expression {
        case .comparison(let first, let terms): try compare(first, terms)
        case .and(let operands): try firstOperand(operands, where: false)
        case .or(let operands): try firstOperand(operands, where: true)
        case .not(let operand): .bool(!(try evaluate(operand).isTrue))
        case .conditional(let test, let then, let otherwise): try choose(test, then, otherwise)
        default: .none
        }
    }

    @inline(never)
    private func reckon(_ expression: Expression) throws(TemplateError) -> Value {
        switch expression {
        case .arithmetic(let first, let terms): try calculate(first, terms)
        case .concatenation(let operands): try concatenate(operands)
        case .negative(let operand): try negative(try evaluate(operand))
        case .positive(let operand): try positive(try evaluate(operand))
        default: .none
        }
    }

    @inline(never)
    private func build(_ expression: Expression) throws(TemplateError) -> Value {
        switch expression {
        case .list(let elements): .list(try evaluate(elements))
        case .tuple(let elements): .tuple(try evaluate(elements))
        case .dict(let members): try makeDict(members)
        default: .none
        }
    }

    private func evaluate(_ expressions: [Expression]) throws(TemplateError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(expressions.count)
        for expression in expressions { values.append(try evaluate(expression)) }
        return values
    }

    @inline(never)
    private func makeDict(_ members: [(key: Expression, value: Expression)]) throws(TemplateError) -> Value {
        var pairs: [(TableKey, Value)] = []
        for (key, value) in members { pairs.append((try self.key(try evaluate(key)), try evaluate(value))) }
        return .dict(Table(pairs))
    }

    @inline(never)
    private func firstOperand(_ operands: [Expression], where truth: Bool) throws(TemplateError) -> Value {
        var value = Value.none
        for operand in operands {
            value = try evaluate(operand)
            if value.isTrue == truth { break }
        }
        return value
    }

    @inline(never)
    private func choose(
        _ test: Expression, _ then: Expression, _ otherwise: Expression?
    ) throws(TemplateError) -> Value {
        if try evaluate(test).isTrue { return try evaluate(then) }
        guard let otherwise else {
            return .undefined(.hint("the inline if-expression evaluated to false and no else section was defined"))
        }
        return try evaluate(otherwise)
    }

    @inline(never)
    private func calculate(
        _ first: Expression, _ terms: [(operation: ArithmeticOperator, operand: Expression)]
    ) throws(TemplateError) -> Value {
        var value = try evaluate(first)
        for (operation, operand) in terms {
            value = try checked(try calculate(operation, value, try evaluate(operand)))
        }
        return value
    }

    @inline(never)
    private func concatenate(_ operands: [Expression]) throws(TemplateError) -> Value {
        var text = MarkedText()
        for operand in operands {
            text.append(try printed(try evaluate(operand)))
            try charge(bytes: text.string.utf8.count)
        }
        return .string(Text(text))
    }

    @inline(never)
    private func compare(
        _ first: Expression, _ terms: [(operation: ComparisonOperator, operand: Expression)]
    ) throws(TemplateError) -> Value {
        var left = try evaluate(first)
        for (operation, operand) in terms {
            let right = try evaluate(operand)
            guard try compare(operation, left, right) else { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    // MARK: Calls

    /// The result of a call expression; `caller` is what a call block passes along.
    @inline(never)
    func call(_ expression: Expression, caller: Value?) throws(TemplateError) -> Value {
        guard case .call(let callee, let syntax) = expression else { return .none }
        if case .attribute(let base, let name) = callee {
            return try call(name, of: try evaluate(base), syntax, caller: caller)
        }
        return try call(try evaluate(callee), try arguments(syntax, caller: caller))
    }

    @inline(never)
    private func call(
        _ name: String, of receiver: Value, _ syntax: CallSyntax, caller: Value?
    ) throws(TemplateError) -> Value {
        if hasMethod(name, receiver) {
            return try callMethod(name, of: receiver, try arguments(syntax, caller: caller))
        }
        return try call(try attribute(name, of: receiver), try arguments(syntax, caller: caller))
    }

    @inline(never)
    func arguments(_ syntax: CallSyntax, caller: Value?) throws(TemplateError) -> Arguments {
        var arguments = Arguments(positional: try evaluate(syntax.positional))
        for (name, expression) in syntax.named { arguments.named.append((name, try evaluate(expression))) }
        if let spread = syntax.spread { arguments.positional += try elements(of: try evaluate(spread)) }
        if let spread = syntax.namedSpread {
            guard case .dict(let table) = try evaluate(spread) else {
                throw TemplateError("argument after ** must be a mapping")
            }
            try charge(table.count)
            for (key, value) in table.members {
                guard case .string(let name) = key else { throw TemplateError("keywords must be strings") }
                arguments.named.append((name.string, value))
            }
        }
        if let caller { arguments.named.append(("caller", caller)) }
        return arguments
    }

    @inline(never)
    func apply(_ syntax: FilterSyntax, to value: Value) throws(TemplateError) -> Value {
        guard let filter = syntax.filter else { throw TemplateError("unknown filter '\(syntax.name)'") }
        if syntax.arguments.isEmpty { return try apply(filter, to: value, .none) }
        return try apply(filter, to: value, try arguments(syntax.arguments, caller: nil))
    }

    @inline(never)
    private func holds(_ syntax: TestSyntax, of value: Value) throws(TemplateError) -> Bool {
        guard let test = syntax.test else { throw TemplateError("unknown test '\(syntax.name)'") }
        if syntax.arguments.isEmpty { return try holds(test, of: value, .none) }
        return try holds(test, of: value, try arguments(syntax.arguments, caller: nil))
    }
}
