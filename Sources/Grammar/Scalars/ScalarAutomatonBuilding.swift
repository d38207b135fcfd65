extension ScalarAutomaton {
    /// The automaton of an expression that describes the whole text.
    init(_ node: RegexNode, budget: inout GrammarBudget) throws(GrammarError) {
        var building = try SubsetConstruction(node, budget: &budget)
        self = try building.run(budget: &budget).withoutDeadEnds()
    }

    /// The automaton of the texts in which an expression is found anywhere.
    init(searching node: RegexNode, budget: inout GrammarBudget) throws(GrammarError) {
        try self.init(.sequence([.anything, node, .anything]), budget: &budget)
    }

    /// What is not accepted by this one.
    func complement(budget: inout GrammarBudget) throws(GrammarError) -> ScalarAutomaton {
        let everything = try ScalarAutomaton(.anything, budget: &budget)
        return try everything.combined(with: self, budget: &budget) { !$1 }
    }

    /// What is accepted by both.
    func intersection(_ other: ScalarAutomaton, budget: inout GrammarBudget) throws(GrammarError) -> ScalarAutomaton {
        try combined(with: other, budget: &budget) { $0 && $1 }
    }

    /// What is accepted by this one and not by the other.
    func subtracting(_ other: ScalarAutomaton, budget: inout GrammarBudget) throws(GrammarError) -> ScalarAutomaton {
        try combined(with: other, budget: &budget) { $0 && !$1 }
    }

    /// What is accepted by either.
    func union(_ other: ScalarAutomaton, budget: inout GrammarBudget) throws(GrammarError) -> ScalarAutomaton {
        try combined(with: other, budget: &budget) { $0 || $1 }
    }

    /// The product of two automata; `accepts` says what a text is worth that the one and the other accept or not.
    private func combined(
        with other: ScalarAutomaton, budget: inout GrammarBudget, accepts: (Bool, Bool) -> Bool
    ) throws(GrammarError) -> ScalarAutomaton {
        struct Pair: Hashable {
            let left: Int32
            let right: Int32
        }
        try budget.spend((alphabet.starts.count + other.alphabet.starts.count) * 3)
        let joined = JoinedAlphabet(alphabet, other.alphabet)
        var pairs = [Pair(left: 0, right: 0)]
        var numbers = [pairs[0]: Int32(0)]
        var table: [Int32] = []
        var index = 0
        while index < pairs.count {
            try budget.spend(joined.symbols.count + 1)
            let pair = pairs[index]
            index += 1
            for (left, right) in joined.symbols {
                let next = Pair(
                    left: pair.left < 0 ? -1 : self.table[Int(pair.left) * alphabet.classCount + left],
                    right: pair.right < 0 ? -1 : other.table[Int(pair.right) * other.alphabet.classCount + right])
                // Where one of them is lost, the other may decide alone, or nothing can be accepted any more.
                let isLost =
                    next.left < 0 ? next.right < 0 || !accepts(false, true) : next.right < 0 && !accepts(true, false)
                if isLost {
                    table.append(-1)
                    continue
                }
                if let known = numbers[next] {
                    table.append(known)
                    continue
                }
                try budget.check(states: pairs.count)
                numbers[next] = Int32(pairs.count)
                table.append(Int32(pairs.count))
                pairs.append(next)
            }
        }
        let accepting = pairs.map {
            accepts($0.left >= 0 && self.accepting[Int($0.left)], $0.right >= 0 && other.accepting[Int($0.right)])
        }
        return ScalarAutomaton(alphabet: joined.alphabet, table: table, accepting: accepting).withoutDeadEnds()
    }
}

/// Two alphabets cut as finely as both of them.
private struct JoinedAlphabet {
    var alphabet: ScalarAutomaton.Alphabet
    /// The class in the one and in the other of every common class.
    var symbols: [(left: Int, right: Int)] = []

    init(_ left: ScalarAutomaton.Alphabet, _ right: ScalarAutomaton.Alphabet) {
        let starts = Set(left.starts + right.starts).sorted()
        var numbers: [[Int]: Int] = [:]
        var classes: [Int?] = []
        for start in starts {
            guard let first = left.symbol(of: start), let second = right.symbol(of: start) else {
                classes.append(nil)
                continue
            }
            let number = numbers[[first, second]] ?? numbers.count
            if number == numbers.count {
                numbers[[first, second]] = number
                symbols.append((first, second))
            }
            classes.append(number)
        }
        alphabet = ScalarAutomaton.Alphabet(starts: starts, classes: classes, classCount: numbers.count)
    }
}

/// Makes an expression's automaton deterministic.
private struct SubsetConstruction {
    /// States of the expression together, and whether nothing has been read yet.
    private struct Subset: Hashable {
        let states: [Int]
        let isStart: Bool
    }

    private let source: RegexStates
    private let alphabet: ScalarAutomaton.Alphabet
    /// The classes of every set.
    private let symbols: [[Int]]
    private var seen: [Bool]
    private var subsets: [Subset] = []
    private var numbers: [Subset: Int] = [:]

    init(_ node: RegexNode, budget: inout GrammarBudget) throws(GrammarError) {
        source = try RegexStates(node, budget: &budget)
        alphabet = try ScalarAutomaton.Alphabet(source.sets, budget: &budget)
        var symbols: [[Int]] = []
        for set in source.sets {
            try budget.spend(alphabet.starts.count)
            symbols.append(alphabet.symbols(in: set))
        }
        self.symbols = symbols
        seen = [Bool](repeating: false, count: source.states.count)
    }

    mutating func run(budget: inout GrammarBudget) throws(GrammarError) -> ScalarAutomaton {
        _ = try number(reachedFrom: [source.first], isStart: true, budget: &budget)
        var table: [Int32] = []
        var accepting: [Bool] = []
        var index = 0
        while index < subsets.count {
            let subset = subsets[index]
            index += 1
            try budget.spend(alphabet.classCount + subset.states.count)
            accepting.append(accepts(subset))
            var targets = [[Int]](repeating: [], count: alphabet.classCount)
            for state in subset.states {
                guard case .scalars(let set, let next) = source.states[state] else { continue }
                try budget.spend(symbols[set].count)
                for symbol in symbols[set] { targets[symbol].append(next) }
            }
            for roots in targets {
                table.append(
                    roots.isEmpty ? -1 : Int32(try number(reachedFrom: roots, isStart: false, budget: &budget)))
            }
        }
        return ScalarAutomaton(alphabet: alphabet, table: table, accepting: accepting)
    }

    private mutating func number(
        reachedFrom roots: [Int], isStart: Bool, budget: inout GrammarBudget
    ) throws(GrammarError) -> Int {
        var found: [Int] = []
        let visited = source.close(over: roots, atStart: isStart, atEnd: false, seen: &seen, found: &found)
        try budget.spend(visited + found.count + roots.count)
        let subset = Subset(states: found.sorted(), isStart: isStart)
        if let known = numbers[subset] { return known }
        subsets.append(subset)
        try budget.check(states: subsets.count)
        numbers[subset] = subsets.count - 1
        return subsets.count - 1
    }

    private mutating func accepts(_ subset: Subset) -> Bool {
        if subset.states.contains(0) { return true }
        var found: [Int] = []
        _ = source.close(over: subset.states, atStart: subset.isStart, atEnd: true, seen: &seen, found: &found)
        return found.contains(0)
    }
}
