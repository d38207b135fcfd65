import Scheduling

/// A small generator for repeatable randomness.
struct Dice {
    private var state: UInt64

    init(seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// A number in 0..<n.
    mutating func callAsFunction(_ n: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int((state >> 11) % UInt64(n))
    }
}

/// The state of a model after a prefix: any slip of the scheduler changes it.
func fold(_ hash: UInt64, _ token: Int32) -> UInt64 {
    (hash ^ UInt64(UInt32(bitPattern: token))) &* 1_099_511_628_211 ^ (hash >> 29)
}

/// Where a prefix begins: differently for each salt.
func begin(salt: [UInt8]) -> UInt64 { salt.reduce(14_695_981_039_346_656_037) { fold($0, Int32($1)) } }

/// The token that follows a prefix.
func next(_ hash: UInt64) -> Int32 { Int32((hash >> 17) % 31) }

/// A request of the simulation and what came of it.
struct SimulatedRequest {
    let prompt: [Int32]
    let maximumTokens: Int?
    let options: SequenceOptions
    /// Length of the prompt that this one continues together with its answer; nil if it continues none.
    let continuedPrompt: Int?
    var output: [Int32] = []
    var ending: EndReason?

    /// What the model says when nobody else is there.
    func alone(limits: SchedulerLimits) -> (output: [Int32], ending: EndReason) {
        let end = min(limits.context, limits.pages.capacity)
        let limit = maximumTokens.map { prompt.count + $0 } ?? end
        var hash = prompt.reduce(begin(salt: options.salt), fold)
        var output: [Int32] = []
        while prompt.count + output.count < limit {
            let token = next(hash)
            if options.stopTokens.contains(token) { return (output, .stopToken(token)) }
            output.append(token)
            hash = fold(hash, token)
        }
        return (output, .length)
    }
}

/// How often the interesting things happened; a simulation in which one never did proves nothing.
struct SimulationCounts: Equatable {
    var steps = 0, stopped = 0, truncated = 0, cancelledRunning = 0, cancelledWaiting = 0, failed = 0
    var queueFull = 0, tooLong = 0, neverFits = 0, empty = 0
    var preemptions = 0, cachedTokens = 0, copies = 0, heldBack = 0
    var sharedPages = 0, swappedPages = 0, scoredRows = 0, readOnly = 0, chunks = 0, returned = 0, evictions = 0
    var cachedGenerated = 0, draftedRows = 0, acceptedDrafts = 0, rejectedDrafts = 0, droppedDrafts = 0
    var stoppedInDrafts = 0, turns = 0, barred = 0

    static func += (a: inout SimulationCounts, b: SimulationCounts) {
        a = SimulationCounts(zip(a.all, b.all).map(+))
    }

    var all: [Int] {
        [
            steps, stopped, truncated, cancelledRunning, cancelledWaiting, failed, queueFull, tooLong, neverFits, empty,
            preemptions, cachedTokens, copies, heldBack, sharedPages, swappedPages, scoredRows, readOnly, chunks,
            returned, evictions, cachedGenerated, draftedRows, acceptedDrafts, rejectedDrafts, droppedDrafts,
            stoppedInDrafts, turns, barred,
        ]
    }

    init() {}

    private init(_ v: [Int]) {
        (steps, stopped, truncated, cancelledRunning, cancelledWaiting) = (v[0], v[1], v[2], v[3], v[4])
        (failed, queueFull, tooLong, neverFits, empty) = (v[5], v[6], v[7], v[8], v[9])
        (preemptions, cachedTokens, copies, heldBack, sharedPages) = (v[10], v[11], v[12], v[13], v[14])
        (swappedPages, scoredRows, readOnly, chunks, returned) = (v[15], v[16], v[17], v[18], v[19])
        (evictions, cachedGenerated) = (v[20], v[21])
        (draftedRows, acceptedDrafts, rejectedDrafts, droppedDrafts) = (v[22], v[23], v[24], v[25])
        (stoppedInDrafts, turns, barred) = (v[26], v[27], v[28])
    }
}

/// What went wrong; the first slip ends a run.
struct SimulationFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func demand(_ condition: Bool, _ message: @autoclosure () -> String) throws(SimulationFailure) {
    guard condition else { throw SimulationFailure(message()) }
}

/// The KV memory as the scheduler's plans use it: a slot holds the state of the model after its token.
struct SimulatedPages {
    private var slots: [[UInt64?]]
    private let pageTokens: Int

    init(_ budget: PageBudget) {
        slots = Array(repeating: Array(repeating: nil, count: budget.tokens), count: budget.count)
        pageTokens = budget.tokens
    }

    /// Copies slots; the target belongs to one sequence, the source holds what is copied.
    mutating func copy(_ copy: PageCopy, _ pool: borrowing PagePool) throws(SimulationFailure) {
        try demand(pool.holderCount(copy.to) == 1 && !pool.index.contains(copy.to), "a copy into a shared page")
        try demand(copy.from != copy.to, "a page is copied to itself")
        for slot in 0..<copy.tokens {
            try demand(slots[Int(copy.from)][slot] != nil, "a copy of an unwritten slot")
            slots[Int(copy.to)][slot] = slots[Int(copy.from)][slot]
        }
    }

    /// Writes a row's tokens and drafts and reads its whole past; returns the states after its last token and each draft.
    mutating func compute(
        _ row: PlannedRow, of known: [Int32], salt: [UInt8], _ scheduler: borrowing Scheduler
    ) throws(SimulationFailure) -> [UInt64] {
        try demand(known[row.position..<row.position + row.count] == scheduler.tokens(of: row), "other tokens")
        let pages = scheduler.pages(of: row.id) ?? []
        let tokens = known[..<(row.position + row.count)] + scheduler.drafts(of: row)
        var hash = begin(salt: salt)
        var states: [UInt64] = []
        for position in tokens.indices {
            hash = fold(hash, tokens[position])
            if position >= row.position + row.count - 1 { states.append(hash) }
            let page = pages[position / pageTokens]
            let slot = position % pageTokens
            if position >= row.position {
                try demand(scheduler.pool.holderCount(page) == 1, "a write into a shared page")
                let known = scheduler.pool.index.tokens(of: page).count
                try demand(known <= slot, "a write into a slot that others may copy")
                slots[Int(page)][slot] = hash
            }
            try demand(slots[Int(page)][slot] == hash, "position \(position) of \(row.id) reads what is not its past")
        }
        return states
    }
}
