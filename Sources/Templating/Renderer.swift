import JSON

/// One rendering: walks the statements, keeps the variables and counts the cost of everything.
final class Renderer {
    /// Containers inside containers that a template may build; what a request may bring fits.
    private static let maximumValueDepth = JSONLimits.hardDepth

    enum Flow {
        case normal
        case breakLoop
        case continueLoop
    }

    let limits: TemplateLimits
    let now: TemplateDate
    var scope: Scope
    private var output = MarkedText()
    private var steps = 0
    private var depth = 0
    private var captured: [Scope] = []
    private var namespaces: [Namespace] = []

    init(limits: TemplateLimits, now: TemplateDate, variables: [String: Value]) {
        self.limits = limits
        self.now = now
        let globals = Scope(parent: nil)
        for function in GlobalFunction.allCases {
            globals.values[function.rawValue] = .function(Function(.global(function)))
        }
        globals.values.merge(variables) { $1 }
        scope = Scope(parent: globals)
    }

    /// The text that the statements print.
    func run(_ statements: [Statement]) throws(TemplateError) -> MarkedText {
        defer { close() }
        _ = try execute(statements)
        return output
    }

    /// Undoes the cycles that macros and namespaces may have made.
    private func close() {
        for namespace in namespaces { namespace.members = [] }
        for scope in captured { scope.close() }
    }

    // MARK: Cost

    /// Counts work.
    func charge(_ units: Int) throws(TemplateError) {
        steps += units
        guard steps <= limits.maximumSteps else {
            throw TemplateError("rendering takes more than \(limits.maximumSteps) steps")
        }
    }

    /// Counts text that is made or searched.
    func charge(bytes: Int) throws(TemplateError) {
        guard bytes <= limits.maximumOutputBytes else {
            throw TemplateError("text longer than \(limits.maximumOutputBytes) bytes")
        }
        try charge(bytes / 32 + 1)
    }

    /// A value as a key of a dict; hashing reads all of it.
    func key(_ value: Value) throws(TemplateError) -> TableKey {
        if case .string(let text) = value { try charge(bytes: text.string.utf8.count) }
        if case .tuple(let elements) = value { try chargeKeys(elements.values) }
        return try TableKey(value)
    }

    private func chargeKeys(_ values: [Value]) throws(TemplateError) {
        for case .string(let text) in values.prefix(64) { try charge(bytes: text.string.utf8.count) }
    }

    /// Runs something one level deeper.
    func nested<Result>(_ part: () throws(TemplateError) -> Result) throws(TemplateError) -> Result {
        guard depth < limits.maximumDepth else {
            throw TemplateError("rendering nests deeper than \(limits.maximumDepth)")
        }
        depth += 1
        defer { depth -= 1 }
        return try part()
    }

    /// A value if it does not nest too deep to be freed.
    func checked(_ value: Value) throws(TemplateError) -> Value {
        guard value.depth <= Self.maximumValueDepth else {
            throw TemplateError("values nest deeper than \(Self.maximumValueDepth)")
        }
        return value
    }

    // MARK: Output

    @inline(never)
    private func write(_ text: MarkedText) throws(TemplateError) {
        let count = text.string.utf8.count
        try charge(bytes: output.string.utf8.count + count > limits.maximumOutputBytes ? Int.max : count)
        output.append(text)
    }

    /// What a part prints, as a value instead of output.
    func capture(_ part: () throws(TemplateError) -> Void) throws(TemplateError) -> Value {
        let outer = output
        output = MarkedText()
        try part()
        let inner = output
        output = outer
        return .string(Text(inner))
    }

    /// A new namespace, remembered so that it can be emptied at the end.
    func makeNamespace() -> Namespace {
        let namespace = Namespace()
        namespaces.append(namespace)
        return namespace
    }

    // MARK: Statements

