package import JSON

/// Compiles a JSON Schema to the form of its values as text.
///
/// A rule stands for a goal: a set of parts of the schema that one value must all fulfil. Goals are compiled one after
/// the other from a list, not within each other, so that neither nesting nor references cost stack.
struct SchemaCompiler {
    var document: SchemaDocument
    let options: SchemaOptions
    var budget: GrammarBudget
    var rules: [GrammarDefinition.Rule] = []
    /// What is known of goals, also that they are refused; nil while they are being worked out.
    var shapesOfGoals: [SchemaGoal: Result<[SchemaShape], GrammarError>?] = [:]
    var ownShapes: [Int: SchemaShape] = [:]
    var patterns: [String: ScalarAutomaton] = [:]
    var numberRules: [NumberBounds: GrammarNode] = [:]
    var namedRules: [String: GrammarNode] = [:]
    var characterRules: [ScalarSet: GrammarNode] = [:]
    /// Classes of values by their names.
    var classLiterals: [String: SchemaLiteral] = [:]
    /// Alternatives that were left out because they have no form here. What is left allows less, never more; only
    /// that there is nothing must not be concluded from it.
    var omissions: (count: Int, last: GrammarError?) = (0, nil)
    /// Goals from whose alternatives some were left out.
    var incompleteGoals: Set<SchemaGoal> = []
    /// How many schemas are being looked into for the sake of another one.
    var nesting = 0
    /// How many schemas that must not hold are being worked out.
    var negations = 0
    private var goalRules: [SchemaGoal: Int] = [:]
    private var pending: [(goal: SchemaGoal, rule: Int)] = []

    /// A compiler for one schema.
    init(_ schema: JSONValue, options: SchemaOptions) throws(GrammarError) {
        self.options = options
        budget = GrammarBudget(options.limits)
        document = try SchemaDocument(schema, limits: options.limits)
    }

    /// The definition of all values.
    mutating func compile() throws(GrammarError) -> GrammarDefinition {
        let root = try rule(for: [SchemaLiteral(part: SchemaDocument.root, isNegated: false)])
        while let (goal, rule) = pending.popLast() {
            do throws(GrammarError) {
                rules[rule].node = try form(of: goal)
            } catch  where error.place.isEmpty {
                throw error.told(at: rules[rule].name)
            }
            guard rules.count <= options.limits.nodes else {
                throw GrammarError(place: "", reason: "too complicated: more than \(options.limits.nodes) rules")
            }
        }
        let definition = try GrammarDefinition(rules: rules, root: root).tidied(&budget)
        guard definition.root != .choice([]) else {
            throw GrammarError(place: "$", reason: "no value fulfils the schema")
        }
        return definition
    }

    /// Adds a rule.
    mutating func add(_ name: String, _ node: GrammarNode) -> GrammarNode {
        rules.append(.init(name: name, node: node))
        return .rule(rules.count - 1)
    }

    /// The rule of what fulfils a goal.
    mutating func rule(for goal: SchemaGoal) throws(GrammarError) -> GrammarNode {
        let goal = goal.filter { $0 != .everything }
        if goal.contains(.nothing) { return .choice([]) }
        if let known = goalRules[goal] { return .rule(known) }
        try budget.spend(1)
        let place = goal.first.map { document.place($0.part) } ?? "any value"
        rules.append(.init(name: place, node: .choice([])))
        goalRules[goal] = rules.count - 1
        pending.append((goal, rules.count - 1))
        return .rule(rules.count - 1)
    }

    // MARK: Forms

    private mutating func form(of goal: SchemaGoal) throws(GrammarError) -> GrammarNode {
        if let shared = try sharedForm(of: goal) { return shared }
        var branches: [GrammarNode] = []
        for shape in try shapes(of: goal) {
            if try isEmpty(shape, depth: 1) { continue }
            branches += try forms(of: shape)
        }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    /// The form of a part that only points to others, whose rules it can share.
    private mutating func sharedForm(of goal: SchemaGoal) throws(GrammarError) -> GrammarNode? {
        guard goal.count == 1, let literal = goal.first, !literal.isNegated,
            case .object(let schema) = document.parts[literal.part].value
        else { return nil }
        var keywords: [String] = []
        for keyword in schema.keys where !SchemaKeyword.annotations.contains(keyword) {
            // To tell a slip from a word of another tool, it is compared with every keyword.
            try budget.spend(40)
            if !SchemaKeyword.isAnnotation(keyword) { keywords.append(keyword) }
        }
        guard keywords.count == 1, let keyword = keywords.first, let value = schema[keyword] else { return nil }
        switch keyword {
        case "$ref", "$dynamicRef", "$recursiveRef":
            let target = try target(keyword, value, literal.part)
            return try rule(for: [SchemaLiteral(part: target, isNegated: false)])
        case "anyOf", "oneOf":
            let branches = try branches(keyword, value, literal.part)
            if keyword == "oneOf", try !areExclusive(branches) { return nil }
            var nodes: [GrammarNode] = []
            for branch in branches { nodes.append(try rule(for: [branch])) }
            return .choice(nodes)
        default: return nil
        }
    }

    private mutating func areExclusive(_ branches: [SchemaLiteral]) throws(GrammarError) -> Bool {
        for (index, left) in branches.enumerated() {
            for right in branches[..<index] where try !isEmpty([left, right].sorted(), depth: 2) { return false }
        }
        return true
    }

    private mutating func forms(of shape: SchemaShape) throws(GrammarError) -> [GrammarNode] {
        if let values = shape.values {
            return try literals(admitted(values, by: shape))
        }
        for value in shape.excluded where try admits(shape.withoutExclusions, value) {
            throw GrammarError(place: "", reason: "not: arrays and objects can not be excluded")
        }
        var nodes: [GrammarNode] = []
        if shape.kinds.contains(.null) { nodes.append(.bytes(Array("null".utf8))) }
        if shape.kinds.contains(.false) { nodes.append(.bytes(Array("false".utf8))) }
        if shape.kinds.contains(.true) { nodes.append(.bytes(Array("true".utf8))) }
        if shape.kinds.contains(.number) { nodes.append(try number(shape.number)) }
        if shape.kinds.contains(.string) { nodes.append(try string(shape)) }
        if shape.kinds.contains(.array) { nodes.append(try array(shape.array)) }
        if shape.kinds.contains(.object) { nodes.append(try object(shape.object)) }
        return nodes
    }
}

extension GrammarDefinition {
    /// The values of a JSON Schema (draft 2020-12) as JSON text, members in the order of the schema.
    /// - Throws: what can not be done, with the place in the schema (`$.properties.age`) and the keyword.
    package init(schema: JSONValue, options: SchemaOptions) throws(GrammarError) {
        var compiler = try SchemaCompiler(schema, options: options)
        self = try compiler.compile()
    }

    /// Any JSON object.
    /// - Throws: ``GrammarError`` when the options' limits do not allow it.
    package static func jsonObject(options: SchemaOptions) throws(GrammarError) -> GrammarDefinition {
        try GrammarDefinition(schema: ["type": "object"], options: options)
    }
}
