/// What is left of the limits while one source is compiled.
///
/// A step is about a hundred nanoseconds of work: whatever copies, sorts or compares charges by the size of what it
/// takes, so that steps bound the time on every machine, and the clock is looked at now and then besides. Nothing is
/// made without steps, so that they stand for memory, too.
struct GrammarBudget {
    /// The limits of the whole.
    var limits: GrammarLimits
    /// Steps that are spent.
    private(set) var steps = 0
    private var states = 0
    private var nextLook: Int
    /// Memory that is needed and not yet taken: it is taken in larger parts.
    private var owedBytes = 0

    /// Steps from one look at the clock to the next one.
    private static let stepsBetweenLooks = 256
    /// What a step makes, at most and on the average of many, by measurement.
    private static let bytesPerStep = 16
    /// What a state of an automaton over bytes takes, with its edges.
    private static let bytesPerState = 192
    /// Memory is taken for so much at once.
    private static let bytesAtOnce = 4096

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
        try make(count &* Self.bytesPerStep)
        guard steps >= nextLook, let time = limits.processorTime else { return }
        nextLook = steps + Self.stepsBetweenLooks
        if time.isUsedUp { throw time.refusal }
    }

    /// Takes memory for what a construction makes, where that is more than its steps stand for.
    mutating func make(_ bytes: Int) throws(GrammarError) {
        owedBytes &+= bytes
        guard owedBytes >= Self.bytesAtOnce else { return }
        try limits.memory?.take(owedBytes)
        owedBytes = 0
    }

    /// Takes states of an automaton that stays in the grammar.
    mutating func keep(states count: Int) throws(GrammarError) {
        states &+= count
        try make(count * Self.bytesPerState)
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
            guard error.isExhaustion, steps <= whole.steps, !(whole.processorTime?.isUsedUp ?? false),
                !(whole.memory?.isUsedUp ?? false)
            else { throw error }
            throw error.sized
        }
    }
}

extension GrammarError {
    /// The same refusal as one of size.
    fileprivate var sized: GrammarError { GrammarError(place: place, reason: reason, cause: .size) }
}
