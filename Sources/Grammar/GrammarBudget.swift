/// What is left of the limits while one source is compiled.
struct GrammarBudget {
    /// The limits of the whole.
    var limits: GrammarLimits
    private var steps = 0
    private var states = 0
    /// Whether a construction was given up because it was too large.
    private(set) var isExhausted = false

    /// A budget of which nothing is spent.
    init(_ limits: GrammarLimits) { self.limits = limits }

    /// Takes steps of a construction.
    mutating func spend(_ count: Int) throws(GrammarError) {
        steps &+= count
        guard steps <= limits.steps else { throw excess("more than \(limits.steps) steps to compile") }
    }

    /// Takes states of an automaton that stays in the grammar.
    mutating func keep(states count: Int) throws(GrammarError) {
        states &+= count
        guard states <= limits.states else { throw excess("more than \(limits.states) states in all") }
    }

    /// Refuses an automaton that has grown too large.
    mutating func check(states count: Int) throws(GrammarError) {
        guard count <= limits.automatonStates else {
            throw excess("more than \(limits.automatonStates) states in one automaton")
        }
    }

    /// The refusal of what is too large.
    mutating func excess(_ what: String) -> GrammarError {
        isExhausted = true
        return GrammarError(place: "", reason: "too complicated: it takes \(what)")
    }
}
