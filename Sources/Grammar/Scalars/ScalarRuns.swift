/// What a text of an automaton is if it is one set of characters after the other, and how long texts are.
struct ScalarRuns {
    /// Which characters stand at each place.
    private(set) var sets: [ScalarSet] = []
    /// Which characters may follow those any number of times; nil for none.
    private(set) var loop: ScalarSet?
    /// The least number of characters.
    private(set) var shortest = 0

    /// The runs of an automaton without dead ends; nil if what may stand somewhere depends on what stood before, or if
    /// a text may end early but not at every place from there on.
    init?(_ automaton: ScalarAutomaton) {
        var state = 0
        var seen: Set<Int> = [0]
        var mayEnd = [automaton.accepting[0]]
        while true {
            let pieces = automaton.pieces(from: state)
            guard let next = pieces.first?.target else { break }
            guard pieces.allSatisfy({ $0.target == next }) else { return nil }
            let set = ScalarSet(pieces.map { $0.first...$0.last })
            if next == state {
                loop = set
                break
            }
            guard seen.insert(next).inserted else { return nil }
            sets.append(set)
            mayEnd.append(automaton.accepting[next])
            state = next
        }
        guard let shortest = mayEnd.firstIndex(of: true), mayEnd[shortest...].allSatisfy({ $0 }) else { return nil }
        self.shortest = shortest
    }

    /// What stands at a place.
    private func set(at place: Int) -> ScalarSet? { place < sets.count ? sets[place] : loop }

    /// The runs of the texts of some lengths: sets with how often characters of them follow each other; empty if there
    /// are no such texts; nil if the sets change behind the place where a text may end.
    func counted(_ atLeast: Int, _ atMost: Int?) -> [(set: ScalarSet, least: Int, most: Int?)]? {
        let least = max(shortest, atLeast)
        let most = loop == nil ? min(sets.count, atMost ?? .max) : atMost
        guard least <= most ?? .max else { return [] }
        var runs: [(set: ScalarSet, least: Int, most: Int?)] = []
        func add(_ set: ScalarSet, _ count: Int) {
            if let last = runs.last, last.set == set {
                runs[runs.count - 1] = (set, last.least + count, last.least + count)
            } else {
                runs.append((set, count, count))
            }
        }
        for place in 0..<min(least, sets.count) { add(sets[place], 1) }
        if least > sets.count, let loop { add(loop, least - sets.count) }
        guard most != least, let set = set(at: least) else { return runs }
        for place in least..<max(least, min(sets.count, most ?? .max)) where sets[place] != set { return nil }
        if most ?? .max > sets.count, let loop, loop != set { return nil }
        let more = most.map { $0 - least }
        if let last = runs.last, last.set == set {
            runs[runs.count - 1] = (set, last.least, more.map { last.least + $0 })
        } else {
            runs.append((set, 0, more))
        }
        return runs
    }
}

extension SchemaCompiler {
    /// Automata with fewer states are spelled out, unless they have to be multiplied by counting.
    private static let fewStates = 64
    /// Larger automata are taken as they are.
    private static let mostMinimised = 256

    /// The form of a string whose characters can be counted without the automaton; nil if that gains nothing.
    mutating func runs(
        of automaton: ScalarAutomaton, _ atLeast: Int, _ atMost: Int?
    ) throws(GrammarError) -> GrammarNode? {
        let isCounted = atLeast > automaton.shortestText || (automaton.longestText ?? .max) > atMost ?? .max
        guard isCounted || automaton.count > Self.fewStates else { return nil }
        // Finding states that do the same takes the square of their number.
        var found = ScalarRuns(automaton)
        if found == nil, isCounted, automaton.count <= Self.mostMinimised {
            found = try ScalarRuns(automaton.minimised(budget: &budget))
        }
        guard let runs = found?.counted(atLeast, atMost) else { return nil }
        if runs.isEmpty, atLeast > 0 || automaton.shortestText > 0 { return .choice([]) }
        try budget.spend(runs.count * 8)
        var nodes = [GrammarNode.bytes([0x22])]
        for run in runs {
            let node = try character(of: run.set)
            nodes.append(run.least == 1 && run.most == 1 ? node : .several(node, atLeast: run.least, atMost: run.most))
        }
        return .sequence(nodes + [.bytes([0x22])])
    }

    /// Characters at most before those that are counted by their number.
    private static let longestHead = 64
    /// States with characters outside ASCII that they may take.
    private static let wideStates = 256

