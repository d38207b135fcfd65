import JSON

/// Arrays as JSON text.
extension SchemaCompiler {
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
}