    func execute(_ statements: [Statement]) throws(TemplateError) -> Flow {
        for statement in statements {
            do {
                let flow = try execute(statement)
                guard case .normal = flow else { return flow }
            } catch {
                guard error.line == 0 else { throw error }
                throw TemplateError(line: statement.line, reason: error.reason, isRaised: error.isRaised)
            }
        }
        return .normal
    }

    private func execute(_ statement: Statement) throws(TemplateError) -> Flow {
        try charge(1)
        switch statement.kind {
        case .text(let text): try write(MarkedText(text, request: RequestRanges()))
        case .output(let expression): try write(try printed(try evaluate(expression)))
        case .conditional(let branches, let otherwise): return try choose(branches, otherwise)
        case .loop(let loop): return try start(loop)
        case .assign(let target, let expression): try assign(try evaluate(expression), to: target)
        case .macro(let macro): scope.values[macro.name] = .function(function(macro))
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        default: return try executeBlock(statement.kind)
        }
        return .normal
    }

    @inline(never)
    private func executeBlock(_ kind: Statement.Kind) throws(TemplateError) -> Flow {
        switch kind {
        case .capture(let target, let filters, let body):
            try assign(try filtered(body, filters), to: target)
        case .filterBlock(let filters, let body):
            try write(try printed(try filtered(body, filters)))
        case .callBlock(let caller, let call):
            try write(try printed(try self.call(call, caller: .function(function(caller)))))
        case .with(let values, let body): return try with(values, body)
        case .scoped(let body): return try inner { renderer throws(TemplateError) in try renderer.execute(body) }
        default: break
        }
        return .normal
    }

    @inline(never)
    private func choose(
        _ branches: [(test: Expression, body: [Statement])], _ otherwise: [Statement]
    ) throws(TemplateError) -> Flow {
        for (test, body) in branches where try evaluate(test).isTrue {
            return try nested { () throws(TemplateError) in try execute(body) }
        }
        return try nested { () throws(TemplateError) in try execute(otherwise) }
    }

    /// Runs a part with variables of its own.
    private func inner<Result>(
        _ part: (Renderer) throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        try nested { () throws(TemplateError) in
            let outer = scope
            scope = Scope(parent: outer)
            let result = try part(self)
            scope = outer
            return result
        }
    }

    @inline(never)
    private func filtered(_ body: [Statement], _ filters: [FilterSyntax]) throws(TemplateError) -> Value {
        let content = try inner { renderer throws(TemplateError) in
            try renderer.capture { () throws(TemplateError) in _ = try renderer.execute(body) }
        }
        var value = content
        for filter in filters { value = try apply(filter, to: value) }
        return value
    }

    @inline(never)
    private func with(
        _ values: [(target: Target, value: Expression)], _ body: [Statement]
    ) throws(TemplateError) -> Flow {
        var evaluated: [(target: Target, value: Value)] = []
        for (target, expression) in values { evaluated.append((target, try evaluate(expression))) }
        return try inner { renderer throws(TemplateError) in
            for (target, value) in evaluated { try renderer.assign(value, to: target) }
            return try renderer.execute(body)
        }
    }

    /// A macro or a caller together with the variables around it.
    private func function(_ macro: MacroSyntax) -> Function {
        captured.append(scope)
        return Function(.macro(macro, scope))
    }

    @inline(never)
    func assign(_ value: Value, to target: Target) throws(TemplateError) {
        switch target {
        case .name(let name): scope.values[name] = value
        case .attribute(let name, let attribute):
            guard case .namespace(let namespace) = scope.value(of: name) else {
                throw TemplateError("cannot assign attribute on non-namespace object")
            }
            namespace[attribute] = value
        case .tuple(let targets):
            let values = try elements(of: value)
            guard values.count == targets.count else {
                throw TemplateError("cannot unpack \(values.count) values into \(targets.count) names")
            }
            for (target, value) in zip(targets, values) { try assign(value, to: target) }
        }
    }
}
