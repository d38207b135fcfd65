/// A deterministic automaton over Unicode scalars, whose alphabet is cut into classes that no state tells apart.
struct ScalarAutomaton: Sendable, Hashable {
    /// How the alphabet is cut.
    struct Alphabet: Sendable, Hashable {
        /// The first scalar of every interval, in order; the first one is 0.
        var starts: [UInt32]
        /// The class of every interval; nil for surrogates.
        var classes: [Int?]
        /// How many classes there are.
        var classCount: Int
    }

    /// The alphabet.
    var alphabet: Alphabet
    /// Where state `s` goes with a scalar of class `c`, at `s * classCount + c`; -1 is nowhere.
    var table: [Int32]
    /// Whether a text may end in a state; state 0 is where every text begins.
    var accepting: [Bool]

    /// Number of states.
    var count: Int { accepting.count }

    /// Whether no text is accepted, provided that dead ends are cut off.
    var isEmpty: Bool { !accepting.contains(true) }

    /// Where a state goes with a class.
    func target(_ state: Int, _ symbol: Int) -> Int? {
        let target = table[state * alphabet.classCount + symbol]
        return target < 0 ? nil : Int(target)
    }

    /// Whether a text is accepted.
    func accepts(_ text: String) -> Bool {
        var state = 0
        for scalar in text.unicodeScalars {
            guard let symbol = alphabet.symbol(of: scalar.value), let next = target(state, symbol) else { return false }
            state = next
        }
        return accepting[state]
    }

    /// The same texts without states from which no text can end.
    func withoutDeadEnds() -> ScalarAutomaton {
        var sources = [[Int]](repeating: [], count: count)
        for state in 0..<count {
            for symbol in 0..<alphabet.classCount {
                if let next = target(state, symbol), sources[next].last != state { sources[next].append(state) }
            }
        }
        var isAlive = accepting
        var pending = accepting.indices.filter { accepting[$0] }
        while let state = pending.popLast() {
            for source in sources[state] where !isAlive[source] {
                isAlive[source] = true
                pending.append(source)
            }
        }
        isAlive[0] = true
        var numbers = [Int32](repeating: -1, count: count)
        var kept: [Int] = []
        for state in 0..<count where isAlive[state] {
            numbers[state] = Int32(kept.count)
            kept.append(state)
        }
        var result = ScalarAutomaton(alphabet: alphabet, table: [], accepting: kept.map { accepting[$0] })
        for state in kept {
            for symbol in 0..<alphabet.classCount {
                result.table.append(target(state, symbol).map { numbers[$0] } ?? -1)
            }
        }
        return result
    }

    /// The intervals that lead somewhere from a state, in order, neighbours with the same target made one.
    func pieces(from state: Int) -> [ScalarPiece] {
        var pieces: [ScalarPiece] = []
        for (index, symbol) in alphabet.classes.enumerated() {
            guard let symbol, let target = target(state, symbol) else { continue }
            let first = alphabet.starts[index]
            let last = index + 1 < alphabet.starts.count ? alphabet.starts[index + 1] - 1 : 0x10FFFF
            if let before = pieces.last, before.target == target, before.last + 1 == first {
                pieces[pieces.count - 1].last = last
            } else {
                pieces.append(ScalarPiece(first: first, last: last, target: target))
            }
        }
        return pieces
    }
}

/// Scalars that lead to the same state.
struct ScalarPiece {
    /// The first scalar.
    let first: UInt32
    /// The last scalar.
    var last: UInt32
    /// The state.
    let target: Int
}

extension ScalarAutomaton.Alphabet {
    /// The coarsest alphabet that tells the sets apart.
    init(_ sets: [ScalarSet], budget: inout GrammarBudget) throws(GrammarError) {
        var cuts: Set<UInt32> = [0, 0xD800, 0xE000]
        for range in sets.lazy.flatMap(\.ranges) {
            cuts.insert(range.lowerBound)
            if range.upperBound < 0x10FFFF { cuts.insert(range.upperBound + 1) }
        }
        try budget.spend(cuts.count + sets.count)
        starts = cuts.sorted()
        var labels = [Int](repeating: 0, count: starts.count)
        for set in sets {
            try budget.spend(starts.count)
            var renamed: [Int: Int] = [:]
            for (index, start) in starts.enumerated() {
                let key = labels[index] * 2 + (set.contains(start) ? 1 : 0)
                let label = renamed[key] ?? renamed.count
                renamed[key] = label
                labels[index] = label
            }
        }
        var numbers: [Int: Int] = [:]
        var symbols: [Int?] = []
        for (index, start) in starts.enumerated() {
            if start == 0xD800 {
                symbols.append(nil)
                continue
            }
            let number = numbers[labels[index]] ?? numbers.count
            numbers[labels[index]] = number
            symbols.append(number)
        }
        classes = symbols
        classCount = numbers.count
    }

    /// The class of a scalar.
    func symbol(of scalar: UInt32) -> Int? {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= scalar { low = middle } else { high = middle }
        }
        return classes[low]
    }

    /// The classes whose scalars are in a set that the alphabet tells apart from the rest.
    func symbols(in set: ScalarSet) -> [Int] {
        var found: Set<Int> = []
        for (index, symbol) in classes.enumerated() {
            if let symbol, set.contains(starts[index]) { found.insert(symbol) }
        }
        return found.sorted()
    }
}
