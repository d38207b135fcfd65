import JSON

/// What does not fulfil a schema: at least one of its keywords fails.
extension SchemaCompiler {
    /// The alternatives that do not fulfil a part.
    mutating func negate(
        _ part: Int, _ schema: JSONObject, _ shapes: [SchemaShape], within outer: [SchemaLiteral]
    ) throws(GrammarError) -> [SchemaShape] {
        if document.hasLoneReferences, let reference = schema["$ref"] {
            return try negate("$ref", reference, part, shapes, within: outer)
        }
        let own = try ownShape(part, schema)
        var results = try pruned(negations(of: own, part, schema, shapes))
        for (keyword, value) in schema where SchemaKeyword.applicators.contains(keyword) {
            results += try pruned(negate(keyword, value, part, shapes, within: outer))
        }
        return results
    }

    private mutating func negate(
        _ keyword: String, _ value: JSONValue, _ part: Int, _ shapes: [SchemaShape], within outer: [SchemaLiteral]
    ) throws(GrammarError) -> [SchemaShape] {
        switch keyword {
        case "$ref", "$dynamicRef", "$recursiveRef":
            let target = try target(keyword, value, part)
            return try apply(SchemaLiteral(part: target, isNegated: true), to: shapes, within: outer)
        case "allOf":
            var results: [SchemaShape] = []
            for branch in try branches(keyword, value, part) {
                results += try apply(branch.negation, to: shapes, within: outer)
            }
            return results
        case "anyOf":
            var shapes = shapes
            for branch in try branches(keyword, value, part) {
                shapes = try apply(branch.negation, to: shapes, within: outer)
            }
            return shapes
        case "not":
            guard let below = document.part(below: part, "not") else { return [] }
            return try apply(SchemaLiteral(part: below, isNegated: false), to: shapes, within: outer)
        case "oneOf": return try noneOrSeveral(of: branches(keyword, value, part), part, shapes, within: outer)
        case "if": return try negatedConditional(part, shapes, within: outer)
        case "then", "else": return []
        case "dependentRequired", "dependentSchemas", "dependencies":
            return try negatedDependencies(keyword, value, part, shapes, within: outer)
        default: return try negate(unsupported: keyword, part, shapes)
        }
    }

    /// Leaves out the alternatives in which the keyword fails, unless there are none.
    mutating func negate(
        unsupported keyword: String, _ part: Int, _ shapes: [SchemaShape]
    ) throws(GrammarError) -> [SchemaShape] {
        if try !pruned(shapes).isEmpty {
            omissions = (
                omissions.count + 1,
                refusal(part, "\(keyword) is not supported where it must not hold (not, oneOf, if)")
            )
        }
        return []
    }

    // MARK: Keywords of the value itself

    private mutating func negations(
        of own: SchemaShape, _ part: Int, _ schema: JSONObject, _ shapes: [SchemaShape]
    ) throws(GrammarError) -> [SchemaShape] {
        var alternatives: [SchemaShape] = []
        if own.kinds != .all { alternatives.append(SchemaShape(JSONKinds.all.subtracting(own.kinds))) }
        if let values = own.values { alternatives.append(except(values)) }
        if own.kinds.contains(.number) { alternatives += numbers(outside: own.number) }
        if own.kinds.contains(.string) { alternatives += try strings(outside: own.string) }
        if own.kinds.contains(.array) { alternatives += arrays(outside: own.array) }
        if own.kinds.contains(.object) { alternatives += objects(outside: own.object) }
        var results: [SchemaShape] = []
        for alternative in alternatives { results += try merge(alternative, into: shapes) }
        if own.kinds.contains(.object) { results += try namedMembers(outside: own.object, part, shapes) }
        try check(own, part, schema, shapes)
        return results
    }

    /// Notes keywords whose failure has no form here, as far as the kind of value may occur.
    private mutating func check(
        _ own: SchemaShape, _ part: Int, _ schema: JSONObject, _ shapes: [SchemaShape]
    ) throws(GrammarError) {
        let objects = try merge(SchemaShape(.object), into: shapes)
        if own.kinds.contains(.object), !objects.isEmpty {
            for keyword in ["patternProperties", "propertyNames", "additionalProperties"] {
                guard let value = schema[keyword], value.boolValue != true else { continue }
                // Where all members have known names, it is spelled out for each which of them breaks the rule.
                let others = objects.filter { !$0.object.hasOnlyNamedMembers }
                _ = try negate(unsupported: keyword, part, others)
            }
        }
        let arrays = try merge(SchemaShape(.array), into: shapes)
        if own.kinds.contains(.array), !arrays.isEmpty {
            for keyword in ["uniqueItems", "additionalItems", "unevaluatedItems"] {
                guard let value = schema[keyword], value.boolValue != (keyword != "uniqueItems") else { continue }
                _ = try negate(unsupported: keyword, part, arrays)
            }
        }
    }

