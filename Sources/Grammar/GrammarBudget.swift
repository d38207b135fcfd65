/// What is left of the limits while one source is compiled.
///
/// A step is about a hundred nanoseconds of work: whatever copies, sorts or compares charges by the size of what it
/// takes, so that steps bound the time on every machine, and the clock is looked at now and then besides.
struct GrammarBudget {
    /// The limits of the whole.
    var limits: GrammarLimits
    /// Steps that are spent.
    private(set) var steps = 0
    private var states = 0
    private var nextLook: Int

    /// Steps from one look at the clock to the next one.
    private static let stepsBetweenLooks = 256

    /// A budget of which nothing is spent.
    init(_ limits: GrammarLimits) {
        self.limits = limits
        nextLook = limits.stepsBeforeTime
    }

    /// Takes steps of a construction.
    mutating func spend(_ count: Int) throws(GrammarError) {
        steps &+= count
        guard steps <= limits.steps else {
            throw GrammarError(
                place: "", reason: "too complicated: it takes more than \(limits.steps) steps to compile",
                cause: .exhaustion)
        }
        guard steps >= nextLook, let time = limits.processorTime else { return }
        nextLook = steps + Self.stepsBetweenLooks
        if time.isUsedUp { throw time.refusal }
    }

    /// Takes states of an automaton that stays in the grammar.
    mutating func keep(states count: Int) throws(GrammarError) {
        states &+= count
        guard states <= limits.states else { throw excess("more than \(limits.states) states in all") }
    }

    /// Refuses an automaton that has grown too large.
    func check(states count: Int) throws(GrammarError) {
        guard count <= limits.automatonStates else {
            throw excess("more than \(limits.automatonStates) states in one automaton")
        }
    }

    /// The refusal of what is too large.
    func excess(_ what: String) -> GrammarError {
        GrammarError(place: "", reason: "too complicated: it takes \(what)", cause: .size)
    }

    /// Tries a construction with a part of what is left; its steps count even if it fails.
    /// - Parameter share: the part of the remaining steps that it may take, one half, a third and so on.
    /// - Throws: what the construction throws; that it took more than its share is `.size`.
    mutating func trying<Made>(
        share: Int = 1, automatonStates: Int? = nil,
        _ make: (inout GrammarBudget) throws(GrammarError) -> Made
    ) throws(GrammarError) -> Made {
        let whole = limits
        let until = steps + max(0, whole.steps - steps) / share
        limits.steps = until
        limits.automatonStates = automatonStates ?? whole.automatonStates
        do throws(GrammarError) {
            let made = try make(&self)
            limits = whole
            return made
        } catch {
            limits = whole
            // Only the share is used up, not the whole.
            guard error.isExhaustion, steps <= whole.steps, !(whole.processorTime?.isUsedUp ?? false) else {
                throw error
            }
            throw error.sized
        }
    }
}

extension GrammarError {
    /// The same refusal as one of size.
    fileprivate var sized: GrammarError { GrammarError(place: place, reason: reason, cause: .size) }
}
