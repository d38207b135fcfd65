import OrderedCollections

/// How a step is planned: owed single tokens, then the queue, then prompts.
extension Scheduler {
    /// Prompt tokens of a step beside running streams, where the step has room for so many.
    private static let leastPromptTokensBesideStreams = 64

    /// Chooses the next step's rows and takes their pages. A row is never taken back once it is planned.
    ///
    /// While any sequence is alive the plan has at least one row.
    package mutating func plan() -> StepPlan {
        var plan = StepPlan()
        planSingleTokens(&plan)
        if plan.preempted.isEmpty { admitWaiting(&plan) }
        planPrompts(&plan)
        // Copies are done before anything is written, so their sources are needed no longer than the plan is made.
        for copy in plan.copies { pool.release(copy.from) }
        return plan
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
                plan.rows.append(row(at: place, count: 1))
                place += 1
            }
        }
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

    private mutating func preempt(at place: Int, _ plan: inout StepPlan) {
        var (id, sequence) = running.remove(at: place)
        sequence.giveBack(to: &pool)
        enqueue(sequence)
        plan.preempted.append(id)
        statistics.preemptions += 1
    }

    // MARK: The queue

    private mutating func admitWaiting(_ plan: inout StepPlan) {
        var rowsLeft = limits.step.tokens - running.count
        var place = 0
        while place < waiting.count, running.count < limits.running, rowsLeft > 0 {
            if isHeld(at: place) {
                place += 1
                continue
            }
            waiting.values[place].reusePrefix(from: &pool)
            if holdBack(at: place) {
                place += 1
                continue
            }
            // Nobody overtakes a sequence for which there are not enough pages.
            guard admit(at: place, &plan) else { return }
            rowsLeft -= 1
        }
    }

    private func isHeld(at place: Int) -> Bool {
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

    /// Moves a sequence from the queue to the running ones, with pages for all it knows; false if they are missing.
    private mutating func admit(at place: Int, _ plan: inout StepPlan) -> Bool {
        let wanted = waiting.values[place].tokens.count
        let missing = waiting.values[place].missingPages(for: wanted, pageTokens: pool.pageTokens)
        // A little stays free for the growth of the others, or the newcomer would soon be preempted.
        let growth = min(running.count, 1 + pool.count / 16)
        guard missing + growth <= pool.freeCount else {
            waiting.values[place].giveBack(to: &pool)
            return false
        }
        var (id, sequence) = waiting.remove(at: place)
        if let tail = sequence.copyableTail(in: pool) { copy(tail, to: &sequence, &plan) }
        sequence.reserve(wanted, from: &pool)
        note(sequence, &plan)
        sequence.wasAdmitted = true
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

    /// Shares the rest of the budget: a quarter is the oldest prompt's, the rest goes to the shortest first.
    private mutating func planPrompts(_ plan: inout StepPlan) {
        var budget = promptBudget(besideRows: plan.rows.count)
        let places = running.values.indices.filter { running.values[$0].planned == 0 }
        var spare = limits.step.outputs - plan.rows.count - places.count
        guard let oldest = places.first, budget > 0 else { return }
        let shortestFirst = places.sorted {
            (running.values[$0].owed, $0) < (running.values[$1].owed, $1)
        }
        grant(max(1, budget / 4), to: oldest, &budget, &spare)
        for place in shortestFirst { grant(.max, to: place, &budget, &spare) }
        for place in places where running.values[place].planned > 0 {
            plan.rows.append(row(at: place, count: running.values[place].planned))
        }
    }

    /// What prompts may take of a step. Beside rows that generate it is a part only: a short step keeps streams flowing,
    /// and costs the prompt nothing but the weights being read more often.
    private func promptBudget(besideRows rows: Int) -> Int {
        let whole = limits.step.tokens - rows
        guard rows > 0 else { return whole }
        return min(whole, max(Self.leastPromptTokensBesideStreams, limits.step.tokens / 4))
    }

    /// Plans at most `share` more tokens of a sequence within the budget and the spare rows of logits.
    private mutating func grant(_ share: Int, to place: Int, _ budget: inout Int, _ spare: inout Int) {
        let already = running.values[place].planned
        var count = min(share, budget, running.values[place].owed - already)
        if running.values[place].isScoring {
            // The row's first logits are reserved, every further token needs one of its own.
            count = min(count, spare + (already == 0 ? 1 : 0))
            spare -= count - (already == 0 && count > 0 ? 1 : 0)
        }
        running.values[place].planned += count
        budget -= count
    }

    private mutating func row(at place: Int, count: Int) -> PlannedRow {
        running.values[place].planned = count
        let sequence = running.values[place]
        let end = sequence.computed + count
        let completes = end == sequence.tokens.count
        let samples = completes && sequence.tokens.count < sequence.limit
        return PlannedRow(
            id: sequence.id, position: sequence.computed, tokens: Array(sequence.tokens[sequence.computed..<end]),
            pages: sequence.pages, outputs: sequence.isScoring ? .all : (samples ? .last : .none), samples: samples)
    }
}
