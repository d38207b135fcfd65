/// The nondeterministic automaton of an expression (Thompson's construction, built from the end).
/// Source: Thompson, "Regular Expression Search Algorithm", CACM 11 (6), 1968.
struct RegexStates {
    /// One state.
    enum State {
        /// Takes one scalar of the set with this index.
        case scalars(Int, next: Int)
        /// Goes on at any of these without taking anything.
        case fork([Int])
        /// Goes on where the text begins.
        case start(next: Int)
        /// Goes on where the text ends.
        case end(next: Int)
        /// The text may end.
        case accept
    }

    /// The states; the one with index 0 accepts.
    private(set) var states: [State] = [.accept]
    /// The sets that states take.
    private(set) var sets: [ScalarSet] = []
    /// Where a text begins.
    private(set) var first = 0
    private var setIndices: [ScalarSet: Int] = [:]

    /// The automaton of an expression.
    init(_ node: RegexNode, budget: inout GrammarBudget) throws(GrammarError) {
        first = try add(node, next: 0, &budget)
        try budget.spend(states.count)
    }

    /// A state with its list of others, with the growth of arrays in it.
    private static let bytesPerState = 160

    private mutating func append(_ state: State, _ budget: inout GrammarBudget) throws(GrammarError) -> Int {
        guard states.count < budget.limits.automatonStates * 4 else {
            throw budget.excess("more than \(budget.limits.automatonStates * 4) states in an expression")
        }
        try budget.make(Self.bytesPerState)
        states.append(state)
        return states.count - 1
    }

    /// Adds what leads from the beginning of `node` to `next`.
    private mutating func add(_ node: RegexNode, next: Int, _ budget: inout GrammarBudget) throws(GrammarError) -> Int {
        try budget.spend(1)
        switch node {
        case .scalars(let set):
            try budget.spend(set.ranges.count / 4)
            return try append(.scalars(index(of: set), next: next), &budget)
        case .look:
            throw GrammarError(place: "", reason: "regular expression: lookahead is not supported here")
        case .automaton(let automaton): return try embed(automaton, next: next, &budget)
        case .start: return try append(.start(next: next), &budget)
        case .end: return try append(.end(next: next), &budget)
        case .sequence(let nodes):
            var next = next
            for node in nodes.reversed() { next = try add(node, next: next, &budget) }
            return next
        case .choice(let nodes):
            var branches: [Int] = []
            for node in nodes { branches.append(try add(node, next: next, &budget)) }
            return try append(.fork(branches), &budget)
        case .several(let node, let atLeast, let atMost):
            return try addRepetition(of: node, atLeast: atLeast, atMost: atMost, next: next, &budget)
        }
    }

    private mutating func addRepetition(
        of node: RegexNode, atLeast: Int, atMost: Int?, next: Int, _ budget: inout GrammarBudget
    ) throws(GrammarError) -> Int {
        var entry = next
        var copies = atLeast
        if let atMost {
            for _ in atLeast..<max(atLeast, atMost) {
                let body = try add(node, next: entry, &budget)
                entry = try append(.fork([body, next]), &budget)
            }
        } else {
            let loop = try append(.fork([]), &budget)
            let body = try add(node, next: loop, &budget)
            states[loop] = .fork([body, next])
            entry = atLeast == 0 ? loop : body
            copies = max(0, atLeast - 1)
        }
        for _ in 0..<copies { entry = try add(node, next: entry, &budget) }
        return entry
    }

    /// The states of an automaton, of which those that accept go on at `next`.
    private mutating func embed(
        _ automaton: ScalarAutomaton, next: Int, _ budget: inout GrammarBudget
    ) throws(GrammarError) -> Int {
        let first = states.count
        for _ in 0..<automaton.count { _ = try append(.fork([]), &budget) }
        for state in 0..<automaton.count {
            var ranges: [Int: [ClosedRange<UInt32>]] = [:]
            let pieces = automaton.pieces(from: state)
            try budget.spend(pieces.count * 4)
            for piece in pieces { ranges[piece.target, default: []].append(piece.first...piece.last) }
            var branches = automaton.accepting[state] ? [next] : []
            for (target, ranges) in ranges.sorted(by: { $0.key < $1.key }) {
                branches.append(try append(.scalars(index(of: ScalarSet(ranges)), next: first + target), &budget))
            }
            states[first + state] = .fork(branches)
        }
        return first
    }

    private mutating func index(of set: ScalarSet) -> Int {
        if let known = setIndices[set] { return known }
        sets.append(set)
        setIndices[set] = sets.count - 1
        return sets.count - 1
    }

    /// Adds to `found` what can be reached without taking anything, as far as it takes something or ends.
    /// - Returns: how many states were visited.
    func close(
        over roots: [Int], atStart: Bool, atEnd: Bool, seen: inout [Bool], found: inout [Int]
    ) -> Int {
        var pending = roots
        var visited: [Int] = []
        while let state = pending.popLast() {
            if seen[state] { continue }
            seen[state] = true
            visited.append(state)
            switch states[state] {
            case .fork(let branches): pending += branches
            case .start(let next): if atStart { pending.append(next) }
            case .end(let next):
                if atEnd { pending.append(next) } else { found.append(state) }
            case .scalars, .accept: found.append(state)
            }
        }
        for state in visited { seen[state] = false }
        return visited.count
    }
}
