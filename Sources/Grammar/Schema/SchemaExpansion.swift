import JSON

/// Schemas come down to alternatives without further alternatives: `allOf`, `$ref` and siblings are merged, `anyOf` and
/// its kin multiply, and what must not be fulfilled turns into what may be instead.
///
/// Keyword by keyword, a list of alternatives (shapes) is narrowed or multiplied. For example, for the schema
///
///     {"type": ["string", "null"], "anyOf": [{"maxLength": 3}, {"pattern": "^x"}], "not": {"type": "null"}}
///
///     keyword   alternatives behind it
///     (start)   any value
///     type      a string or null
///     anyOf     a string of at most 3 characters or null | a string that begins with x or null
///     not       a string of at most 3 characters         | a string that begins with x
///
/// `oneOf` keeps of each branch what meets none of the others (A and not B, B and not A), `if` makes two lists (the
/// condition and `then`, its opposite and `else`). A literal is a part of the document or its opposite; a shape
/// remembers the literals applied to it, so that a schema which comes up again asks for nothing, and one whose opposite
/// was applied leaves no alternative. A literal within itself has no end and is refused; members and elements are goals
/// of their own, worked out later, and there a schema may contain itself.
extension SchemaCompiler {
    /// Alternatives of one value at most.
    private static let mostShapes = 512
    /// Ways to fulfil one branch of `oneOf` and none of the others: where there are more, the first one is kept,
    /// which leaves out what the others need.
    private static let mostWays = 2
    private static let keptWays = 1

    /// The alternatives of a goal.
    mutating func shapes(of goal: SchemaGoal) throws(GrammarError) -> [SchemaShape] {
        if case .some(.some(let known)) = shapesOfGoals[goal] { return try known.get() }
        shapesOfGoals[goal] = .some(nil)
        let omitted = omissions.count
        let outerNegations = negations
        negations = 0
        defer { negations = outerNegations }
        do throws(GrammarError) {
            var shapes = [SchemaShape()]
            for literal in goal { shapes = try apply(literal, to: shapes, within: []) }
            if omissions.count != omitted { incompleteGoals.insert(goal) }
            shapesOfGoals[goal] = .success(shapes)
            return shapes
        } catch {
            shapesOfGoals[goal] = .failure(error)
            throw error
        }
    }

    /// Whether the alternatives of a goal are being worked out just now.
    func isOpen(_ goal: SchemaGoal) -> Bool {
        if case .some(.none) = shapesOfGoals[goal] { return true }
        return false
    }

    /// The alternatives that fulfil a literal besides.
    mutating func apply(
        _ literal: SchemaLiteral, to shapes: [SchemaShape], within outer: [SchemaLiteral]
    ) throws(GrammarError) -> [SchemaShape] {
        guard !outer.contains(literal) else { throw refusal(literal.part, "the schema refers to itself without end") }
        guard outer.count < budget.limits.depth else { throw refusal(literal.part, "schemas nested too deep") }
        var done: [SchemaShape] = []
        var open: [SchemaShape] = []
        for var shape in shapes where !shape.applied.contains(literal.negation) {
            if shape.applied.insert(literal).inserted { open.append(shape) } else { done.append(shape) }
        }
        guard !open.isEmpty else { return done }
        try budget.spend(open.reduce(0) { $0 + 1 + $1.applied.count / 8 })
        switch document.parts[literal.part].value {
        case .bool(let flag): return flag != literal.isNegated ? done + open : done
        case .object(let schema):
            let inner = outer + [literal]
            if literal.isNegated { negations += 1 }
            defer { if literal.isNegated { negations -= 1 } }
            var result =
                literal.isNegated
                ? try negate(literal.part, schema, open, within: inner)
                : try fulfil(literal.part, schema, open, within: inner)
            if result.count + done.count > Self.mostShapes {
                let excess = refusal(
                    literal.part, "anyOf, oneOf, not or if make more than \(Self.mostShapes) combinations")
                // Of the ways not to fulfil something, some may be left out.
                guard literal.isNegated, done.count < Self.mostShapes else { throw excess }
                omissions = (omissions.count + 1, excess)
                result = Array(result.prefix(Self.mostShapes - done.count))
            }
            return done + result
        default: throw refusal(literal.part, "a schema must be an object or a boolean")
        }
    }

    /// What is asked besides by every alternative.
    mutating func merge(_ shape: SchemaShape, into shapes: [SchemaShape]) throws(GrammarError) -> [SchemaShape] {
        var merged: [SchemaShape] = []
        for other in shapes {
            try budget.spend(20 + (other.size + shape.size) / 4)
            if let both = other.intersection(shape) { merged.append(both) }
        }
        return merged
    }

