import Scheduling

/// One random life of a scheduler with random limits.
struct SimulationRun: ~Copyable {
    private var dice: Dice
    private let limits: SchedulerLimits
    private var scheduler: Scheduler
    private var pages: SimulatedPages
    private var requests: [SequenceID: SimulatedRequest] = [:]
    private var alive: [SequenceID] = []
    private var ended: [SequenceID] = []
    private var lastID: UInt64 = 0
    private var proposed: [SequenceID: Int] = [:]
    private(set) var counts = SimulationCounts()

    init(seed: Int) {
        dice = Dice(seed: seed)
        let running = 1 + dice(8)
        let budget = PageBudget(count: 5 + dice(40), tokens: 1 + dice(8))
        limits = SchedulerLimits(
            pages: budget, step: StepBudget(tokens: running + 1 + dice(24), outputs: running + dice(10)),
            running: running, waiting: dice(16), context: 20 + dice(90))
        scheduler = Scheduler(limits)
        pages = SimulatedPages(budget)
    }

    /// Random submissions and cancellations for `steps` steps, then steps until all is done.
    mutating func run(steps: Int) throws(SimulationFailure) {
        for _ in 0..<steps {
            for _ in 0..<dice(3) where dice(2) == 0 { try submit() }
            if dice(4) == 0 { try submitBurst() }
            if dice(12) == 0 { try cancel() }
            try step()
        }
        var left = 100 * (limits.live + 1) * limits.context
        while !scheduler.isIdle {
            try step()
            left -= 1
            try demand(left > 0, "the scheduler does not come to an end")
        }
        try demand(scheduler.pool.freeCount == limits.pages.count, "a page leaked")
        try demand(requests.values.allSatisfy { $0.ending != nil }, "a request without an ending")
        counts.preemptions += scheduler.statistics.preemptions
        counts.cachedTokens += scheduler.statistics.cachedTokens
        counts.heldBack += scheduler.statistics.heldBack
        counts.copies += scheduler.statistics.copiedPages
        counts.turns += scheduler.statistics.turns
    }

    // MARK: Load

    private mutating func submit() throws(SimulationFailure) {
        if dice(3) == 0, !ended.isEmpty, let earlier = requests[ended[dice(ended.count)]] {
            let prompt = earlier.prompt + earlier.output + (0..<dice(4)).map { _ in Int32(dice(31)) }
            try submit(prompt: prompt, salt: earlier.options.salt, continuing: earlier.prompt.count)
        } else {
            try submit(prompt: prompt(), salt: dice(4) == 0 ? [UInt8(dice(2))] : [], continuing: nil)
        }
    }

    private mutating func submitBurst() throws(SimulationFailure) {
        let prompt = prompt()
        let request = dice(2) == 0 ? lastID + 1 : nil
        for _ in 0..<1 + dice(9) { try submit(prompt: prompt, salt: [], continuing: nil, request: request) }
    }

    private mutating func submit(
        prompt: [Int32], salt: [UInt8], continuing: Int?, request group: UInt64? = nil
    ) throws(SimulationFailure) {
        lastID += 1
        let id = SequenceID(raw: lastID)
        var options = SequenceOptions(
            salt: salt, priority: dice(8) == 0 ? 1 : 0, stopTokens: dice(2) == 0 ? [13] : [],
            wantsPromptLogits: dice(10) == 0)
        options.tenant = dice(5) / 3
        options.request = group
        let maximum = dice(12) == 0 ? nil : dice(25)
        let request = SimulatedRequest(
            prompt: prompt, maximumTokens: maximum, options: options, continuedPrompt: continuing)
        do throws(AdmissionError) {
            try scheduler.add(id, prompt: prompt, maximumTokens: maximum, options: options)
            requests[id] = request
            alive.append(id)
            if maximum == 0 { counts.readOnly += 1 }
        } catch {
            switch error {
            case .queueFull: counts.queueFull += 1
            case .promptTooLong: counts.tooLong += 1
            case .wouldNeverFit: counts.neverFits += 1
            case .emptyPrompt: counts.empty += 1
            case .tooManySequences, .unknownToken, .mediaNotTaken, .draining:
                throw SimulationFailure("not the scheduler's business")
            }
        }
    }

    /// A member of one of few families of prompts.
    private mutating func prompt() -> [Int32] {
        let family = Int32(dice(3)) * 1000
        let common = (0..<dice(30)).map { family + Int32($0) }
        return common + (0..<dice(4)).map { _ in Int32(dice(5)) }
    }

    private mutating func cancel() throws(SimulationFailure) {
        guard !alive.isEmpty else { return }
        let id = alive[dice(alive.count)]
        let isWaiting = scheduler.waitingIDs.contains(id)
        guard let outcome = scheduler.cancel(id) else { throw SimulationFailure("a living sequence was not cancelled") }
        try book(outcome)
        if isWaiting { counts.cancelledWaiting += 1 } else { counts.cancelledRunning += 1 }
        try demand(scheduler.cancel(id) == nil, "a sequence ended twice")
    }

    // MARK: A step

    private mutating func step() throws(SimulationFailure) {
        propose()
        let free = Set(scheduler.pool.freePages().filter { scheduler.pool.index.contains($0) })
        let plan = scheduler.plan(drawBudget(), lone: drawBudget())
        try check(plan)
        counts.evictions += free.filter { !scheduler.pool.index.contains($0) }.count
        var samples: [RowSample] = []
        for copy in plan.copies { try pages.copy(copy, scheduler.pool) }
        for row in plan.rows { samples.append(try compute(row)) }
        let before = Dictionary(uniqueKeysWithValues: plan.rows.map { ($0.id, scheduler.pages(of: $0.id) ?? []) })
        let occasionallyCancelled = dice(50) == 0 ? plan.rows.first?.id : nil
        if let id = occasionallyCancelled, let outcome = scheduler.cancel(id) {
            try book(outcome)
            counts.cancelledRunning += 1
        }
        for outcome in scheduler.commit(plan, samples) { try book(outcome) }
        scheduler.checkInvariants()
        countPages(before)
        counts.steps += 1
    }

