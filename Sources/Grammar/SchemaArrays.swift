import JSON

/// Arrays as JSON text.
extension SchemaCompiler {
    /// Values that an array without repetitions may have in any order; more come in the order of the schema.
    private static let mostFreeValues = 8
    /// Values of which an array without repetitions may be made.
    private static let mostUniqueValues = 2048

    /// The form of an array.
    mutating func array(_ form: ArrayForm) throws(GrammarError) -> GrammarNode {
        let open = GrammarNode.bytes([0x5B])
        let close = GrammarNode.bytes([0x5D])
        if form.atMost == 0 {
            let isEnough = form.atLeast == 0 && form.contained.allSatisfy { $0.atLeast == 0 }
            return isEnough ? .sequence([open, close]) : .choice([])
        }
        if form.isUnique, form.atMost ?? .max > 1 { return try uniqueArray(form) }
        if !form.contained.isEmpty { return try containingArray(form) }
        let elements = try elements(form)
        let some = GrammarNode.sequence([try gap(), elements, try gap(), close])
        return .sequence([open, form.atLeast == 0 ? .choice([close, some]) : some])
    }

    /// At least one element, and commas.
    private mutating func elements(_ form: ArrayForm) throws(GrammarError) -> GrammarNode {
        let count = min(form.firstCount, form.atMost ?? .max)
        let rest = form.atMost.map { $0 - count }
        guard count > 0 else {
            return try list(of: try rule(for: form.goal(at: 0)), atLeast: max(1, form.atLeast), atMost: form.atMost)
        }
        try budget.spend(count)
        let comma = GrammarNode.sequence([.bytes([0x2C]), try gap()])
        var tail: GrammarNode = .sequence([])
        if rest != 0 {
            let other = try rule(for: form.goal(at: count))
            tail = .several(.sequence([comma, other]), atLeast: max(0, form.atLeast - count), atMost: rest)
        }
        for index in stride(from: count - 1, through: 1, by: -1) {
            let element = try rule(for: form.goal(at: index))
            let more = GrammarNode.sequence([comma, element, tail])
            // Each tail is a rule, so that nesting does not grow with the number of elements.
            tail = add("elements from \(index) on", form.atLeast > index ? more : .choice([.sequence([]), more]))
        }
        return .sequence([try rule(for: form.goal(at: 0)), tail])
    }

    /// A list of equal elements, of which there is at least one.
    mutating func list(of element: GrammarNode, atLeast: Int, atMost: Int?) throws(GrammarError) -> GrammarNode {
        let more = GrammarNode.sequence([.bytes([0x2C]), try gap(), element])
        return .sequence([element, .several(more, atLeast: atLeast - 1, atMost: atMost.map { $0 - 1 })])
    }

    /// An array without repetitions, which is possible where the elements are few given values: there is a rule for
    /// every set of values that are left.
    private mutating func uniqueArray(_ form: ArrayForm) throws(GrammarError) -> GrammarNode {
        let refusal = GrammarError(
            place: "",
            reason:
                "the keyword uniqueItems is not supported but for at most \(Self.mostUniqueValues) given values (enum, "
                + "const, boolean) and for one element")
        guard form.firstCount == 0, form.contained.isEmpty, let values = try givenValues(form.goal(at: 0)) else {
            throw refusal
        }
        if values.count > Self.mostFreeValues { return try orderedArray(values, form) }
        let most = min(form.atMost ?? .max, values.count)
        guard form.atLeast <= most else { return .choice([]) }
        var nodes: [GrammarNode] = []
        for value in values { nodes.append(try literal(value)) }
        let close = GrammarNode.sequence([try gap(), .bytes([0x5D])])
        let comma = GrammarNode.sequence([.bytes([0x2C]), try gap()])
        // Sets of taken values, from the largest on: what may follow each.
        var rows = [GrammarNode](repeating: .choice([]), count: 1 << values.count)
        for taken in stride(from: rows.count - 1, through: 0, by: -1) where taken.nonzeroBitCount <= most {
            try budget.spend(values.count)
            let count = taken.nonzeroBitCount
            var branches: [GrammarNode] = count >= form.atLeast && count > 0 ? [close] : []
            for (index, node) in nodes.enumerated() where taken & 1 << index == 0 && count < most {
                let next = rows[taken | 1 << index]
                branches.append(.sequence([count == 0 ? try gap() : comma, node, next]))
            }
            rows[taken] = count == 0 ? .choice(branches) : add("elements that are left", .choice(branches))
        }
        let open = GrammarNode.bytes([0x5B])
        return .sequence([open, form.atLeast == 0 ? .choice([.bytes([0x5D]), rows[0]]) : rows[0]])
    }

    /// The values of a goal if it gives them all; nil if not.
    private mutating func givenValues(_ goal: SchemaGoal) throws(GrammarError) -> [JSONValue]? {
        var found: [JSONValue] = []
        for shape in try shapes(of: goal) {
            var candidates = shape.values
            if candidates == nil, shape.kinds.isSubset(of: [.null, .false, .true]) {
                candidates = [.null, false, true]
            }
            guard let candidates else { return nil }
            for value in try admitted(candidates, by: shape) where !found.contains(where: { $0.isSame(as: value) }) {
                found.append(value)
                if found.count > Self.mostUniqueValues { return nil }
            }
        }
        return found
    }
}
