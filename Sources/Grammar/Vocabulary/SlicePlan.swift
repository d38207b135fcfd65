/// How much of a slice a state allows.
enum SlicePlan: Equatable {
    /// Nothing is known.
    case unknown
    /// Exactly the tokens of up to this many characters.
    case upTo(Int)
    /// All tokens but those that begin with certain bytes, of which nothing is known.
    case except([UInt8])
}

/// Finds out how much of a slice the states of an automaton allow.
struct SlicePlanner: Sendable {
    /// Where the characters of a slice lead from one state.
    private struct Step: Sendable {
        var targets: [Int32] = []
        var isEveryAlive = true
        var isAnyAlive = false
    }

    /// States after the same number of characters, at most.
    private static let width = 8
    /// A state whose row takes more steps is not looked at.
    private static let rowSteps = 4096

    private let slice: VocabularySlice
    /// The classes of the slice's characters of ASCII, each with one of its bytes.
    private let classes: [Int]
    private var steps: [Int32: Step] = [:]
    /// Steps of the rows that the plan at hand has looked at, whether or not they were known.
    private(set) var spent = 0
    /// Steps that a plan may look at; a state that takes more is not helped.
    private static let mostSteps = 50_000

    /// A planner for a slice and the classes of a graph.
    init(_ slice: VocabularySlice, _ graph: GrammarGraph) {
        self.slice = slice
        classes = Set((UInt8(0)..<128).filter { slice.characters.contains($0) }.map { Int(graph.classOfByte[Int($0)]) })
            .sorted()
    }

    /// About how many bytes are kept.
    var keptBytes: Int { steps.count * 96 }

    /// How much of the slice a state allows.
    mutating func plan(at state: Int32, in automaton: inout LazyAutomaton) -> SlicePlan {
        spent = 0
        let depth = self.depth(from: state, in: &automaton)
        if let depth, depth.isExact { return .upTo(depth.count) }
        if spent > Self.mostSteps { return .unknown }
        let row = Int(automaton.buildRow(of: state))
        var exceptions: [UInt8] = []
        for byte in UInt8(0)..<128 where slice.characters.contains(byte) {
            if spent > Self.mostSteps { return .unknown }
            let target = automaton.rows[row + Int(automaton.graph.classOfByte[Int(byte)])]
            if !isEndless(target, in: &automaton) { exceptions.append(byte) }
        }
        guard exceptions.count * 2 < slice.characters.count else { return .unknown }
        if slice.characters.hasOthers {
            var others = Step()
            addOthers(from: state, to: &others, in: &automaton)
            if !others.isEveryAlive || !others.targets.allSatisfy({ isEndless($0, in: &automaton) }) {
                exceptions += 0xC2...0xF4
            }
        }
        return .except(exceptions)
    }

    /// Whether a state goes on with the characters of the slice as long as tokens are.
    private mutating func isEndless(_ state: Int32, in automaton: inout LazyAutomaton) -> Bool {
        guard state != LazyAutomaton.dead, let depth = depth(from: state, in: &automaton) else { return false }
        return depth.count >= VocabularySlice.mostCharacters
    }

    /// How many characters of the slice may follow a state whatever they are, and whether no more may.
    private mutating func depth(
        from state: Int32, in automaton: inout LazyAutomaton
    ) -> (count: Int, isExact: Bool)? {
        var level = [state]
        var seen: Set<Int32> = [state]
        for depth in 0..<VocabularySlice.mostCharacters {
            var next: Set<Int32> = []
            var isEveryAlive = true
            var isAnyAlive = false
            for state in level {
                guard let step = step(from: state, in: &automaton) else { return nil }
                isEveryAlive = isEveryAlive && step.isEveryAlive
                isAnyAlive = isAnyAlive || step.isAnyAlive
                next.formUnion(step.targets)
            }
            if !isEveryAlive { return (depth, !isAnyAlive) }
            if next.isSubset(of: seen) { break }
            guard next.count <= Self.width else { return nil }
            seen.formUnion(next)
            level = next.sorted()
        }
        return (VocabularySlice.mostCharacters, true)
    }

    private mutating func step(from state: Int32, in automaton: inout LazyAutomaton) -> Step? {
        guard spent <= Self.mostSteps else { return nil }
        let row = Int(automaton.buildRow(of: state))
        spent += Int(automaton.states[Int(state)].steps)
        if let step = steps[state] { return step }
        guard automaton.states[Int(state)].steps <= Self.rowSteps else { return nil }
        var step = Step()
        for place in classes { Self.add(automaton.rows[row + place], to: &step) }
        if slice.characters.hasOthers, step.isEveryAlive || !step.isAnyAlive {
            addOthers(from: state, to: &step, in: &automaton)
        }
        steps[state] = step
        return step
    }

    private static func add(_ target: Int32, to step: inout Step) {
        guard target != LazyAutomaton.dead else {
            step.isEveryAlive = false
            return
        }
        step.isAnyAlive = true
        if !step.targets.contains(target) { step.targets.append(target) }
    }

    /// Follows every character beyond ASCII.
    private mutating func addOthers(from state: Int32, to step: inout Step, in automaton: inout LazyAutomaton) {
        for sequence in VocabularySlice.others {
            var level = [state]
            for (place, range) in sequence.ranges.enumerated() {
                let first = automaton.graph.classOfByte[Int(range.lowerBound)]
                let last = automaton.graph.classOfByte[Int(range.upperBound)]
                var next: [Int32] = []
                for state in level {
                    let row = Int(automaton.buildRow(of: state))
                    spent += Int(automaton.states[Int(state)].steps)
                    guard automaton.states[Int(state)].steps <= Self.rowSteps, spent <= Self.mostSteps,
                        next.count <= Self.width
                    else {
                        step.isEveryAlive = false
                        step.isAnyAlive = true
                        return
                    }
                    for index in first...last {
                        let target = automaton.rows[row + Int(index)]
                        if place == sequence.ranges.count - 1 || target == LazyAutomaton.dead {
                            Self.add(target, to: &step)
                        } else if !next.contains(target) {
                            next.append(target)
                        }
                    }
                }
                level = next
            }
        }
    }
}
