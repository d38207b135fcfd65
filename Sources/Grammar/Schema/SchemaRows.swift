/// Puts the members of an object in a row with commas between them, in a form whose size grows with their number only.
struct SchemaRows {
    /// What stands between the braces.
    struct Content {
        /// Whether there may be nothing.
        var mayBeEmpty: Bool
        /// At least one member; nil if there can be none.
        var some: GrammarNode?
    }

    let members: SchemaCompiler.Members
    let comma: GrammarNode

    /// The members between the braces.
    func content(_ compiler: inout SchemaCompiler) throws(GrammarError) -> Content {
        let most = members.atMost ?? .max
        let possible = members.other == nil ? members.declared.count : .max
        guard members.atLeast <= min(most, possible), members.requiredCount <= most else {
            return Content(mayBeEmpty: false, some: nil)
        }
        let mayBeEmpty = members.requiredCount == 0 && members.atLeast == 0
        if possible == 0 || most == 0 { return Content(mayBeEmpty: mayBeEmpty, some: nil) }
        // Whether nothing has to be counted, because there is at least one member anyway and never one too many.
        if members.atLeast <= max(1, members.requiredCount), most >= possible {
            return Content(mayBeEmpty: mayBeEmpty, some: uncounted(&compiler))
        }
        return Content(mayBeEmpty: mayBeEmpty, some: try counted(&compiler))
    }

    /// `heads[i]` begins with member `i` or a later one; `tails[i]` follows a member before `i`.
    private func uncounted(_ compiler: inout SchemaCompiler) -> GrammarNode {
        let more = members.other.map { GrammarNode.several(.sequence([comma, $0]), atLeast: 0, atMost: nil) }
        var tail: GrammarNode = more ?? .sequence([])
        var head: GrammarNode?
        if let other = members.other, let more { head = .sequence([other, more]) }
        for (index, member) in members.declared.enumerated().reversed() {
            let first = GrammarNode.sequence([member.node, tail])
            if member.isRequired {
                head = compiler.add("members from \(index) on", first)
            } else {
                head = compiler.add("members from \(index) on", head.map { .choice([first, $0]) } ?? first)
            }
            let next = GrammarNode.sequence([comma, member.node])
            let step = member.isRequired ? next : .several(next, atLeast: 0, atMost: 1)
            tail = compiler.add("members behind \(index)", .sequence([step, tail]))
        }
        return head ?? .choice([])
    }

    /// A form for every place and every number of members before it.
    private func counted(_ compiler: inout SchemaCompiler) throws(GrammarError) -> GrammarNode {
        let declared = members.declared
        let limit = members.atMost ?? members.atLeast
        // Without a greatest number, all counts from the least one on are alike.
        let counts = min(limit, members.atMost == nil ? limit : declared.count)
        var rows: [GrammarNode] = []
        for count in 0...counts { rows.append(try others(after: count)) }
        for (index, member) in declared.enumerated().reversed() {
            try compiler.budget.spend((counts + 1) * 8)
            var next: [GrammarNode] = []
            for count in 0...counts {
                let with = members.atMost == nil ? min(count + 1, counts) : count + 1
                var branches: [GrammarNode] = []
                if with <= counts {
                    let start: [GrammarNode] = count == 0 ? [] : [comma]
                    branches.append(.sequence(start + [member.node, rows[with]]))
                }
                if !member.isRequired { branches.append(rows[count]) }
                let node = branches.count == 1 ? branches[0] : GrammarNode.choice(branches)
                next.append(compiler.add("members from \(index) on, \(count) before", node))
            }
            rows = next
        }
        return rows[0]
    }

    /// Members that are not declared, after `count` others; a count of 0 asks for at least one.
    private func others(after count: Int) throws(GrammarError) -> GrammarNode {
        let least = max(0, members.atLeast - count)
        let most = members.atMost.map { $0 - count }
        guard let other = members.other, most != 0 else {
            return least == 0 && count > 0 ? .sequence([]) : .choice([])
        }
        guard least <= 1 else {
            throw GrammarError(
                place: "",
                reason: "minProperties is not supported where several members that are not declared must occur")
        }
        let next = GrammarNode.sequence([comma, other])
        if count > 0 { return .several(next, atLeast: least, atMost: most) }
        return .sequence([other, .several(next, atLeast: 0, atMost: most.map { $0 - 1 })])
    }
}
