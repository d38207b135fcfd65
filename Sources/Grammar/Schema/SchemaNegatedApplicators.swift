import JSON

/// What does not fulfil the keywords that combine schemas, and members with known names that break a rule for others.
extension SchemaCompiler {
    /// Alternatives of one keyword that are kept; the others are left out.
    private static let mostAlternatives = 64
    /// Known names of which it is asked whether their members break a rule.
    private static let mostNames = 32

    /// What fulfils none of several schemas, or two of them.
    mutating func noneOrSeveral(
        of branches: [SchemaLiteral], _ part: Int, _ shapes: [SchemaShape], within outer: [SchemaLiteral]
    ) throws(GrammarError) -> [SchemaShape] {
        var results = shapes
        for branch in branches { results = try pruned(apply(branch.negation, to: results, within: outer)) }
        for (index, branch) in branches.enumerated() where index + 1 < branches.count {
            let holding = try pruned(apply(branch, to: shapes, within: outer))
            for other in branches[(index + 1)...] where !holding.isEmpty {
                results += try pruned(apply(other, to: holding, within: outer))
                if results.count > Self.mostAlternatives { return omitting(results, part, "oneOf") }
            }
        }
        return results
    }

    /// What fulfils a condition but not its consequence, or neither the condition nor the alternative.
    mutating func negatedConditional(
        _ part: Int, _ shapes: [SchemaShape], within outer: [SchemaLiteral]
    ) throws(GrammarError) -> [SchemaShape] {
        guard let below = document.part(below: part, "if") else { return [] }
        let condition = SchemaLiteral(part: below, isNegated: false)
        var results: [SchemaShape] = []
        for (keyword, holds) in [("then", condition), ("else", condition.negation)] {
            guard let consequence = document.part(below: part, keyword) else { continue }
            let chosen = try pruned(apply(holds, to: shapes, within: outer))
            results += try apply(SchemaLiteral(part: consequence, isNegated: true), to: chosen, within: outer)
        }
        return omitting(results, part, "if")
    }

    /// Objects that have a key but not what depends on it.
    mutating func negatedDependencies(
        _ keyword: String, _ value: JSONValue, _ part: Int, _ shapes: [SchemaShape], within outer: [SchemaLiteral]
    ) throws(GrammarError) -> [SchemaShape] {
        guard let members = value.objectValue else { throw refusal(part, "\(keyword) must be an object") }
        var results: [SchemaShape] = []
        for (key, dependency) in members {
            var present = SchemaShape(.object)
            present.object.required = [key]
            let with = try merge(present, into: shapes)
            if dependency.arrayValue != nil {
                for name in try strings(keyword, dependency, part) { results += try merge(.without(name), into: with) }
            } else if let below = document.part(below: part, keyword, key) {
                results += try apply(SchemaLiteral(part: below, isNegated: true), to: with, within: outer)
            }
        }
        return try omitting(pruned(results), part, keyword)
    }

    /// The first alternatives, as many as are kept.
    private mutating func omitting(_ shapes: [SchemaShape], _ part: Int, _ keyword: String) -> [SchemaShape] {
        guard shapes.count > Self.mostAlternatives else { return shapes }
        omissions = (omissions.count + 1, refusal(part, "\(keyword) fails in too many ways"))
        return Array(shapes.prefix(Self.mostAlternatives))
    }

    /// Objects in which a member whose name is known breaks what is said of names, of names that an expression finds or
    /// of all other members.
    mutating func namedMembers(
        outside form: ObjectForm, _ part: Int, _ shapes: [SchemaShape]
    ) throws(GrammarError) -> [SchemaShape] {
        let layers = form.layers.filter { !$0.patterns.isEmpty || $0.others ?? .everything != .everything }
        guard !layers.isEmpty || !form.names.isEmpty else { return [] }
        var results: [SchemaShape] = []
        for shape in shapes where shape.kinds.contains(.object) {
            for key in shape.object.declaredKeys.prefix(Self.mostNames) {
                try budget.spend(4 + shape.size / 4)
                if shape.object.goal(for: key).contains(.nothing) { continue }
                var broken: [SchemaLiteral] = []
                for layer in layers {
                    broken += layer.patterns.filter { $0.automaton.accepts(key) }.map(\.literal.negation)
                    if !layer.names(key), let others = layer.others { broken.append(others.negation) }
                }
                if try !admitsName(form, key) { broken.append(.everything) }
                for literal in broken { results += try merge(.with(key, literal), into: [shape]) }
            }
        }
        return try omitting(pruned(results), part, "additionalProperties")
    }
}

extension ObjectForm {
    /// Whether all members have names that are known, and not too many.
    var hasOnlyNamedMembers: Bool {
        layers.contains { $0.others == .nothing } && layers.allSatisfy(\.patterns.isEmpty) && declaredKeys.count <= 32
    }
}

extension SchemaShape {
    /// Objects in which the member of a key fulfils a literal.
    fileprivate static func with(_ key: String, _ literal: SchemaLiteral) -> SchemaShape {
        var shape = SchemaShape(.object)
        var layer = ObjectForm.Layer()
        layer.declare(key, literal)
        layer.isNegated = true
        shape.object.layers = [layer]
        shape.object.required = [key]
        return shape
    }
}