    private mutating func fulfil(
        _ part: Int, _ schema: JSONObject, _ shapes: [SchemaShape], within outer: [SchemaLiteral]
    ) throws(GrammarError) -> [SchemaShape] {
        var shapes = shapes
        let layersBefore = shapes.map(\.object.layers.count).max() ?? 0
        let elementsBefore = shapes.map(\.array.layers.count).max() ?? 0
        // Members are in the order of the text: those of the part itself come where `properties` stands.
        var own = try ownShape(part, schema)
        // What fulfils a schema only because another one must not hold says nothing of what is left over.
        if negations > 0 { own.markNegated() }
        let place = schema["properties"] == nil ? schema.keys.first { SchemaKeyword.own.contains($0) } : "properties"
        for (keyword, value) in schema where !shapes.isEmpty {
            if keyword == place {
                shapes = try merge(own, into: shapes)
            } else if SchemaKeyword.applicators.contains(keyword) {
                shapes = try fulfil(keyword, value, part, shapes, within: outer)
            }
        }
        if schema["unevaluatedProperties"] != nil {
            shapes = try closed(shapes, part, layersBefore: layersBefore)
        }
        if let below = document.part(below: part, "unevaluatedItems"), below != SchemaDocument.everything,
            schema["items"]?.arrayValue != nil ? schema["additionalItems"] == nil : schema["items"] == nil
        {
            shapes = try shapes.map { shape throws(GrammarError) in
                try ended(shape, part, below, layersBefore: elementsBefore)
            }
        }
        return shapes
    }

    private mutating func fulfil(
        _ keyword: String, _ value: JSONValue, _ part: Int, _ shapes: [SchemaShape], within outer: [SchemaLiteral]
    ) throws(GrammarError) -> [SchemaShape] {
        switch keyword {
        case "$ref", "$dynamicRef", "$recursiveRef":
            let target = try target(keyword, value, part)
            return try apply(SchemaLiteral(part: target, isNegated: false), to: shapes, within: outer)
        case "allOf":
            var shapes = shapes
            for branch in try branches(keyword, value, part) { shapes = try apply(branch, to: shapes, within: outer) }
            return shapes
        case "anyOf":
            var results: [SchemaShape] = []
            for branch in try branches(keyword, value, part) {
                results += try apply(branch, to: shapes, within: outer)
            }
            return results.branched()
        case "oneOf": return try exactlyOne(of: branches(keyword, value, part), part, shapes, within: outer)
        case "not":
            guard let below = document.part(below: part, "not") else { return shapes }
            let omitted = omissions.count
            let result = try pruned(apply(SchemaLiteral(part: below, isNegated: true), to: shapes, within: outer))
            if result.isEmpty, omissions.count != omitted, let last = omissions.last { throw last }
            return result.branched()
        case "if": return try conditional(part, shapes, within: outer)
        case "dependentRequired", "dependentSchemas", "dependencies":
            return try dependent(keyword, value, part, shapes, within: outer)
        default: return shapes
        }
    }

    /// The part to which a reference leads.
    mutating func target(_ keyword: String, _ value: JSONValue, _ part: Int) throws(GrammarError) -> Int {
        guard let reference = value.stringValue else { throw refusal(part, "\(keyword) must be a string") }
        let kind: SchemaDocument.Reference =
            keyword == "$dynamicRef" ? .dynamic : keyword == "$recursiveRef" ? .recursive : .plain
        return try document.target(of: reference, at: part, kind)
    }

    /// The schemas in a list.
    mutating func branches(
        _ keyword: String, _ value: JSONValue, _ part: Int
    ) throws(GrammarError) -> [SchemaLiteral] {
        guard !(try list(keyword, value, part)).isEmpty else { throw refusal(part, "\(keyword) must not be empty") }
        return document.parts(below: part, list: keyword).map { SchemaLiteral(part: $0, isNegated: false) }
    }

    private mutating func exactlyOne(
        of branches: [SchemaLiteral], _ part: Int, _ shapes: [SchemaShape], within outer: [SchemaLiteral]
    ) throws(GrammarError) -> [SchemaShape] {
        var results: [SchemaShape] = []
        for (index, branch) in branches.enumerated() {
            var chosen = try apply(branch, to: shapes, within: outer)
            for (other, rival) in branches.enumerated() where other != index && !chosen.isEmpty {
                let omitted = omissions.count
                if try pruned(apply(rival, to: chosen, within: outer)).isEmpty, omissions.count == omitted { continue }
                do throws(GrammarError) {
                    chosen = try pruned(apply(rival.negation, to: chosen, within: outer))
                    if chosen.isEmpty, omissions.count != omitted, let last = omissions.last { throw last }
                    if chosen.count > Self.mostWays {
                        chosen.removeLast(chosen.count - Self.keptWays)
                        omissions.count += 1
                    }
                } catch {
                    if error.isExhaustion { throw error }
                    throw refusal(
                        part, "oneOf: branches \(index) and \(other) may both hold, and \(error.place): \(error.reason)"
                    )
                }
            }
            results += chosen
        }
        return results
    }

