import Grammar

/// Writes random texts of a form: every choice by the dice until the fuel is spent, then the shortest way out.
struct GrammarWalk {
    private let definition: GrammarDefinition
    /// How many rules deep the shortest text of each rule is.
    private var heights: [Int]
    private var distances: [ByteAutomaton: [Int]] = [:]
    private var fuel = 0
    private var generator: SplitMix
    private var bytes: [UInt8] = []

    /// A walk through a definition whose rules all have texts.
    init(_ definition: GrammarDefinition, seed: UInt64) {
        self.definition = definition
        generator = SplitMix(state: seed)
        heights = [Int](repeating: .max, count: definition.rules.count)
        var changed = true
        while changed {
            changed = false
            for (index, rule) in definition.rules.enumerated() {
                let height = height(rule.node)
                if height < heights[index] {
                    heights[index] = height
                    changed = true
                }
            }
        }
    }

    /// One text; nil if there is none.
    mutating func text(fuel: Int) -> [UInt8]? {
        guard height(definition.root) < .max else { return nil }
        self.fuel = fuel
        bytes = []
        write(definition.root)
        return bytes
    }

    private func height(_ node: GrammarNode) -> Int {
        switch node {
        case .bytes, .token: 0
        case .byte(let set): set.isEmpty ? .max : 0
        case .scalar(let ranges): ranges.isEmpty ? .max : 0
        case .sequence(let nodes): nodes.map(height).max() ?? 0
        case .choice(let nodes): nodes.map(height).min() ?? .max
        case .several(let node, let least, _): least == 0 ? 0 : height(node)
        case .rule(let index): heights[index] == .max ? .max : heights[index] + 1
        case .automaton(let automaton): automaton.states.contains(where: \.isAccepting) ? 0 : .max
        }
    }

    private mutating func write(_ node: GrammarNode) {
        fuel -= 1
        switch node {
        case .bytes(let text): bytes += text
        case .byte(let set):
            if let byte = (UInt8.min...UInt8.max).filter(set.contains).randomElement(using: &generator) {
                bytes.append(byte)
            }
        case .scalar(let ranges):
            if let range = ranges.randomElement(using: &generator),
                let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator))
            {
                bytes += Array(String(scalar).utf8)
            }
        case .sequence(let nodes): for node in nodes { write(node) }
        case .choice(let nodes):
            let possible = nodes.filter { height($0) < .max }
            let pick = fuel > 0 ? possible.randomElement(using: &generator) : possible.min { height($0) < height($1) }
            if let pick { write(pick) }
        case .several(let node, let least, let most):
            for _ in 0..<least { write(node) }
            var count = least
            while count < most ?? .max, fuel > 0, height(node) < .max, Bool.random(using: &generator) {
                write(node)
                count += 1
            }
        case .rule(let index): write(definition.rules[index].node)
        case .automaton(let automaton): walk(automaton)
        case .token: break
        }
    }

    private mutating func walk(_ automaton: ByteAutomaton) {
        let distances = self.distances[automaton] ?? Self.distances(automaton)
        self.distances[automaton] = distances
        var state = 0
        var steps = Int.random(in: 0...12, using: &generator)
        while true {
            let here = automaton.states[state]
            let edges = here.edges.filter { distances[$0.target] < .max }
            if here.isAccepting, edges.isEmpty || steps <= 0 || Int.random(in: 0..<6, using: &generator) == 0 { return }
            steps -= 1
            let pick =
                steps > 0
                ? edges.randomElement(using: &generator) : edges.min { distances[$0.target] < distances[$1.target] }
            guard let pick else { return }
            bytes.append(UInt8.random(in: pick.bytes, using: &generator))
            state = pick.target
        }
    }

    /// How far each state is from the next one where a text may end.
    private static func distances(_ automaton: ByteAutomaton) -> [Int] {
        var distances = automaton.states.map { $0.isAccepting ? 0 : Int.max }
        var sources = [[Int]](repeating: [], count: automaton.states.count)
        for (index, state) in automaton.states.enumerated() {
            for edge in state.edges { sources[edge.target].append(index) }
        }
        var queue = automaton.states.indices.filter { automaton.states[$0].isAccepting }
        var next = 0
        while next < queue.count {
            let state = queue[next]
            next += 1
            for source in sources[state] where distances[source] == .max {
                distances[source] = distances[state] + 1
                queue.append(source)
            }
        }
        return distances
    }
}

/// The generator of Steele, Lea and Flood: the same numbers everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