    /// The form of a string of limited length most of which has no structure: what comes before is counted by an
    /// automaton, the rest by its number. Each has a part of the length, so that there may be less than is allowed.
    /// Nil if the automaton has no such rest, or need not be limited.
    mutating func tails(of automaton: ScalarAutomaton, by form: StringForm) throws(GrammarError) -> GrammarNode? {
        guard let most = form.atMost, most > Self.longestHead, (automaton.longestText ?? .max) > most,
            form.atLeast <= automaton.shortestText
        else { return nil }
        let whole = try automaton.count > Self.mostMinimised ? automaton : automaton.minimised(budget: &budget)
        let loops = whole.endlessStates
        guard !loops.isEmpty, loops.count <= 8 else { return nil }
        var branches: [GrammarNode] = []
        let ends = whole.accepting.indices.filter { whole.accepting[$0] && !loops.contains($0) }
        let others = whole.accepting(ends, loops)
        if !others.isEmpty {
            let limited = try limited(others, atLeast: 0, atMost: most)
            branches.append(
                .automaton(try ScalarEncoder.encode(limited, spelling: .json, isQuoted: false, budget: &budget)))
        }
        for loop in loops {
            let head = whole.accepting([loop], loops)
            guard !head.isEmpty, head.shortestText <= Self.longestHead else { continue }
            // States with characters outside ASCII take many bytes each.
            let share = max(head.shortestText, head.isWide ? Self.wideStates / head.count : Self.longestHead)
            let length = min(head.longestText ?? .max, share, Self.longestHead)
            let limited = try limited(head, atLeast: 0, atMost: length)
            let encoded = try ScalarEncoder.encode(limited, spelling: .json, isQuoted: false, budget: &budget)
            let set = ScalarSet(whole.pieces(from: loop).map { $0.first...$0.last })
            let rest = GrammarNode.several(try character(of: set), atLeast: 0, atMost: most - length)
            branches.append(.sequence([.automaton(encoded), rest]))
        }
        let quote = GrammarNode.bytes([0x22])
        return branches.isEmpty ? nil : .sequence([quote, .choice(branches), quote])
    }

    private mutating func character(of set: ScalarSet) throws(GrammarError) -> GrammarNode {
        if let known = characterRules[set] { return known }
        let automaton = try ScalarAutomaton(.scalars(set), budget: &budget)
        let rule = add(
            "a character",
            .automaton(try ScalarEncoder.encode(automaton, spelling: .json, isQuoted: false, budget: &budget)))
        characterRules[set] = rule
        return rule
    }
}

extension ScalarAutomaton {
    /// Whether a text may have characters outside ASCII.
    var isWide: Bool { (0..<count).contains { pieces(from: $0).last?.last ?? 0 >= 0x80 } }

    /// States in which a text may end and in which it stays from there on.
    fileprivate var endlessStates: [Int] {
        accepting.indices.filter { state in
            let pieces = pieces(from: state)
            return accepting[state] && !pieces.isEmpty && pieces.allSatisfy { $0.target == state }
        }
    }

    /// The texts that end in one of these states, and with which a text that reaches some other ones ends.
    fileprivate func accepting(_ ends: [Int], _ last: [Int]) -> ScalarAutomaton {
        var result = self
        for state in accepting.indices { result.accepting[state] = ends.contains(state) }
        for state in last {
            for symbol in 0..<alphabet.classCount { result.table[state * alphabet.classCount + symbol] = -1 }
        }
        return result.withoutDeadEnds()
    }

    /// Length of the shortest text.
    var shortestText: Int {
        var distances = [Int](repeating: .max, count: count)
        distances[0] = 0
        var queue = [0]
        var next = 0
        while next < queue.count {
            let state = queue[next]
            next += 1
            if accepting[state] { return distances[state] }
            for symbol in 0..<alphabet.classCount {
                guard let target = target(state, symbol), distances[target] == .max else { continue }
                distances[target] = distances[state] + 1
                queue.append(target)
            }
        }
        return 0
    }

    /// Length of the longest text; nil if there is none.
    var longestText: Int? {
        // States in topological order, by taking away those that nothing leads to any more.
        var incoming = [Int](repeating: 0, count: count)
        for target in table where target >= 0 { incoming[Int(target)] += 1 }
        guard incoming[0] == 0 else { return nil }
        var lengths = [Int](repeating: 0, count: count)
        var queue = [0]
        var next = 0
        while next < queue.count {
            let state = queue[next]
            next += 1
            for symbol in 0..<alphabet.classCount {
                guard let target = target(state, symbol) else { continue }
                lengths[target] = max(lengths[target], lengths[state] + 1)
                incoming[target] -= 1
                if incoming[target] == 0 { queue.append(target) }
            }
        }
        return queue.count == count ? zip(lengths, accepting).filter(\.1).map(\.0).max() : nil
    }
}
