/// The deterministic automaton of a graph, worked out where texts lead: a state is the set of all readers that a text
/// can have, and its row says which state each class of bytes leads to.
///
/// For example, `root ::= "ab" | "a" [0-9]+` has three classes of bytes beside all others, and comes to these states;
/// the dot is where a reader stands, which is a node of the graph with a stack of the rules and counters around it:
///
///     state   readers                     0-9   a   b   others   may end
///     0       none                        0     0   0   0        no       (dead)
///     1       .ab             .a[0-9]+    0     2   0   0        no       (start)
///     2       a.b             a.[0-9]+    3     0   4   0        no
///     3       a[0-9].[0-9]*   the end     3     0   0   0        yes
///     4       the end                     0     0   0   0        yes
///
/// A step takes the readers that the byte lets through, follows each through what reads nothing (`ClosureBuilder`), and
/// looks up the set that comes out (`intern`): if it is known, so is the state. A row is worked out when a mask first
/// asks for it (`buildRow`), so a grammar costs what its texts meet of it, not what it could come to. With counters,
/// as in `[0-9]{1,500}`, every count is a state of its own: masks therefore ask the one state that stands for all counts
/// from which no token reaches a bound (`shortened`).
///
/// Source: Aho, Sethi and Ullman, "Compilers", section 3.7 (subset construction), worked out on demand; Willard and
/// Louf, "Efficient Guided Generation for Large Language Models", arXiv:2307.09702 (masks by state).
struct LazyAutomaton: Sendable {
    /// What is known of a state.
    struct State: Sendable {
        /// Where its readers stand in `configurations`, and how many they are.
        var first: Int32
        var count: Int32
        /// The state before this one with the same hash; -1 if there is none.
        var previous: Int32
        /// Where its row begins; -1 as long as it is not worked out.
        var row: Int32 = -1
        /// Steps that its row took.
        var steps: Int32 = 0
        /// The byte that comes next if only one can; -1 if there are several or none.
        var onlyByte: Int16 = -1
        /// Whether a token that is no text may come next.
        var readsTokens = false
        /// The states that stand for it as far as short and long tokens reach; -1 as long as they are not known.
        var shortened: (short: Int32, long: Int32) = (-1, -1)
        /// Whether a limit was passed while its row was worked out; then it leads nowhere.
        var isExceeded = false
    }

    /// The state that leads nowhere.
    static let dead: Int32 = 0

    let graph: GrammarGraph
    let limits: AutomatonLimits
    private(set) var frames: FrameTable
    private(set) var states: [State] = []
    private(set) var rows: [Int32] = []
    private var configurations: [UInt64] = []
    private var known: [UInt64: Int32] = [:]
    private var closure: ClosureBuilder
    /// Steps that all rows have taken so far.
    private(set) var work = 0
    /// Whether a text was met that can be read in too many ways at once.
    private(set) var isTooWide = false
    /// States of single readers that have just read something, and what finding them took.
    private var singles: [UInt64: (state: Int32, steps: Int)] = [:]

    /// An automaton that knows nothing yet but the dead state, for tokens of at most these bytes.
    init(_ graph: GrammarGraph, reaches: (short: Int, long: Int), limits: AutomatonLimits) {
        self.graph = graph
        frames = FrameTable(shortest: graph.counters.map { $0.shortest }, reaches: reaches)
        self.limits = limits
        closure = ClosureBuilder(limit: limits.configurations)
        _ = intern([])
    }

    /// About how many bytes are kept.
    var keptBytes: Int {
        states.count * 104 + rows.count * 4 + configurations.count * 8 + frames.count * FrameTable.frameBytes
            + singles.count * 40
    }

    /// The state of the empty text.
    mutating func start() -> Int32 { state(after: [ClosureBuilder.configuration(graph.root, 0)]).state }

    /// The readers of a state.
    func readers(of state: Int32) -> ArraySlice<UInt64> {
        let state = states[Int(state)]
        return configurations[Int(state.first)..<Int(state.first + state.count)]
    }

    /// Whether the text may end at a state.
    func isAccepting(_ state: Int32) -> Bool { readers(of: state).first == 0 }