    private func except(_ values: [JSONValue]) -> SchemaShape {
        var shape = SchemaShape()
        for value in values {
            switch value {
            case .null, .bool: shape.kinds.subtract(JSONKinds(of: value))
            case .int, .double:
                if let number = value.decimal { shape.number.formIntersection(NumberBounds(except: number)) }
            case .string(let text): shape.excludedStrings.append(text)
            case .array(let elements) where elements.isEmpty: shape.array.atLeast = 1
            case .object(let members) where members.isEmpty: shape.object.atLeast = 1
            case .array, .object: shape.excluded.append(value)
            }
        }
        return shape
    }

    private func numbers(outside form: NumberBounds) -> [SchemaShape] {
        var forms: [NumberBounds] = []
        if let lower = form.lower {
            forms.append(NumberBounds(upper: .init(value: lower.value, isExclusive: !lower.isExclusive)))
        }
        if let upper = form.upper {
            forms.append(NumberBounds(lower: .init(value: upper.value, isExclusive: !upper.isExclusive)))
        }
        forms += form.steps.sorted().map { NumberBounds(noMultipleOf: $0) }
        return forms.map {
            var shape = SchemaShape(.number)
            shape.number = $0
            return shape
        }
    }

    private mutating func strings(outside form: StringForm) throws(GrammarError) -> [SchemaShape] {
        var forms: [StringForm] = []
        if form.atLeast > 0 { forms.append(StringForm(atMost: form.atLeast - 1)) }
        if let most = form.atMost { forms.append(StringForm(atLeast: most + 1)) }
        for automaton in form.automata {
            forms.append(StringForm(automata: [try automaton.complement(budget: &budget)]))
        }
        return forms.map {
            var shape = SchemaShape(.string)
            shape.string = $0
            return shape
        }
    }

    private func arrays(outside form: ArrayForm) -> [SchemaShape] {
        var forms: [ArrayForm] = []
        if form.atLeast > 0 { forms.append(ArrayForm(atMost: form.atLeast - 1)) }
        if let most = form.atMost { forms.append(ArrayForm(atLeast: most + 1)) }
        for layer in form.layers {
            for (index, literal) in layer.first.enumerated() {
                let free = [SchemaLiteral](repeating: .everything, count: index)
                forms.append(
                    ArrayForm(layers: [.init(first: free + [literal.negation], isNegated: true)], atLeast: index + 1))
            }
            if let others = layer.others, others != .everything {
                forms.append(ArrayForm(contained: [.init(literal: others.negation, from: layer.first.count)]))
            }
        }
        for one in form.contained {
            if one.atLeast > 0 {
                let fewer = ArrayForm.Contained(
                    literal: one.literal, from: one.from, atLeast: 0, atMost: one.atLeast - 1)
                forms.append(ArrayForm(contained: [fewer]))
            }
            if let most = one.atMost {
                forms.append(
                    ArrayForm(contained: [.init(literal: one.literal, from: one.from, atLeast: most + 1)]))
            }
        }
        return forms.map {
            var shape = SchemaShape(.array)
            shape.array = $0
            return shape
        }
    }

    private func objects(outside form: ObjectForm) -> [SchemaShape] {
        var shapes: [SchemaShape] = []
        func add(_ change: (inout ObjectForm) -> Void) {
            var shape = SchemaShape(.object)
            change(&shape.object)
            shapes.append(shape)
        }
        if form.atLeast > 0 { add { $0.atMost = form.atLeast - 1 } }
        if let most = form.atMost { add { $0.atLeast = most + 1 } }
        for key in form.required {
            add { $0.layers = SchemaShape.without(key).object.layers }
        }
        for (key, literal) in form.layers.flatMap(\.properties) {
            add {
                $0.required = [key]
                var layer = ObjectForm.Layer()
                layer.isNegated = true
                layer.declare(key, literal.negation)
                $0.layers = [layer]
            }
        }
        return shapes
    }
}
