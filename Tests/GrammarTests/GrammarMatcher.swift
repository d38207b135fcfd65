import Grammar

/// Decides slowly and plainly whether a text has a form, by the ends that each node can reach from each place.
struct GrammarMatcher {
    private struct Call: Hashable {
        let rule: Int
        let start: Int
    }

    private let definition: GrammarDefinition
    private let bytes: [UInt8]
    private var known: [Call: Set<Int>] = [:]

    private init(_ definition: GrammarDefinition, _ bytes: [UInt8]) {
        self.definition = definition
        self.bytes = bytes
    }

    /// Whether the whole text has the form. The definition must not be left-recursive.
    static func accepts(_ definition: GrammarDefinition, _ text: String) -> Bool {
        accepts(definition, Array(text.utf8))
    }

    /// Whether all bytes have the form.
    static func accepts(_ definition: GrammarDefinition, _ bytes: [UInt8]) -> Bool {
        var matcher = GrammarMatcher(definition, bytes)
        return matcher.ends(definition.root, from: 0).contains(bytes.count)
    }

    private mutating func ends(_ node: GrammarNode, from start: Int) -> Set<Int> {
        switch node {
        case .bytes(let expected): return bytes[start...].starts(with: expected) ? [start + expected.count] : []
        case .byte(let set): return start < bytes.count && set.contains(bytes[start]) ? [start + 1] : []
        case .scalar(let ranges): return scalar(ranges, from: start)
        case .sequence(let nodes):
            var places: Set = [start]
            for node in nodes { places = ends(node, from: places) }
            return places
        case .choice(let nodes): return nodes.reduce(into: []) { $0.formUnion(ends($1, from: start)) }
        case .several(let node, let least, let most): return several(node, least, most, from: start)
        case .rule(let index):
            let call = Call(rule: index, start: start)
            if let found = known[call] { return found }
            let found = ends(definition.rules[index].node, from: start)
            known[call] = found
            return found
        case .automaton(let automaton): return run(automaton, from: start)
        case .token: return []
        }
    }

    private mutating func ends(_ node: GrammarNode, from places: Set<Int>) -> Set<Int> {
        places.reduce(into: []) { $0.formUnion(ends(node, from: $1)) }
    }

    private mutating func several(_ node: GrammarNode, _ least: Int, _ most: Int?, from start: Int) -> Set<Int> {
        var places: Set = [start]
        for _ in 0..<least {
            let next = ends(node, from: places)
            if next == places { break }
            places = next
        }
        var all = places
        var count = least
        while !places.isEmpty, count < most ?? .max {
            places = ends(node, from: places).subtracting(all)
            all.formUnion(places)
            count += 1
        }
        return all
    }

    private func scalar(_ ranges: [ClosedRange<UInt32>], from start: Int) -> Set<Int> {
        let rest = bytes[start...].prefix(4)
        for length in 1...4 where length <= rest.count {
            if let text = String(validating: rest.prefix(length), as: UTF8.self), let first = text.unicodeScalars.first
            {
                return ranges.contains { $0.contains(first.value) } ? [start + length] : []
            }
        }
        return []
    }

    private func run(_ automaton: ByteAutomaton, from start: Int) -> Set<Int> {
        var state = automaton.states[0]
        var ends: Set<Int> = state.isAccepting ? [start] : []
        for place in start..<bytes.count {
            guard let edge = state.edges.first(where: { $0.bytes.contains(bytes[place]) }) else { return ends }
            state = automaton.states[edge.target]
            if state.isAccepting { ends.insert(place + 1) }
        }
        return ends
    }
}