    /// The state that stands for a state as far as tokens reach.
    mutating func shortened(_ state: Int32, _ reach: FrameTable.Reach) -> Int32 {
        if graph.counters.isEmpty { return state }
        let known = states[Int(state)].shortened
        let found = reach == .short ? known.short : known.long
        if found >= 0 { return found }
        var readers = Array(readers(of: state))
        for index in readers.indices where readers[index] != 0 {
            let (node, stack) = ClosureBuilder.parts(readers[index])
            readers[index] = ClosureBuilder.configuration(node, frames.shortened(stack, reach))
        }
        let shorter = intern(Self.withoutRepeats(readers))
        switch reach {
        case .short: states[Int(state)].shortened.short = shorter
        case .long: states[Int(state)].shortened.long = shorter
        }
        return shorter
    }

    /// The state like this one in which a bounded repetition comes within reach of its bound; nil if there is none.
    mutating func nearingEnd(_ state: Int32, _ reach: FrameTable.Reach) -> Int32? {
        guard !graph.counters.isEmpty else { return nil }
        let counters = graph.counters
        var readers = Array(readers(of: state))
        var isChanged = false
        for index in readers.indices where readers[index] != 0 {
            let (node, stack) = ClosureBuilder.parts(readers[index])
            guard let ending = frames.nearingEnd(stack, reach, bounds: { counters[Int($0)].most }) else { continue }
            readers[index] = ClosureBuilder.configuration(node, ending)
            isChanged = true
        }
        return isChanged ? intern(Self.withoutRepeats(readers)) : nil
    }

    /// The state to which a byte leads.
    mutating func stepAlongRow(_ state: Int32, _ byte: UInt8) -> Int32 {
        rows[Int(buildRow(of: state)) + Int(graph.classOfByte[Int(byte)])]
    }

    /// What is known of a state with its row.
    mutating func stateWithRow(_ state: Int32) -> State {
        _ = buildRow(of: state)
        return states[Int(state)]
    }

    /// The state to which a byte leads; a row is not worked out for it.
    mutating func step(_ state: Int32, _ byte: UInt8) -> Int32 {
        let row = states[Int(state)].row
        let place = graph.classOfByte[Int(byte)]
        if row >= 0 { return rows[Int(row) + Int(place)] }
        var kernel: [UInt64] = []
        for reader in readers(of: state) where reader != 0 {
            let (node, stack) = ClosureBuilder.parts(reader)
            guard case .bytes(let first, let count) = graph.nodes[Int(node)] else { continue }
            for edge in graph.edges[GrammarGraph.span(first, count)] where edge.low <= byte && byte <= edge.high {
                kernel.append(ClosureBuilder.configuration(edge.target, stack))
            }
        }
        return kernel.isEmpty ? Self.dead : self.state(after: Self.withoutRepeats(kernel)).state
    }

    /// Where a state's row begins in `rows`, worked out if it is not yet.
    mutating func buildRow(of state: Int32) -> Int32 {
        if states[Int(state)].row >= 0 { return states[Int(state)].row }
        let row = Int32(rows.count)
        rows.append(contentsOf: repeatElement(Self.dead, count: graph.classCount))
        states[Int(state)].row = row
        var moves: [Move] = []
        for reader in readers(of: state) where reader != 0 {
            let (node, stack) = ClosureBuilder.parts(reader)
            switch graph.nodes[Int(node)] {
            case .bytes(let first, let count):
                for edge in graph.edges[GrammarGraph.span(first, count)] {
                    moves.append(
                        Move(
                            low: Int32(graph.classOfByte[Int(edge.low)]),
                            high: Int32(graph.classOfByte[Int(edge.high)]),
                            target: ClosureBuilder.configuration(edge.target, stack)))
                }
            case .token: states[Int(state)].readsTokens = true
            default: break
            }
        }
        fill(row: Int(row), of: state, with: moves)
        return row
    }

    /// Classes that lead to a reader.
    private struct Move {
        let low: Int32
        let high: Int32
        let target: UInt64
    }

