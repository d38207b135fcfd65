import OrderedCollections

/// How a step is planned: turns, then owed single tokens, then the queue, then prompts.
extension Scheduler {
    /// Prompt tokens of every step with a prompt, whatever they cost, where the step has room for so many.
    package static let leastPromptTokens = 16

    /// Chooses the next step's rows and takes their pages. A row is never taken back once it is planned.
    ///
    /// Beside rows that generate, prompts take no more than `budget`; in a step without such rows, no more than `lone`.
    /// While any sequence is alive the plan has at least one row. What `plan` held before is forgotten, its memory used
    /// again.
    package mutating func plan(
        _ plan: inout StepPlan, prompts budget: PromptBudget, lone: PromptBudget = .unbounded
    ) {
        plan.removeAll()
        takeTurns(&plan)
        planSingleTokens(&plan)
        if plan.preempted.isEmpty { admitWaiting(&plan) }
        planPrompts(&plan, plan.rows.isEmpty ? lone : budget)
        // Copies are done before anything is written, so their sources are needed no longer than the plan is made.
        for copy in plan.copies { pool.release(copy.from) }
    }

    // MARK: Single tokens

    private mutating func planSingleTokens(_ plan: inout StepPlan) {
        var place = 0
        while place < running.count {
            guard running.values[place].owed == 1 else {
                place += 1
                continue
            }
            if makeRoom(at: place, &plan) {
                running.values[place].reserve(running.values[place].tokens.count, from: &pool)
                makeRoomForDrafts(at: place, plan)
                plan.rows.append(row(at: place, count: 1))
                place += 1
            }
        }
    }

    /// Keeps as many drafts as find room beside what everybody else may need; drafts displace nothing.
    private mutating func makeRoomForDrafts(at place: Int, _ plan: StepPlan) {
        var count = running.values[place].drafts.count
        guard count > 0 else { return }
        let others = limits.running - plan.rows.count
        count = min(count, limits.step.tokens - plan.tokenCount - others - Self.leastPromptTokens)
        count = min(count, limits.step.outputs - plan.outputCount - others)
        let known = running.values[place].tokens.count
        let free = max(0, pool.freeCount - running.count)
        let pages = running.values[place].pages.count + free
        count = min(count, pages * pool.pageTokens - known)
        running.values[place].dropDrafts(keeping: count)
        running.values[place].reserve(known + running.values[place].drafts.count, from: &pool)
    }

    /// Frees a page for the sequence at `place` if it needs one; false if it had to give up its own.
    private mutating func makeRoom(at place: Int, _ plan: inout StepPlan) -> Bool {
        let wanted = running.values[place].tokens.count
        while running.values[place].missingPages(for: wanted, pageTokens: pool.pageTokens) > pool.freeCount {
            // The last one has no row yet: single tokens are planned in this very order, prompts after all of them.
            let newest = running.count - 1
            preempt(at: newest, &plan)
            if newest == place { return false }
        }
        return true
    }

    /// Takes a running sequence's pages and place; it waits again.
    mutating func preempt(at place: Int, _ plan: inout StepPlan) {
        var (id, sequence) = running.remove(at: place)
        shares.giveBack(sequence)
        dropCopies(into: sequence, &plan)
        sequence.giveBack(to: &pool)
        enqueue(sequence)
        plan.preempted.append(id)
        statistics.preemptions += 1
    }

    /// A sequence that this very plan admitted may lose its place again: a page that it was to copy from is released before
    /// the pages that stand in front of it, so that no page is reused before those that follow it.
    private mutating func dropCopies(into sequence: borrowing Sequence, _ plan: inout StepPlan) {
        guard !plan.copies.isEmpty else { return }
        let pages = Set(sequence.pages)
        for copy in plan.copies where pages.contains(copy.to) { pool.release(copy.from) }
        plan.copies.removeAll { pages.contains($0.to) }
    }

    // MARK: The queue

    private mutating func admitWaiting(_ plan: inout StepPlan) {
        while running.count < limits.running, running.count < limits.step.tokens, let place = placeInTurn() {
            // Nobody overtakes a sequence for which there are not enough pages.
            guard seat(at: place, &plan) != .noRoom else { return }
        }
    }

