import JSON

/// What a shape admits, and whether that is nothing.
extension SchemaCompiler {
    /// Schemas inside schemas of which it is asked at once whether they are empty.
    private static let mostNesting = 4

    /// The shapes that may admit something.
    mutating func pruned(_ shapes: [SchemaShape]) throws(GrammarError) -> [SchemaShape] {
        var kept: [SchemaShape] = []
        for shape in shapes where try !isEmpty(shape, depth: 2) { kept.append(shape) }
        return kept
    }

    /// Whether it is certain that nothing fulfils a goal; below `depth` levels nothing is.
    mutating func isEmpty(_ goal: SchemaGoal, depth: Int) throws(GrammarError) -> Bool {
        if goal.contains(.nothing) || goal.contains(where: { goal.contains($0.negation) }) { return true }
        guard depth > 0, nesting < Self.mostNesting, !goal.allSatisfy({ $0 == .everything }) else { return false }
        // A schema that holds itself is not looked into again: it would be for every way that leads back.
        if isOpen(goal) { return false }
        try budget.spend(1 + goal.count)
        nesting += 1
        defer { nesting -= 1 }
        let shapes: [SchemaShape]
        do throws(GrammarError) {
            shapes = try self.shapes(of: goal)
        } catch {
            if error.isExhaustion { throw error }
            // What is not supported here is refused where it is used, if it is.
            return false
        }
        for shape in shapes where try !isEmpty(shape, depth: depth) { return false }
        return !incompleteGoals.contains(goal)
    }

    /// Whether it is certain that a shape admits nothing.
    mutating func isEmpty(_ shape: SchemaShape, depth: Int) throws(GrammarError) -> Bool {
        try budget.spend(4)
        if let values = shape.values {
            let rest = shape.withoutValues
            for value in values where try admits(rest, value) { return false }
            return true
        }
        if !shape.kinds.isDisjoint(with: [.null, .false, .true]) { return false }
        if shape.kinds.contains(.number), try !isEmpty(shape.number) { return false }
        if shape.kinds.contains(.string), try !isEmpty(shape.string, except: shape.excludedStrings) { return false }
        if shape.kinds.contains(.array), try !isEmpty(shape.array, depth: depth) { return false }
        if shape.kinds.contains(.object), try !isEmpty(shape.object, depth: depth) { return false }
        return true
    }

    private mutating func isEmpty(_ form: NumberBounds) throws(GrammarError) -> Bool {
        if form.hasEmptyInterval { return true }
        if form.isFree || form.steps.isSubset(of: [.one]) && form.excluded.isEmpty && form.avoidedSteps.isEmpty,
            form.lower == nil || form.upper == nil
        {
            return false
        }
        return try number(form) == .choice([])
    }

    private mutating func isEmpty(_ form: StringForm, except texts: [String]) throws(GrammarError) -> Bool {
        if let most = form.atMost, most < form.atLeast { return true }
        guard !form.automata.isEmpty, let characters = try characters(of: form, except: texts) else { return false }
        // Whether a length between is missing, which only counting would tell, is not asked.
        return characters.isEmpty || characters.shortestText > form.atMost ?? .max
            || characters.longestText ?? .max < form.atLeast
    }

    private mutating func isEmpty(_ form: ArrayForm, depth: Int) throws(GrammarError) -> Bool {
        if let most = form.atMost, most < form.atLeast { return true }
        for index in 0..<min(form.atLeast, form.firstCount + 1, 64) {
            try budget.spend(1 + form.layers.count / 4)
            if try isEmpty(form.goal(at: index), depth: depth - 1) { return true }
        }
        return false
    }

    private mutating func isEmpty(_ form: ObjectForm, depth: Int) throws(GrammarError) -> Bool {
        if let most = form.atMost, most < max(form.atLeast, form.required.count) { return true }
        for key in form.required {
            try budget.spend(2 + form.layers.count)
            if try isEmpty(form.goal(for: key), depth: depth - 1) { return true }
        }
        return false
    }

    // MARK: Membership

    /// Those of a shape's own values that the rest of it admits, each once.
    mutating func admitted(_ values: [JSONValue], by shape: SchemaShape) throws(GrammarError) -> [JSONValue] {
        let rest = shape.withoutValues
        var seen: Set<ExactKey> = []
        var admitted: [JSONValue] = []
        for value in values where try admits(rest, value) {
            if seen.insert(value.identity).inserted { admitted.append(value) }
        }
        return admitted
    }

    /// Whether a shape admits a value.
    mutating func admits(_ shape: SchemaShape, _ value: JSONValue) throws(GrammarError) -> Bool {
        try budget.spend(2)
        guard shape.kinds.contains(JSONKinds(of: value)) else { return false }
        try budget.spend((shape.values?.count ?? 0) + shape.excluded.count)
        if let values = shape.values, !values.contains(where: { $0.isSame(as: value) }) { return false }
        switch value {
        case .null, .bool: return true
        case .int, .double: return value.decimal.map(shape.number.admits) ?? false
        case .string(let text):
            try budget.spend(text.utf8.count * shape.string.automata.count / 16 + shape.excludedStrings.count)
            let count = text.unicodeScalars.count
            return count >= shape.string.atLeast && count <= shape.string.atMost ?? .max
                && shape.string.automata.allSatisfy { $0.accepts(text) }
                && !shape.excludedStrings.contains { $0.hasSameBytes(as: text) }
        case .array(let elements):
            if shape.excluded.contains(where: { $0.isSame(as: value) }) { return false }
            return try admits(shape.array, elements)
        case .object(let members):
            if shape.excluded.contains(where: { $0.isSame(as: value) }) { return false }
            return try admits(shape.object, members)
        }
    }

    private mutating func admits(_ goal: SchemaGoal, _ value: JSONValue) throws(GrammarError) -> Bool {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting < budget.limits.depth else { throw GrammarError(place: "", reason: "values nested too deep") }
        for shape in try shapes(of: goal) where try admits(shape, value) { return true }
        return false
    }

    private mutating func admits(_ form: ArrayForm, _ elements: [JSONValue]) throws(GrammarError) -> Bool {
        guard elements.count >= form.atLeast, elements.count <= form.atMost ?? .max else { return false }
        for contained in form.contained {
            var count = 0
            for element in elements.dropFirst(contained.from) where try admits([contained.literal], element) {
                count += 1
            }
            guard count >= contained.atLeast, count <= contained.atMost ?? .max else { return false }
        }
        for (index, element) in elements.enumerated() {
            guard try admits(form.goal(at: index), element) else { return false }
            if form.isUnique { try budget.spend(1 + index / 2) }
            if form.isUnique, elements[..<index].contains(where: { $0.isSame(as: element) }) { return false }
        }
        return true
    }

    private mutating func admits(_ form: ObjectForm, _ members: JSONObject) throws(GrammarError) -> Bool {
        guard members.count >= form.atLeast, members.count <= form.atMost ?? .max else { return false }
        for key in form.required where members[key] == nil { return false }
        for (key, value) in members {
            try budget.spend(2 + form.layers.count)
            guard try admits(form.names.sorted(), .string(key)), try admits(form.goal(for: key), value) else {
                return false
            }
        }
        return true
    }
}

extension SchemaShape {
    /// The same shape without the list of the only values.
    var withoutValues: SchemaShape {
        var shape = self
        shape.values = nil
        return shape
    }

    /// The same shape, with the arrays and objects that are not allowed.
    var withoutExclusions: SchemaShape {
        var shape = self
        shape.excluded = []
        return shape
    }
}
