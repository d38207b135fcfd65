extension GrammarDefinition {
    /// The same texts without forms that nothing has, without rules that are only another name, and without rules that
    /// are not used.
    func tidied(_ budget: inout GrammarBudget) throws(GrammarError) -> GrammarDefinition {
        let targets = aliases()
        var result = self
        for index in rules.indices { result.rules[index].node = rules[index].node.renamed(targets) }
        result.root = root.renamed(targets)
        let productive = try result.productiveRules(&budget)
        for index in rules.indices { result.rules[index].node = result.rules[index].node.pruned(productive) }
        result.root = result.root.pruned(productive)
        return result.withoutUnusedRules()
    }

    /// For every rule the one that it is another name of, or itself.
    private func aliases() -> [Int] {
        var targets = Array(rules.indices)
        for start in rules.indices {
            var current = start
            var steps = 0
            while case .rule(let next) = rules[current].node, steps < 64, next != start {
                current = next
                steps += 1
            }
            targets[start] = current
        }
        return targets
    }

    /// Which rules have any text.
    private func productiveRules(_ budget: inout GrammarBudget) throws(GrammarError) -> [Bool] {
        var productive = [Bool](repeating: false, count: rules.count)
        var users = [[Int]](repeating: [], count: rules.count)
        var sizes: [Int] = []
        for (index, rule) in rules.enumerated() {
            var size = 1
            rule.node.forEachReference {
                users[$0].append(index)
                size += 1
            }
            sizes.append(size)
        }
        var pending = Array(rules.indices)
        while let index = pending.popLast() {
            if productive[index] { continue }
            // A rule is looked at again whenever one that it mentions is found to have texts.
            try budget.spend(1 + sizes[index] / 4)
            guard rules[index].node.isProductive(productive) else { continue }
            productive[index] = true
            pending += users[index]
        }
        return productive
    }

    private func withoutUnusedRules() -> GrammarDefinition {
        var numbers = [Int](repeating: -1, count: rules.count)
        var order: [Int] = []
        var pending: [Int] = []
        func visit(_ index: Int) {
            guard numbers[index] < 0 else { return }
            numbers[index] = order.count
            order.append(index)
            pending.append(index)
        }
        root.forEachReference(visit)
        while let index = pending.popLast() { rules[index].node.forEachReference(visit) }
        return GrammarDefinition(
            rules: order.map { Rule(name: rules[$0].name, node: rules[$0].node.renamed(numbers)) },
            root: root.renamed(numbers))
    }
}

extension GrammarNode {
    /// The rules that are mentioned.
    fileprivate func forEachReference(_ body: (Int) -> Void) {
        switch self {
        case .bytes, .byte, .scalar, .automaton, .token: break
        case .sequence(let nodes), .choice(let nodes): for node in nodes { node.forEachReference(body) }
        case .several(let node, _, _): node.forEachReference(body)
        case .rule(let index): body(index)
        }
    }

    /// The same form with other rules.
    fileprivate func renamed(_ numbers: [Int]) -> GrammarNode {
        switch self {
        case .bytes, .byte, .scalar, .automaton, .token: self
        case .sequence(let nodes): .sequence(nodes.map { $0.renamed(numbers) })
        case .choice(let nodes): .choice(nodes.map { $0.renamed(numbers) })
        case .several(let node, let least, let most):
            .several(node.renamed(numbers), atLeast: least, atMost: most)
        case .rule(let index): .rule(numbers[index])
        }
    }

    /// Whether there is any text of this form.
    fileprivate func isProductive(_ rules: [Bool]) -> Bool {
        switch self {
        case .bytes, .token: true
        case .byte(let set): !set.isEmpty
        case .scalar(let ranges): !ranges.isEmpty
        case .automaton(let automaton): automaton.states.contains(where: \.isAccepting)
        case .sequence(let nodes): nodes.allSatisfy { $0.isProductive(rules) }
        case .choice(let nodes): nodes.contains { $0.isProductive(rules) }
        case .several(let node, let least, _): least == 0 || node.isProductive(rules)
        case .rule(let index): rules[index]
        }
    }

    /// The same texts without alternatives that have none.
    fileprivate func pruned(_ rules: [Bool]) -> GrammarNode {
        guard isProductive(rules) else { return .choice([]) }
        switch self {
        case .bytes, .byte, .scalar, .automaton, .token, .rule: return self
        case .sequence(let nodes):
            let rest = nodes.map { $0.pruned(rules) }.filter { $0 != .sequence([]) }
            return rest.count == 1 ? rest[0] : .sequence(rest)
        case .choice(let nodes):
            let rest = nodes.filter { $0.isProductive(rules) }.map { $0.pruned(rules) }
            return rest.count == 1 ? rest[0] : .choice(rest)
        case .several(let node, let least, let most):
            return node.isProductive(rules)
                ? .several(node.pruned(rules), atLeast: least, atMost: most) : .sequence([])
        }
    }
}
