/// Calling macros, global functions and bound methods.
extension Renderer {
    func call(_ callee: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch callee {
        case .function(let function): return try call(function, arguments)
        case .loop(let loop):
            let values = try arguments.bound(to: "iterable", by: "loop")
            guard let recurse = loop.recurse, let children = values[0] else {
                throw TemplateError("the loop must have the 'recursive' marker to be called recursively")
            }
            return try recurse(children)
        case .undefined(let undefined): throw TemplateError(undefined.message)
        default: throw TemplateError("'\(callee.typeName)' object is not callable")
        }
    }

    @inline(never)
    private func call(_ function: Function, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch function.kind {
        case .macro(let macro, let scope): return try call(macro, in: scope, arguments)
        case .global(let global): return try call(global, arguments)
        case .method(let receiver, let name): return try callMethod(name, of: receiver, arguments)
        case .joiner(let separator):
            defer { function.isUsed = true }
            return function.isUsed ? separator : .template("")
        case .cycle(let loop):
            guard !arguments.positional.isEmpty, loop.index0 >= 0 else {
                throw TemplateError("no items for cycling given")
            }
            return arguments.positional[loop.index0 % arguments.positional.count]
        case .changed(let loop):
            return .bool(
                try loop.changed(to: arguments.positional) { a, b throws(TemplateError) in try areEqual(a, b) })
        case .next(let cycler):
            defer { cycler.position = (cycler.position + 1) % cycler.items.values.count }
            return cycler.items.values[cycler.position]
        case .reset(let cycler):
            cycler.position = 0
            return .none
        }
    }

    // MARK: Macros

    @inline(never)
    private func call(
        _ macro: MacroSyntax, in closure: Scope, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard closure.depth <= limits.maximumDepth else { throw TemplateError("scopes nest too deep") }
        let outer = scope
        let text = try nested { () throws(TemplateError) in
            scope = Scope(parent: closure)
            try bind(arguments, to: macro)
            return try capture { () throws(TemplateError) in _ = try execute(macro.body) }
        }
        scope = outer
        return text
    }

    @inline(never)
    private func bind(_ arguments: Arguments, to macro: MacroSyntax) throws(TemplateError) {
        var named = arguments.named
        for (index, parameter) in macro.parameters.enumerated() {
            if index < arguments.positional.count {
                scope.values[parameter.name] = arguments.positional[index]
            } else if let position = named.firstIndex(where: { $0.name == parameter.name }) {
                scope.values[parameter.name] = named.remove(at: position).value
            } else if let preset = parameter.preset {
                scope.values[parameter.name] = try evaluate(preset)
            } else {
                scope.values[parameter.name] = .undefined(.hint("parameter '\(parameter.name)' was not provided"))
            }
        }
        try bindSpecials(Array(arguments.positional.dropFirst(macro.parameters.count)), named, to: macro)
    }

    @inline(never)
    private func bindSpecials(
        _ positional: [Value], _ leftover: [(name: String, value: Value)], to macro: MacroSyntax
    ) throws(TemplateError) {
        var named = leftover
        if macro.usesCaller {
            let position = named.firstIndex { $0.name == "caller" }
            let caller = position.map { named.remove(at: $0).value }
            scope.values["caller"] = caller ?? .undefined(.hint("No caller defined"))
        }
        if macro.usesKwargs {
            scope.values["kwargs"] = .dict(Table(named.map { (.name($0.name), $0.value) }))
        } else if let extra = named.first {
            throw TemplateError("macro '\(macro.name)' takes no keyword argument '\(extra.name)'")
        }
        if macro.usesVarargs {
            scope.values["varargs"] = .tuple(positional)
        } else if !positional.isEmpty {
            throw TemplateError("macro '\(macro.name)' takes not more than \(macro.parameters.count) argument(s)")
        }
    }

    // MARK: Global functions

    @inline(never)
    private func call(_ function: GlobalFunction, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch function {
        case .range: return .range(try range(arguments))
        case .dict: return .dict(try table(from: arguments, by: "dict"))
        case .namespace: return .namespace(try namespace(arguments))
        case .cycler:
            guard !arguments.positional.isEmpty else { throw TemplateError("at least one item has to be provided") }
            return .cycler(Cycler(items: arguments.positional))
        case .joiner:
            let values = try arguments.bound(to: "sep", by: "joiner")
            return .function(Function(.joiner(separator: values[0] ?? .template(", "))))
        case .raiseException:
            let values = try arguments.bound(to: "message", by: "raise_exception")
            let message = try text(of: values[0] ?? .string(""))
            throw TemplateError(line: 0, reason: message, isRaised: true)
        case .strftimeNow:
            let values = try arguments.bound(to: "format", by: "strftime_now")
            guard case .string(let format) = values[0] else { throw TemplateError("strftime_now needs a format") }
            try charge(bytes: format.string.utf8.count * 8)
            return .string(format.derived(now.formatted(format.string)))
        }
    }

    /// As in Jinja's sandbox, no range is longer than 100,000.
    private func range(_ arguments: Arguments) throws(TemplateError) -> Progression {
        guard arguments.named.isEmpty else { throw TemplateError("range takes no keyword arguments") }
        var numbers: [Int] = []
        for value in arguments.positional {
            guard let number = value.integer else {
                throw TemplateError("'\(value.typeName)' object cannot be interpreted as an integer")
            }
            numbers.append(number)
        }
        guard (1...3).contains(numbers.count) else { throw TemplateError("range takes 1 to 3 arguments") }
        let start = numbers.count == 1 ? 0 : numbers[0]
        let stop = numbers.count == 1 ? numbers[0] : numbers[1]
        let step = numbers.count == 3 ? numbers[2] : 1
        guard step != 0 else { throw TemplateError("range() arg 3 must not be zero") }
        let isEmpty = step > 0 ? start >= stop : start <= stop
        let (span, overflow) = stop.subtractingReportingOverflow(start)
        guard !isEmpty, !overflow else {
            if isEmpty { return Progression(start: start, step: step, count: 0) }
            throw TemplateError("range too big")
        }
        let count = (span.magnitude - 1) / step.magnitude + 1
        guard count <= 100_000 else { throw TemplateError("range too big: the limit is 100000") }
        return Progression(start: start, step: step, count: Int(count))
    }

    private func namespace(_ arguments: Arguments) throws(TemplateError) -> Namespace {
        let namespace = makeNamespace()
        for (key, value) in try table(from: arguments, by: "namespace").members {
            guard case .string(let name) = key else { throw TemplateError("namespace attributes must be strings") }
            namespace[name.string] = value
        }
        return namespace
    }

    /// The dict that `dict(…)` makes.
    private func table(from arguments: Arguments, by function: String) throws(TemplateError) -> Table {
        guard arguments.positional.count <= 1 else { throw TemplateError("\(function) takes at most 1 argument") }
        var pairs: [(TableKey, Value)] = []
        switch arguments.positional.first {
        case nil: break
        case .dict(let table)?:
            if arguments.named.isEmpty { return table }
            try charge(table.count)
            for (key, value) in table.members { pairs.append((try self.key(key), value)) }
        case let other?:
            for element in try elements(of: other) {
                let pair = try elements(of: element)
                guard pair.count == 2 else { throw TemplateError("\(function) needs pairs") }
                pairs.append((try key(pair[0]), pair[1]))
            }
        }
        for (name, value) in arguments.named { pairs.append((.name(name), value)) }
        return Table(pairs)
    }
}
