package import OrderedCollections

/// Decides which tokens are computed next and in which pages.
///
/// A sequence owes the tokens that are known and not computed; there is no prefill phase and no decode phase. Each
/// step, sequences that owe one token come first, then prompts share what is left of the step's budget. A step goes
/// `plan`, compute, `commit`. Pure: no clock, no memory, no threads.
/// Source: Yu and others, "Orca: A Distributed Serving System for Transformer-Based Generative Models", OSDI 2022
/// (scheduling step by step).
package struct Scheduler: ~Copyable {
    /// The bounds it keeps.
    package let limits: SchedulerLimits
    /// Who uses which page.
    package internal(set) var pool: PagePool
    /// What happened so far.
    package internal(set) var statistics = SchedulerStatistics()
    /// Sequences that hold pages: higher priority first, then earlier arrival.
    var running: OrderedDictionary<SequenceID, Sequence> = [:]
    /// Sequences that hold no page: higher priority first, then earlier arrival; whose turn it is depends on shares.
    var waiting: OrderedDictionary<SequenceID, Sequence> = [:]

    /// Who holds how many places.
    var shares: Shares

    private var arrivals = 0
    /// Places of the prompts of a step, by age and by length: memory that is used again.
    var prompts: [Int] = []
    var shortestFirst: [Int] = []

    /// A scheduler without sequences.
    package init(_ limits: SchedulerLimits) {
        self.limits = limits
        pool = PagePool(limits.pages)
        shares = Shares(places: limits.running)
    }

    /// Whether there is nothing to do.
    package var isIdle: Bool { running.isEmpty && waiting.isEmpty }
    /// Sequences that hold pages.
    package var runningCount: Int { running.count }
    /// Sequences in the queue.
    package var waitingCount: Int { waiting.count }
    /// The queue by priority and arrival.
    package var waitingIDs: OrderedSet<SequenceID> { waiting.keys }

    /// The block table of a living sequence; empty while it waits.
    package func pages(of id: SequenceID) -> [PageID]? { (running[id] ?? waiting[id])?.pages }

    /// The tokens of a planned row, until the plan is committed.
    package func tokens(of row: PlannedRow) -> ArraySlice<Int32> {
        running[row.id]?.tokens[row.position..<row.position + row.count] ?? []
    }

    /// The drafts of a planned row, until the plan is committed.
    package func drafts(of row: PlannedRow) -> ArraySlice<Int32> {
        running[row.id]?.drafts.prefix(row.draftCount) ?? []
    }

    /// The known tokens that follow each token of a planned row; one less than the row has if the next is not known.
    package func following(_ row: PlannedRow) -> ArraySlice<Int32> {
        guard let tokens = running[row.id]?.tokens else { return [] }
        return tokens[min(row.position + 1, tokens.count)..<min(row.position + 1 + row.count, tokens.count)]
    }

    /// How many more tokens a sequence can use drafts for, if it owes nothing but its last token; 0 otherwise.
    package func draftRoom(of id: SequenceID) -> Int {
        guard let sequence = running[id], sequence.owed == 1 else { return 0 }
        return max(0, min(Sequence.maximumDrafts, sequence.limit - sequence.tokens.count - 1))
    }

    /// The known tokens of a running sequence; not to be kept beyond the next commit, which would copy them.
    package func knownTokens(of id: SequenceID) -> [Int32] { running[id]?.tokens ?? [] }

    /// Takes guesses of what a running sequence says next, to be tried in the next step where it has room.
    package mutating func propose(_ drafts: some Collection<Int32>, for id: SequenceID) {
        guard let place = running.index(forKey: id), running.values[place].owed == 1 else { return }
        running.values[place].propose(drafts)
    }

    /// Puts a sequence that was admitted at the end of the queue, behind those of its priority; `limit` is what
    /// `SchedulerLimits.check` allows its prompt and its answer together.
    package mutating func add(_ id: SequenceID, prompt: [Int32], limit: Int, options: SequenceOptions) {
        precondition(running[id] == nil && waiting[id] == nil, "a sequence is added once")
        arrivals += 1
        enqueue(Sequence(id: id, prompt: prompt, limit: limit, arrival: arrivals, options: options))
    }

    /// Puts a sequence into the queue at its place: one that was preempted stands before all later arrivals.
    mutating func enqueue(_ sequence: Sequence) {
        let place = waiting.values.firstIndex { sequence.precedes($0) } ?? waiting.count
        waiting.updateValue(sequence, forKey: sequence.id, insertingAt: place)
    }

    /// Ends a sequence at once; nil if it has ended already.
    package mutating func cancel(_ id: SequenceID) -> Outcome? {
        if waiting.removeValue(forKey: id) != nil { return .finished(id, .cancelled) }
        return end(id, .cancelled)
    }

    /// Books what a step computed; `samples` has one entry per row of the plan. What `outcomes` held is forgotten.
    package mutating func commit(_ plan: StepPlan, samples: [RowSample], into outcomes: inout [Outcome]) {
        precondition(samples.count == plan.rows.count, "a sample for every row")
        outcomes.removeAll(keepingCapacity: true)
        for (row, sample) in zip(plan.rows, samples) {
            guard let place = running.index(forKey: row.id) else { continue }
            if sample == .failed {
                running.values[place].disown(in: &pool)
                if let ending = end(row.id, .failed) { outcomes.append(ending) }
                continue
            }
            running.values[place].planned = 0
            running.values[place].dropDrafts(keeping: 0)
            var (computed, next) = (row.position + row.count, Int32?.none)
            switch sample {
            case .none, .barred, .failed: break
            case .token(let token): next = token
            case .tokens(let run):
                precondition(run.count <= row.draftCount + 1, "only drafts that were computed can be right")
                for token in run.dropLast() {
                    running.values[place].append(token)
                    outcomes.append(.token(row.id, token))
                }
                computed += run.count - 1
                next = run.last
            }
            running.values[place].advance(to: computed, sharingThrough: &pool)
            if sample == .barred {
                if let ending = end(row.id, .failed) { outcomes.append(ending) }
            } else {
                book(next, of: row, into: &outcomes)
            }
        }
    }

    private mutating func book(_ token: Int32?, of row: PlannedRow, into outcomes: inout [Outcome]) {
        guard let place = running.index(forKey: row.id) else { return }
        if let token {
            if running.values[place].options.stopTokens.contains(token) {
                if let ending = end(row.id, .stopToken(token)) { outcomes.append(ending) }
                return
            }
            running.values[place].append(token)
            outcomes.append(.token(row.id, token))
        }
        let sequence = running.values[place]
        let isComplete = sequence.tokens.count >= sequence.limit
        guard isComplete, row.samples || sequence.owed == 0 else { return }
        if let ending = end(row.id, .length) { outcomes.append(ending) }
    }

    private mutating func end(_ id: SequenceID, _ reason: EndReason) -> Outcome? {
        guard var sequence = running.removeValue(forKey: id) else { return nil }
        shares.giveBack(sequence)
        sequence.giveBack(to: &pool)
        return .finished(id, reason)
    }
}

/// Running totals since start.
package struct SchedulerStatistics: Sendable, Equatable {
    /// Sequences that lost their pages.
    package internal(set) var preemptions = 0
    /// How many of them gave their place to a request that holds less.
    package internal(set) var turns = 0
    /// Prompt tokens that were looked up in the cache.
    package internal(set) var queriedTokens = 0
    /// Prompt tokens that were found, copied slots included.
    package internal(set) var cachedTokens = 0
    /// Pages that were begun by copying slots.
    package internal(set) var copiedPages = 0
    /// Times a sequence waited for another one to compute their common prefix.
    package internal(set) var heldBack = 0

    /// Nothing happened yet.
    package init() {}
}
