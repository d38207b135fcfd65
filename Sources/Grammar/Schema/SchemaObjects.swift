import JSON

/// Objects as JSON text: declared members in the order of the schema, then others in any order.
extension SchemaCompiler {
    /// The members of an object, ready to be put in a row.
    struct Members {
        /// Declared members: key with value, and whether it must occur.
        var declared: [(node: GrammarNode, isRequired: Bool)] = []
        /// One member that is not declared; nil if there is none.
        var other: GrammarNode?
        /// The least and the greatest number of members.
        var atLeast: Int
        var atMost: Int?

        /// How many must occur.
        var requiredCount: Int { declared.count(where: \.isRequired) }
    }

    /// The form of an object.
    mutating func object(_ form: ObjectForm) throws(GrammarError) -> GrammarNode {
        var members = Members(atLeast: form.atLeast, atMost: form.atMost)
        let keys = form.declaredKeys
        let patterns = form.layers.reduce(0) { $0 + $1.patterns.count }
        try budget.spend(keys.count * (4 + form.layers.count + patterns))
        let required = Set(form.required.map { ExactKey(text: $0) })
        for key in keys {
            let goal = form.goal(for: key)
            let isRequired = required.contains(ExactKey(text: key))
            var isPossible = try admitsName(form, key)
            if isPossible { isPossible = try !isEmpty(goal, depth: 1) }
            guard isPossible else {
                if isRequired { return .choice([]) }
                continue
            }
            let value = try rule(for: goal)
            let member = GrammarNode.sequence([self.key(key), try gapAfterColon(), value])
            members.declared.append((add("member \(key.prefix(100))", member), isRequired))
        }
        members.other = try otherMember(form, declared: keys)
        let rows = SchemaRows(members: members, comma: .sequence([.bytes([0x2C]), try gap()]))
        return try braced(rows.content(&self))
    }

    /// Whether the names of an object's members may be this one.
    mutating func admitsName(_ form: ObjectForm, _ key: String) throws(GrammarError) -> Bool {
        guard !form.names.isEmpty else { return true }
        for shape in try shapes(of: form.names.sorted()) where try admits(shape, .string(key)) { return true }
        return false
    }

    private mutating func braced(_ content: SchemaRows.Content) throws(GrammarError) -> GrammarNode {
        let close = GrammarNode.bytes([0x7D])
        var endings: [GrammarNode] = content.mayBeEmpty ? [close] : []
        if let some = content.some { endings.append(.sequence([try gap(), some, try gap(), close])) }
        return .sequence([.bytes([0x7B]), endings.count == 1 ? endings[0] : .choice(endings)])
    }

    // MARK: Members that are not declared

    /// Keys that an automaton accepts, and which patterns are found in them.
    private struct KeyClass {
        /// The keys; nil for all.
        var keys: ScalarAutomaton?
        /// The expressions that are found in all of them; the others are found in none.
        var sources: Set<String> = []
    }

    private mutating func otherMember(_ form: ObjectForm, declared: [String]) throws(GrammarError) -> GrammarNode? {
        let isClosed = !options.additionalPropertiesByDefault && form.isClosedByDefault
        if isClosed, form.layers.allSatisfy(\.patterns.isEmpty) { return nil }
        if form.layers.contains(where: { $0.others == .nothing && $0.patterns.isEmpty }) { return nil }
        var nodes: [GrammarNode] = []
        for keyClass in try keyClasses(form, declared: declared) {
            if isClosed, keyClass.sources.isEmpty { continue }
            var goal: Set<SchemaLiteral> = []
            for layer in form.layers {
                let found = layer.patterns.filter { keyClass.sources.contains($0.source) }.map(\.literal)
                goal.formUnion(found.isEmpty ? layer.others.map { [$0] } ?? [] : found)
            }
            if try isEmpty(goal.sorted(), depth: 1) { continue }
            let value = try rule(for: goal.sorted())
            nodes.append(.sequence([try string(keyClass.keys), .bytes([0x3A]), try gapAfterColon(), value]))
        }
        if nodes.isEmpty { return nil }
        return add("another member", nodes.count == 1 ? nodes[0] : .choice(nodes))
    }

    /// The keys that are not declared, told apart by the patterns that are found in them.
    private mutating func keyClasses(_ form: ObjectForm, declared: [String]) throws(GrammarError) -> [KeyClass] {
        var keys: ScalarAutomaton?
        if !declared.isEmpty { keys = try others(than: declared) }
        if !form.names.isEmpty {
            let allowed = try names(form.names.sorted())
            keys = try keys?.intersection(allowed, budget: &budget) ?? allowed
        }
        var classes = [KeyClass(keys: keys)]
        for pattern in form.layers.flatMap(\.patterns) {
            let absent = try pattern.automaton.complement(budget: &budget)
            var split: [KeyClass] = []
            for var keyClass in classes {
                if keyClass.sources.contains(pattern.source) {
                    split.append(keyClass)
                    continue
                }
                let before = keyClass.keys
                keyClass.keys = try before?.intersection(absent, budget: &budget) ?? absent
                split.append(keyClass)
                keyClass.keys = try before?.intersection(pattern.automaton, budget: &budget) ?? pattern.automaton
                keyClass.sources.insert(pattern.source)
                split.append(keyClass)
            }
            classes = split.filter { !($0.keys?.isEmpty ?? false) }
            guard classes.count <= 64 else {
                throw GrammarError(place: "", reason: "patternProperties overlap in more than 64 ways")
            }
        }
        return classes.filter { !($0.keys?.isEmpty ?? false) }
    }

    /// The strings that fulfil a goal.
    private mutating func names(_ goal: SchemaGoal) throws(GrammarError) -> ScalarAutomaton {
        var result = try ScalarAutomaton(.choice([]), budget: &budget)
        for shape in try shapes(of: goal) where shape.kinds.contains(.string) {
            var texts: ScalarAutomaton
            if let values = shape.values {
                let admitted = try admitted(values, by: shape).compactMap(\.stringValue)
                texts = try ScalarAutomaton(.choice(admitted.map { .text($0) }), budget: &budget)
            } else if let automaton = try automaton(of: shape.string, except: shape.excludedStrings) {
                texts = automaton
            } else {
                let length = RegexNode.several(
                    .scalars(.all), atLeast: shape.string.atLeast, atMost: shape.string.atMost)
                texts = try ScalarAutomaton(length, budget: &budget)
            }
            result = try result.union(texts, budget: &budget)
        }
        return result
    }
}
