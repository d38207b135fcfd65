extension ScalarAutomaton {
    /// Rounds after which it is enough: a coarser automaton is not worth more.
    private static let mostRounds = 64

    /// The same texts with fewer states; the automaton itself where that takes too many rounds.
    ///
    /// Source: Moore, "Gedanken-experiments on Sequential Machines", Automata Studies, 1956.
    func minimised(budget: inout GrammarBudget) throws(GrammarError) -> ScalarAutomaton {
        var groups = accepting.map { $0 ? Int32(1) : 0 }
        var groupCount = Set(groups).count
        for _ in 0..<Self.mostRounds {
            try budget.spend(count * (2 + alphabet.classCount / 4))
            var numbers: [[Int32]: Int32] = [:]
            var next: [Int32] = []
            next.reserveCapacity(count)
            for state in 0..<count {
                let row = table[state * alphabet.classCount..<(state + 1) * alphabet.classCount]
                let key = [groups[state]] + row.map { $0 < 0 ? -1 : groups[Int($0)] }
                let number = numbers[key] ?? Int32(numbers.count)
                numbers[key] = number
                next.append(number)
            }
            groups = next
            if numbers.count == groupCount { return merged(groups, count: groupCount) }
            groupCount = numbers.count
        }
        return self
    }

    /// One state for every group; the group of the first state is the first one.
    private func merged(_ groups: [Int32], count groupCount: Int) -> ScalarAutomaton {
        var result = ScalarAutomaton(alphabet: alphabet, table: [], accepting: [])
        var isSeen = [Bool](repeating: false, count: groupCount)
        // Groups are numbered by their first states, so that this order is that of their numbers.
        for state in 0..<count where !isSeen[Int(groups[state])] {
            isSeen[Int(groups[state])] = true
            result.accepting.append(accepting[state])
            for symbol in 0..<alphabet.classCount {
                result.table.append(target(state, symbol).map { groups[$0] } ?? -1)
            }
        }
        return result
    }
}
