/// Rules that refer to each other, and where a text begins.
package struct GrammarDefinition: Sendable, Hashable {
    /// A rule with its name, which errors mention.
    package struct Rule: Sendable, Hashable {
        /// What the author calls it.
        package var name: String
        /// What it says.
        package var node: GrammarNode

        /// A rule.
        package init(name: String, node: GrammarNode) {
            self.name = name
            self.node = node
        }
    }

    /// The rules, to which nodes refer by index.
    package var rules: [Rule]
    /// The form of a whole text.
    package var root: GrammarNode

    /// A definition.
    package init(rules: [Rule], root: GrammarNode) {
        self.rules = rules
        self.root = root
    }

    /// Takes over the rules of another definition.
    /// - Returns: the other's root, to be used in this definition.
    package mutating func embed(_ other: GrammarDefinition) -> GrammarNode {
        let offset = rules.count
        rules += other.rules.map { Rule(name: $0.name, node: $0.node.shifted(by: offset)) }
        return other.root.shifted(by: offset)
    }
}

extension GrammarNode {
    /// The same form, for a definition that has `offset` rules before.
    fileprivate func shifted(by offset: Int) -> GrammarNode {
        switch self {
        case .bytes, .byte, .scalar, .automaton, .token: self
        case .sequence(let nodes): .sequence(nodes.map { $0.shifted(by: offset) })
        case .choice(let nodes): .choice(nodes.map { $0.shifted(by: offset) })
        case .several(let node, let atLeast, let atMost):
            .several(node.shifted(by: offset), atLeast: atLeast, atMost: atMost)
        case .rule(let index): .rule(index + offset)
        }
    }
}