    /// The outcome for a sequence whose turn it was.
    enum Seating {
        case seated
        /// It lets another one compute their common prefix first.
        case held
        /// There are not enough pages.
        case noRoom
    }

    /// Moves the sequence at `place` of the queue to the running ones if it can begin.
    mutating func seat(at place: Int, _ plan: inout StepPlan) -> Seating {
        waiting.values[place].reusePrefix(from: &pool)
        if holdBack(at: place) { return .held }
        return admit(at: place, &plan) ? .seated : .noRoom
    }

    /// Whether another one is just computing what the sequence at `place` of the queue needs.
    func isHeld(at place: Int) -> Bool {
        guard let hold = waiting.values[place].hold, let other = running[hold.computing] else { return false }
        return other.computed < hold.untilComputed
    }

    /// Lets a sequence wait if a running one is just computing the tokens that it needs next.
    private mutating func holdBack(at place: Int) -> Bool {
        waiting.values[place].hold = nil
        guard waiting.values[place].holdsLeft > 0, !waiting.values[place].isScoring else { return false }
        guard let hold = usefulHold(for: waiting.values[place]) else { return false }
        waiting.values[place].giveBack(to: &pool)
        waiting.values[place].hold = hold
        waiting.values[place].holdsLeft -= 1
        statistics.heldBack += 1
        return true
    }

    private func usefulHold(for sequence: borrowing Sequence) -> Sequence.Hold? {
        let usable = sequence.tokens.count - 1
        let worthwhile = min(pool.pageTokens, usable - sequence.computed)
        guard worthwhile > 0 else { return nil }
        var best: Sequence.Hold?
        for other in running.values where other.owed > 1 && other.options.salt == sequence.options.salt {
            let common = min(usable, sequence.commonPrefix(with: other))
            guard common > other.computed, common - sequence.computed >= worthwhile else { continue }
            if common > best?.untilComputed ?? 0 { best = .init(computing: other.id, untilComputed: common) }
        }
        return best
    }

    /// Whether there are pages for what the sequence at `place` of the queue knows, besides those that it has taken over.
    private func hasPages(at place: Int) -> Bool {
        let wanted = waiting.values[place].tokens.count
        let missing = waiting.values[place].missingPages(for: wanted, pageTokens: pool.pageTokens)
        // A little stays free for the growth of the others, or the newcomer would soon be preempted.
        let growth = min(running.count, 1 + pool.count / 16)
        return missing + growth <= pool.freeCount
    }

    /// The same for a sequence that has not taken anything over yet.
    mutating func wouldFit(at place: Int) -> Bool {
        waiting.values[place].reusePrefix(from: &pool)
        defer { waiting.values[place].giveBack(to: &pool) }
        return hasPages(at: place)
    }

    /// Moves a sequence from the queue to the running ones, with pages for all it knows; false if they are missing.
    private mutating func admit(at place: Int, _ plan: inout StepPlan) -> Bool {
        guard hasPages(at: place) else {
            waiting.values[place].giveBack(to: &pool)
            return false
        }
        let wanted = waiting.values[place].tokens.count
        var (id, sequence) = waiting.remove(at: place)
        sequence.makeRoom(pageTokens: pool.pageTokens)
        if let tail = sequence.copyableTail(in: pool) { copy(tail, to: &sequence, &plan) }
        sequence.reserve(wanted, from: &pool)
        note(sequence, &plan)
        sequence.wasAdmitted = true
        shares.take(sequence)
        let seat = running.values.firstIndex { sequence.precedes($0) } ?? running.count
        running.updateValue(sequence, forKey: id, insertingAt: seat)
        return true
    }

    /// Begins the sequence's next page with slots of a cached one, which is held until the plan is made.
    private mutating func copy(_ tail: (page: PageID, tokens: Int), to sequence: inout Sequence, _ plan: inout StepPlan)
    {
        let missing = sequence.missingPages(for: sequence.tokens.count, pageTokens: pool.pageTokens)
        guard pool.freeCount > missing else { return }
        pool.retain(tail.page)
        sequence.reserve(sequence.computed + 1, from: &pool)
        guard let own = sequence.pages.last else { preconditionFailure("a page was just reserved") }
        plan.copies.append(PageCopy(from: tail.page, to: own, tokens: tail.tokens))
        sequence.skip(tail.tokens)
        statistics.copiedPages += 1
    }

