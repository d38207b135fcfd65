/// A regular expression over Unicode scalars.
indirect enum RegexNode: Sendable, Hashable {
    /// One scalar of the set.
    case scalars(ScalarSet)
    /// One after the other; an empty list is the empty text.
    case sequence([RegexNode])
    /// One of these; an empty list is nothing at all.
    case choice([RegexNode])
    /// The same several times, without an end if `atMost` is nil.
    case several(RegexNode, atLeast: Int, atMost: Int?)
    /// The empty text where the text begins.
    case start
    /// The empty text where the text ends.
    case end
    /// The empty text where a form follows, or where it does not.
    case look(RegexNode, isNegated: Bool)
    /// A text of an automaton.
    case automaton(ScalarAutomaton)

    /// The empty text.
    static let empty = RegexNode.sequence([])
    /// Any text.
    static let anything = RegexNode.several(.scalars(.all), atLeast: 0, atMost: nil)
    /// One decimal digit.
    static let digit = RegexNode.scalars(ScalarSet([0x30...0x39]))

    /// Exactly this text.
    static func text(_ text: String) -> RegexNode {
        .sequence(text.unicodeScalars.map { .scalars(ScalarSet([$0.value...$0.value])) })
    }

    /// The form or nothing of it.
    static func optional(_ node: RegexNode) -> RegexNode { .several(node, atLeast: 0, atMost: 1) }

    /// A repetition, with the plain cases of repeated repetitions made one.
    static func repeated(_ node: RegexNode, atLeast: Int, atMost: Int?) -> RegexNode {
        if atMost == 0 { return .empty }
        if atLeast == 1, atMost == 1 { return node }
        if node == .empty { return node }
        // However often any number of times is still any number of times.
        if case .several(let inner, let innerLeast, nil) = node, innerLeast <= 1 {
            return .several(inner, atLeast: innerLeast == 0 ? 0 : atLeast, atMost: nil)
        }
        if case .several(let inner, let innerLeast, let innerMost?) = node,
            let bounds = RepetitionBounds.product((innerLeast, innerMost), (atLeast, atMost))
        {
            return .several(inner, atLeast: bounds.least, atMost: bounds.most)
        }
        return .several(node, atLeast: atLeast, atMost: atMost)
    }

    /// The scalars if it is exactly one text; nil if it is not.
    var literal: [UInt32]? {
        switch self {
        case .scalars(let set):
            guard set.ranges.count == 1, set.ranges[0].count == 1 else { return nil }
            return [set.ranges[0].lowerBound]
        case .sequence(let nodes):
            var text: [UInt32] = []
            for node in nodes {
                guard let part = node.literal else { return nil }
                text += part
            }
            return text
        default: return nil
        }
    }

    /// Whether an anchor stands anywhere in it.
    var hasAnchors: Bool {
        contains {
            switch $0 {
            case .start, .end, .look, .automaton: true
            default: false
            }
        }
    }

    /// Whether a lookahead stands anywhere in it.
    var hasLooks: Bool {
        contains {
            if case .look = $0 { return true }
            return false
        }
    }

    /// Whether it asks anywhere for the beginning of the text.
    var hasStart: Bool { contains { $0 == .start } }

    private func contains(_ isMeant: (RegexNode) -> Bool) -> Bool {
        if isMeant(self) { return true }
        return switch self {
        case .start, .end, .scalars, .automaton: false
        case .sequence(let nodes), .choice(let nodes): nodes.contains { $0.contains(isMeant) }
        case .several(let node, _, _), .look(let node, _): node.contains(isMeant)
        }
    }
}
