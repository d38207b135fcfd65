import JSON

/// Arrays without repetitions.
///
/// Given values are told apart exactly. Other values fall into classes of which no two have a value in common, and an
/// array has at most one element of each class: less than the schema allows, never more.
extension SchemaCompiler {
    /// Values that an array without repetitions may have in any order; more come in the order of the schema. Also the
    /// classes into which other values fall.
    static let mostFreeValues = 8
    /// Values of which an array without repetitions may be made.
    private static let mostUniqueValues = 2048

    /// An array without repetitions.
    mutating func uniqueArray(_ form: ArrayForm) throws(GrammarError) -> GrammarNode {
        guard form.contained.isEmpty else {
            throw GrammarError(place: "", reason: "the keyword uniqueItems is not supported besides contains")
        }
        if form.firstCount == 0, let values = try givenValues(form.goal(at: 0)) {
            if values.count > Self.mostFreeValues { return try orderedArray(values, form) }
            guard form.atLeast <= values.count else { return .choice([]) }
            var nodes: [GrammarNode] = []
            for value in values { nodes.append(try literal(value)) }
            return try distinctElements([nodes], form)
        }
        var classes: [SchemaLiteral] = []
        let goal = form.firstCount == 0 ? form.goal(at: 0) : []
        for one in try distinctClasses(goal, depth: 3) where try !isEmpty((goal + [one]).sorted(), depth: 2) {
            classes.append(one)
        }
        guard form.atLeast <= classes.count else {
            throw GrammarError(
                place: "",
                reason: "the keyword uniqueItems is not supported for more than \(classes.count) elements of this kind "
                    + "(minItems)")
        }
        var rows: [[GrammarNode]] = []
        for index in 0...min(form.firstCount, classes.count) {
            var nodes: [GrammarNode] = []
            for one in classes { nodes.append(try rule(for: Set(form.goal(at: index) + [one]).sorted())) }
            rows.append(nodes)
        }
        return try distinctElements(rows, form)
    }

    /// An array of at most one element of each kind, in any order: there is a rule for every set of kinds that are taken.
    /// - Parameter kinds: for each index the forms of the kinds; the last list is for all further ones.
    private mutating func distinctElements(
        _ kinds: [[GrammarNode]], _ form: ArrayForm
    ) throws(GrammarError) -> GrammarNode {
        let kindCount = kinds[0].count
        let most = min(form.atMost ?? .max, kindCount)
        let close = GrammarNode.sequence([try gap(), .bytes([0x5D])])
        let comma = GrammarNode.sequence([.bytes([0x2C]), try gap()])
        // Sets of taken kinds, from the largest on: what may follow each.
        var rows = [GrammarNode](repeating: .choice([]), count: 1 << kindCount)
        for taken in stride(from: rows.count - 1, through: 0, by: -1) where taken.nonzeroBitCount <= most {
            try budget.spend(kindCount)
            let count = taken.nonzeroBitCount
            var branches: [GrammarNode] = count >= form.atLeast && count > 0 ? [close] : []
            for (index, node) in kinds[min(count, kinds.count - 1)].enumerated()
            where taken & 1 << index == 0 && count < most {
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
        var seen: Set<ExactKey> = []
        for shape in try shapes(of: goal) {
            var candidates = shape.values
            if candidates == nil, shape.kinds.isSubset(of: [.null, .false, .true]) {
                candidates = [.null, false, true]
            }
            guard let candidates else { return nil }
            for value in try admitted(candidates, by: shape) where seen.insert(value.identity).inserted {
                found.append(value)
                if found.count > Self.mostUniqueValues { return nil }
            }
        }
        return found
    }
}