    private mutating func note(_ sequence: borrowing Sequence, _ plan: inout StepPlan) {
        let cached = min(sequence.computed, sequence.promptCount)
        plan.admitted.append(.init(id: sequence.id, cachedTokens: cached, isReturning: sequence.wasAdmitted))
        guard !sequence.wasAdmitted else { return }
        statistics.queriedTokens += sequence.promptCount
        statistics.cachedTokens += cached
    }

    // MARK: Prompts

    /// Shares what is left of the step: a quarter is the oldest prompt's, the rest goes to the shortest first.
    private mutating func planPrompts(_ plan: inout StepPlan, _ budget: PromptBudget) {
        prompts.removeAll(keepingCapacity: true)
        for place in running.values.indices where running.values[place].planned == 0 { prompts.append(place) }
        guard let oldest = prompts.first else { return }
        var rest = PromptShare(
            tokens: min(max(budget.tokens, Self.leastPromptTokens), limits.step.tokens - plan.tokenCount),
            seconds: budget.seconds,
            outputs: limits.step.outputs - plan.outputCount - prompts.count,
            leastTokens: min(Self.leastPromptTokens, limits.step.tokens - plan.tokenCount))
        shortestFirst.removeAll(keepingCapacity: true)
        shortestFirst.append(contentsOf: prompts)
        shortestFirst.sort { (running.values[$0].owed, $0) < (running.values[$1].owed, $1) }
        grant(max(1, rest.tokens / 4), of: budget.seconds / 4, to: oldest, &rest, budget)
        for place in shortestFirst { grant(rest.tokens, of: rest.seconds, to: place, &rest, budget) }
        for place in prompts where running.values[place].planned > 0 {
            plan.rows.append(row(at: place, count: running.values[place].planned))
        }
    }

    /// Plans more tokens of a sequence: at most `share`, for no more than `seconds` unless the step's least is not met.
    private mutating func grant(
        _ share: Int, of seconds: Double, to place: Int, _ rest: inout PromptShare, _ budget: PromptBudget
    ) {
        let already = running.values[place].planned
        let position = running.values[place].computed + already
        let limit = min(share, rest.tokens, running.values[place].owed - already)
        let affordable = seconds < .infinity ? budget.count(within: seconds, from: position, limit: limit) : limit
        var count = min(limit, max(affordable, rest.leastTokens))
        if running.values[place].isScoring {
            // The row's first logits are reserved, every further token needs one of its own.
            count = min(count, rest.outputs + (already == 0 ? 1 : 0))
            rest.outputs -= count - (already == 0 && count > 0 ? 1 : 0)
        }
        guard count > 0 else { return }
        running.values[place].planned += count
        rest.tokens -= count
        rest.leastTokens = max(0, rest.leastTokens - count)
        rest.seconds = max(0, rest.seconds - budget.cost(of: count, from: position))
    }

    private mutating func row(at place: Int, count: Int) -> PlannedRow {
        running.values[place].planned = count
        let sequence = running.values[place]
        let end = sequence.computed + count
        let completes = end == sequence.tokens.count
        let samples = completes && sequence.tokens.count < sequence.limit
        return PlannedRow(
            id: sequence.id, position: sequence.computed, count: count,
            draftCount: samples && count == 1 ? sequence.drafts.count : 0,
            outputs: sequence.isScoring ? .all : (samples ? .last : .none), samples: samples)
    }
}

/// What prompts may still take of a step that is being planned.
private struct PromptShare {
    /// Tokens, and seconds that they may cost.
    var tokens: Int
    var seconds: Double
    /// Rows of logits beyond one for every prompt.
    var outputs: Int
    /// Tokens that are planned even if they cost too much, so that prompts go on whatever the streams want.
    var leastTokens: Int
}