    private mutating func conditional(
        _ part: Int, _ shapes: [SchemaShape], within outer: [SchemaLiteral]
    ) throws(GrammarError) -> [SchemaShape] {
        guard let condition = document.part(below: part, "if") else { return shapes }
        let consequence = document.part(below: part, "then") ?? SchemaDocument.everything
        let alternative = document.part(below: part, "else") ?? SchemaDocument.everything
        if consequence == alternative { return shapes.branched() }
        let holds = SchemaLiteral(part: condition, isNegated: false)
        let yes = try apply(holds, to: shapes, within: outer)
        let omitted = omissions.count
        let no = try apply(holds.negation, to: shapes, within: outer)
        if no.isEmpty, omissions.count != omitted, let last = omissions.last { throw last }
        let results =
            try apply(SchemaLiteral(part: consequence, isNegated: false), to: yes, within: outer)
            + apply(SchemaLiteral(part: alternative, isNegated: false), to: no, within: outer)
        return try pruned(results).branched()
    }

    private mutating func dependent(
        _ keyword: String, _ value: JSONValue, _ part: Int, _ shapes: [SchemaShape], within outer: [SchemaLiteral]
    ) throws(GrammarError) -> [SchemaShape] {
        guard let members = value.objectValue else { throw refusal(part, "\(keyword) must be an object") }
        var shapes = shapes
        for (key, dependency) in members {
            var present = SchemaShape(.object)
            present.object.required = [key]
            var with: [SchemaShape]
            if dependency.arrayValue != nil {
                present.object.required += try strings(keyword, dependency, part)
                with = try merge(present, into: shapes)
            } else {
                guard let below = document.part(below: part, keyword, key) else { continue }
                with = try merge(present, into: shapes)
                with = try apply(SchemaLiteral(part: below, isNegated: false), to: with, within: outer)
            }
            shapes = try pruned(with + merge(.without(key), into: shapes)).branched()
        }
        return shapes
    }

    /// `unevaluatedItems`: what comes behind the elements of which the schemas beside it speak.
    private func ended(
        _ shape: SchemaShape, _ part: Int, _ below: Int, layersBefore: Int
    ) throws(GrammarError) -> SchemaShape {
        guard shape.array.contained.isEmpty else {
            throw refusal(part, "the keyword unevaluatedItems is not supported besides contains")
        }
        let seen = shape.array.layers.dropFirst(layersBefore).filter { !$0.isNegated }
        guard seen.allSatisfy({ $0.others == nil }) else { return shape }
        var layer = ArrayForm.Layer()
        layer.first = [SchemaLiteral](repeating: .everything, count: seen.map(\.first.count).max() ?? 0)
        layer.others = SchemaLiteral(part: below, isNegated: false)
        layer.isNegated = negations > 0
        var shape = shape
        shape.array.layers.append(layer)
        return shape
    }

    /// `unevaluatedProperties`, where it is certain which members the schemas beside it speak of.
    private mutating func closed(
        _ shapes: [SchemaShape], _ part: Int, layersBefore: Int
    ) throws(GrammarError) -> [SchemaShape] {
        guard let below = document.part(below: part, "unevaluatedProperties") else { return shapes }
        let isNegated = negations > 0
        // Of alternatives that may hold together, each knows its own members only: that allows less, never more.
        return shapes.map { shape in
            let seen = shape.object.layers.dropFirst(layersBefore).filter { !$0.isNegated }
            guard seen.allSatisfy({ $0.others == nil }) else { return shape }
            var layer = ObjectForm.Layer()
            for (key, _) in seen.flatMap(\.properties) { layer.declare(key, .everything) }
            layer.patterns = seen.flatMap(\.patterns).map { ($0.source, $0.automaton, .everything) }
            layer.others = SchemaLiteral(part: below, isNegated: false)
            layer.isNegated = isNegated
            var shape = shape
            shape.object.layers.append(layer)
            return shape
        }
    }
}

extension [SchemaShape] {
    /// The same, marked as alternatives of which several may hold.
    fileprivate func branched() -> [SchemaShape] {
        map {
            var shape = $0
            shape.isBranched = true
            return shape
        }
    }
}

extension SchemaShape {
    /// Says of its layers that they come from what must not be fulfilled.
    fileprivate mutating func markNegated() {
        for index in object.layers.indices { object.layers[index].isNegated = true }
        for index in array.layers.indices { array.layers[index].isNegated = true }
    }

    /// Values that are no objects, and objects without a key.
    static func without(_ key: String) -> SchemaShape {
        var shape = SchemaShape()
        var layer = ObjectForm.Layer()
        layer.declare(key, .nothing)
        layer.isNegated = true
        shape.object.layers = [layer]
        return shape
    }
}
