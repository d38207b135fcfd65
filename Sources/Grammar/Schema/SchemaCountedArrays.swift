import JSON

/// Arrays in which elements are counted: those that must be of a kind, and those that must not occur twice.
extension SchemaCompiler {
    /// Rules that one array may take.
    private static let mostRows = 20_000

    /// An array of which some elements must fulfil a schema besides: there is a rule for every number of elements and
    /// every number of such ones, as far as numbers matter.
    mutating func containingArray(_ form: ArrayForm) throws(GrammarError) -> GrammarNode {
        guard form.contained.count == 1, let contained = form.contained.first else {
            throw GrammarError(place: "", reason: "the keyword contains is not supported twice for one array")
        }
        guard contained.atLeast <= contained.atMost ?? .max else { return .choice([]) }
        let mostFound = contained.atMost ?? contained.atLeast
        let mostElements = form.atMost ?? max(form.atLeast, form.firstCount, contained.from, 1)
        guard mostFound < Self.mostRows, mostElements < Self.mostRows,
            (mostFound + 1) * (mostElements + 1) <= Self.mostRows
        else {
            throw GrammarError(place: "", reason: "too complicated: contains with so many elements", cause: .size)
        }
        try budget.spend((mostFound + 1) * (mostElements + 1) * 8)
        let comma = GrammarNode.sequence([.bytes([0x2C]), try gap()])
        let close = GrammarNode.sequence([try gap(), .bytes([0x5D])])
        // What follows `count` elements of which `found` count; rules come first, for they refer to each other.
        let first = rules.count
        let row = { (found: Int, count: Int) in first + found * (mostElements + 1) + count }
        for found in 0...mostFound {
            for count in 0...mostElements {
                _ = add("\(count) elements, \(found) of them counted", .choice([]))
            }
        }
        for count in 0...mostElements where form.atMost == nil || count < mostElements {
            let next = min(count + 1, mostElements)
            let goal = form.goal(at: count)
            let isCounted = count >= contained.from
            // Without a greatest number it does not matter whether further elements are of the kind.
            let other = contained.atMost == nil || !isCounted ? [] : [contained.literal.negation]
            let plain = try rule(for: Set(goal + other).sorted())
            let matching = try isCounted ? rule(for: Set(goal + [contained.literal]).sorted()) : .choice([])
            for found in 0...mostFound {
                let start = count == 0 ? try gap() : comma
                var branches: [GrammarNode] = [.sequence([start, plain, .rule(row(found, next))])]
                if isCounted, found < mostFound {
                    branches.append(.sequence([start, matching, .rule(row(found + 1, next))]))
                }
                rules[row(found, count)].node = .choice(branches)
            }
        }
        for found in contained.atLeast...max(contained.atLeast, mostFound) {
            for count in max(1, form.atLeast)...max(1, form.atLeast, mostElements) where count <= mostElements {
                rules[row(found, count)].node = .choice([close, rules[row(found, count)].node])
            }
        }
        let mayBeEmpty = form.atLeast == 0 && contained.atLeast == 0
        let start = GrammarNode.rule(row(0, 0))
        return .sequence([.bytes([0x5B]), mayBeEmpty ? .choice([.bytes([0x5D]), start]) : start])
    }

    /// An array of given values, each at most once, in the order in which the schema names them.
    mutating func orderedArray(_ values: [JSONValue], _ form: ArrayForm) throws(GrammarError) -> GrammarNode {
        let most = min(form.atMost ?? .max, values.count)
        guard form.atLeast <= most else { return .choice([]) }
        // Without a greatest number, all counts from the least one on are alike; one tells whether there is an element.
        let counts = form.atMost == nil || most == values.count ? max(1, form.atLeast) : most
        guard values.count * (counts + 1) <= Self.mostRows else {
            throw GrammarError(place: "", reason: "too complicated: uniqueItems with so many values", cause: .size)
        }
        try budget.spend(values.count * (counts + 1) * 4)
        let comma = GrammarNode.sequence([.bytes([0x2C]), try gap()])
        let close = GrammarNode.sequence([try gap(), .bytes([0x5D])])
        let isCapped = counts < most || form.atMost == nil || most == values.count
        var rows = (0...counts).map { $0 >= max(1, form.atLeast) ? close : GrammarNode.choice([]) }
        for value in values.reversed() {
            let node = try literal(value)
            var next: [GrammarNode] = []
            for count in 0...counts {
                var branches = [rows[count]]
                if count < counts || isCapped {
                    branches.append(.sequence([count == 0 ? try gap() : comma, node, rows[min(count + 1, counts)]]))
                }
                next.append(add("values that are left, \(count) before", .choice(branches)))
            }
            rows = next
        }
        return .sequence([.bytes([0x5B]), form.atLeast == 0 ? .choice([.bytes([0x5D]), rows[0]]) : rows[0]])
    }
}