    private mutating func fill(row: Int, of state: Int32, with moves: [Move]) {
        let sorted = moves.count > 1 ? moves.sorted { $0.low < $1.low } : moves
        var steps = moves.count
        let isApart = zip(sorted, sorted.dropFirst()).allSatisfy { $0.high < $1.low }
        let begins = isApart ? [] : Set(sorted.flatMap { [$0.low, $0.high + 1] }).sorted()
        for place in 0..<(isApart ? sorted.count : begins.count - 1) {
            let stretch = isApart ? Stretch(sorted[place]) : Stretch(sorted, from: begins[place], to: begins[place + 1])
            if !isApart { steps += sorted.count / 16 + stretch.kernel.count }
            guard steps <= limits.steps else { return exceed(row: row, of: state) }
            if stretch.kernel.isEmpty { continue }
            let result = self.state(after: stretch.kernel)
            steps += result.steps
            guard steps <= limits.steps else { return exceed(row: row, of: state) }
            guard result.state != Self.dead else { continue }
            for index in stretch.low...stretch.high { rows[row + Int(index)] = result.state }
        }
        work += steps
        states[Int(state)].steps = Int32(steps)
        states[Int(state)].onlyByte = onlyByte(row: row)
    }

    /// The only byte with which a row goes on; -1 if there are several or none.
    private func onlyByte(row: Int) -> Int16 {
        var only: Int16 = -1
        for index in 0..<graph.classCount where rows[row + index] != Self.dead {
            guard only < 0, let byte = graph.onlyByte(of: index) else { return -1 }
            only = Int16(byte)
        }
        return only
    }

    /// Classes that lead to the same readers.
    private struct Stretch {
        let low: Int32
        let high: Int32
        let kernel: [UInt64]

        /// The classes of a move that meets no other.
        init(_ move: Move) { (low, high, kernel) = (move.low, move.high, [move.target]) }

        /// Classes between two places where moves, which come in the order of their first classes, begin or end.
        init(_ moves: [Move], from low: Int32, to next: Int32) {
            self.low = low
            high = next - 1
            var kernel: [UInt64] = []
            for move in moves.prefix(while: { $0.low <= low }) where low <= move.high { kernel.append(move.target) }
            self.kernel = LazyAutomaton.withoutRepeats(kernel)
        }
    }

    /// The readers in order, each once.
    fileprivate static func withoutRepeats(_ readers: [UInt64]) -> [UInt64] {
        guard readers.count > 1 else { return readers }
        var sorted = readers.sorted()
        var kept = 1
        for place in 1..<sorted.count where sorted[place] != sorted[kept - 1] {
            sorted[kept] = sorted[place]
            kept += 1
        }
        sorted.removeLast(sorted.count - kept)
        return sorted
    }

    private mutating func exceed(row: Int, of state: Int32) {
        for index in 0..<graph.classCount { rows[row + index] = Self.dead }
        states[Int(state)].steps = Int32(limits.steps)
        work += limits.steps
        states[Int(state)].isExceeded = true
    }

    /// The state of readers that have just read something, and how many steps finding it takes, whether or not it was
    /// known.
    mutating func state(after kernel: [UInt64]) -> (state: Int32, steps: Int) {
        if kernel.count == 1, let known = singles[kernel[0]] { return known }
        closure.close(kernel, graph, &frames, stackDepth: limits.stackDepth)
        if closure.isExceeded { isTooWide = true }
        // Too many ways to go on are none.
        let result = (state: closure.isExceeded ? Self.dead : intern(closure.found), steps: closure.steps)
        if kernel.count == 1 { singles[kernel[0]] = result }
        return result
    }

    /// The state that has exactly these readers, which are in order.
    mutating func intern(_ readers: [UInt64]) -> Int32 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        for reader in readers {
            hash = (hash ^ reader) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
        }
        var candidate = known[hash] ?? -1
        let newest = candidate
        while candidate >= 0 {
            if self.readers(of: candidate).elementsEqual(readers) { return candidate }
            candidate = states[Int(candidate)].previous
        }
        let state = Int32(states.count)
        states.append(State(first: Int32(configurations.count), count: Int32(readers.count), previous: newest))
        configurations += readers
        known[hash] = state
        return state
    }

    /// Makes room for about as much again as is known, so that answers do not wait for tables that grow.
    mutating func reserve() {
        states.reserveCapacity(states.count * 2 + 1000)
        rows.reserveCapacity(rows.count * 2 + 400 * graph.classCount)
        configurations.reserveCapacity(configurations.count * 2 + 4000)
        known.reserveCapacity(known.count * 2 + 1000)
        singles.reserveCapacity(singles.count * 2 + 1000)
        frames.reserve()
    }

    /// The stack with this frame on top.
    mutating func push(_ frame: FrameTable.Frame) -> Int32 { frames.push(frame) }
}