    /// Drafts for some sequences: what they will say as far as they say it, something else from some place on, too many.
    private mutating func propose() {
        for id in alive where dice(2) == 0 {
            guard let request = requests[id] else { continue }
            let rest = request.alone(limits: limits).output.dropFirst(request.output.count)
            var drafts = rest.prefix(dice(6)) + (0..<dice(3)).map { _ in Int32(dice(31)) }
            // A stop token may be drafted as well.
            if case .stopToken(let token) = request.alone(limits: limits).ending, dice(2) == 0 { drafts.append(token) }
            scheduler.propose(drafts, for: id)
            proposed[id] = drafts.count
        }
    }

    /// Time comes and goes: what prompts may take beside streams is anything, nothing included.
    private mutating func drawBudget() -> PromptBudget {
        dice(3) == 0
            ? .unbounded
            : PromptBudget(
                tokens: dice(40), seconds: Double(dice(20)), tokenSeconds: 1, positionSeconds: Double(dice(3)) / 8)
    }

    private mutating func check(_ plan: StepPlan) throws(SimulationFailure) {
        try demand(!plan.rows.isEmpty || scheduler.isIdle, "a step without progress")
        try demand(plan.tokenCount <= limits.step.tokens, "over the budget of tokens")
        try demand(plan.outputCount <= limits.step.outputs, "over the budget of logits")
        try demand(Set(plan.rows.map(\.id)).count == plan.rows.count, "a sequence is planned twice")
        try demand(plan.rows.allSatisfy { $0.count > 0 }, "an empty row")
        try demand(Set(plan.preempted).isDisjoint(with: plan.rows.map(\.id)), "a planned row was revoked")
        for admitted in plan.admitted {
            guard let request = requests[admitted.id] else { throw SimulationFailure("an unknown sequence") }
            try demand(
                admitted.cachedTokens < request.prompt.count || !request.output.isEmpty, "nothing left to compute")
            try demand(
                !request.options.wantsPromptLogits || admitted.isReturning || admitted.cachedTokens == 0, "unscored")
            if admitted.isReturning { counts.returned += 1 }
            if let earlier = request.continuedPrompt, admitted.cachedTokens > earlier { counts.cachedGenerated += 1 }
        }
        for row in plan.rows {
            if row.outputs == .all { counts.scoredRows += 1 }
            if !row.samples, row.outputs == .none { counts.chunks += 1 }
        }
    }

    private mutating func compute(_ row: PlannedRow) throws(SimulationFailure) -> RowSample {
        guard let request = requests[row.id] else { throw SimulationFailure("an unknown sequence") }
        let known = request.prompt + request.output
        let states = try pages.compute(row, of: known, salt: request.options.salt, scheduler)
        try demand(!row.samples || row.position + row.count == known.count, "a sample in the middle")
        if proposed.removeValue(forKey: row.id) ?? 0 > row.draftCount { counts.droppedDrafts += 1 }
        guard row.samples else { return .none }
        if dice(700) == 0 { return .failed }
        if dice(700) == 0 {
            counts.barred += 1
            return .barred
        }
        if row.draftCount > 0 { counts.draftedRows += 1 }
        var run: [Int32] = []
        for (state, draft) in zip(states, scheduler.drafts(of: row).map { Optional($0) } + [nil]) {
            run.append(next(state))
            if next(state) != draft || request.options.stopTokens.contains(next(state)) { break }
        }
        counts.acceptedDrafts += run.count - 1
        counts.rejectedDrafts += row.draftCount - (run.count - 1)
        if run.count > 1, let last = run.last, request.options.stopTokens.contains(last) { counts.stoppedInDrafts += 1 }
        return run.count == 1 ? .token(run[0]) : .tokens(run[...])
    }

    private mutating func countPages(_ before: [SequenceID: [PageID]]) {
        for page in 0..<PageID(limits.pages.count) where scheduler.pool.holderCount(page) > 1 {
            counts.sharedPages += 1
        }
        let plan = before.filter { requests[$0.key]?.ending == nil }
        counts.swappedPages +=
            plan.filter { id, pages in
                scheduler.pages(of: id).map { Array($0.prefix(pages.count)) != pages } ?? false
            }.count
    }

    private mutating func book(_ outcome: Outcome) throws(SimulationFailure) {
        switch outcome {
        case .token(let id, let token):
            try demand(requests[id]?.ending == nil, "a token after the end")
            requests[id]?.output.append(token)
        case .finished(let id, let reason):
            guard let request = requests[id] else { throw SimulationFailure("an unknown sequence") }
            try demand(request.ending == nil, "a second ending")
            requests[id]?.ending = reason
            alive.removeAll { $0 == id }
            ended.append(id)
            try check(request, reason)
        }
    }

    private mutating func check(_ request: SimulatedRequest, _ reason: EndReason) throws(SimulationFailure) {
        let alone = request.alone(limits: limits)
        switch reason {
        case .cancelled: break
        case .failed: counts.failed += 1
        case .stopToken: counts.stopped += 1
        case .length: counts.truncated += 1
        }
        if reason == .cancelled || reason == .failed {
            try demand(
                Array(alone.output.prefix(request.output.count)) == request.output, "another beginning than alone")
        } else {
            try demand(alone == (request.output, reason), "the answer depends on who else is there")
        }
    }
}
