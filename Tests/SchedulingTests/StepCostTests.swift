import Scheduling
import Testing

/// What is learnt of a step's time, on a machine made of numbers.
@Suite struct StepCostTests {
    /// A machine on which a step costs `base`, a prompt token `token`, and every position before it `position`.
    private struct Machine {
        var base = 0.01
        var token = 0.0005
        var position = 1e-7

        func step(streams: Int, from position: Int, count: Int) -> StepCost.Measured {
            let middle = Double(position) + Double(count - 1) / 2
            let seconds = base + Double(count) * (token + self.position * middle)
            return StepCost.Measured(
                streams: streams, promptTokens: count, meanPosition: middle, seconds: seconds)
        }
    }

    private func generating(_ seconds: Double) -> StepCost.Measured {
        StepCost.Measured(streams: 6, promptTokens: 0, meanPosition: 0, seconds: seconds)
    }

    private func scheduler(stepTokens: Int) -> Scheduler {
        Scheduler(
            SchedulerLimits(
                pages: PageBudget(count: 1024, tokens: 16), step: StepBudget(tokens: stepTokens, outputs: 16),
                running: 8, waiting: 8, context: 8192))
    }

    private func add(_ raw: UInt64, prompt count: Int, to scheduler: inout Scheduler) throws {
        let options = SequenceOptions(salt: [], priority: 0, stopTokens: [], wantsPromptLogits: false)
        try scheduler.add(
            SequenceID(raw: raw), prompt: tokens(Int32(raw) * 10_000, count), maximumTokens: 1000, options: options)
    }

    @Test func aTargetOfZeroBoundsNothing() {
        #expect(StepCost(targetSeconds: 0).budget == .unbounded)
    }

    @Test func whereGeneratingAloneTakesLongerThanTheTargetPromptsGetHalf() {
        var cost = StepCost(targetSeconds: 0.1)
        let machine = Machine(base: 0.2, token: 0.001, position: 0)
        for _ in 0..<20 {
            cost.learn(generating(0.2))
            cost.learn(machine.step(streams: 6, from: 0, count: 64))
        }
        #expect(cost.budget.seconds > 0.15 && cost.budget.seconds <= 0.2)
        #expect(cost.budget.tokens >= 64)
    }

    @Test func beforeAnythingIsKnownOnlyTheLeastIsPlanned() throws {
        var scheduler = scheduler(stepTokens: 512)
        try add(1, prompt: 1, to: &scheduler)
        _ = scheduler.commit(scheduler.plan(.unbounded), [.token(7)])
        try add(2, prompt: 400, to: &scheduler)
        let plan = scheduler.plan(StepCost(targetSeconds: 0.1).budget)
        #expect(plan.rows.map(\.count) == [1, Scheduler.leastPromptTokens])
    }

    @Test func theCostOfATokenAndOfItsPositionAreFound() {
        let machine = Machine()
        var cost = StepCost(targetSeconds: 0.1)
        for _ in 0..<40 { cost.learn(generating(machine.base)) }
        for chunk in 0..<40 { cost.learn(machine.step(streams: 6, from: chunk * 100, count: 100)) }
        let budget = cost.budget
        #expect(abs(budget.seconds - 0.09) < 1e-5)
        #expect(abs(budget.tokenSeconds - machine.token) < 1e-6)
        #expect(abs(budget.positionSeconds - machine.position) < 1e-9)
    }

    @Test func oneStepThatWasHeldUpHardlyMoves() {
        let machine = Machine()
        var cost = StepCost(targetSeconds: 0.1)
        for _ in 0..<40 { cost.learn(generating(machine.base)) }
        for _ in 0..<40 { cost.learn(machine.step(streams: 6, from: 0, count: 100)) }
        let before = cost.budget
        var slow = machine
        slow.token *= 100
        cost.learn(slow.step(streams: 6, from: 0, count: 100))
        cost.learn(generating(100 * machine.base))
        let after = cost.budget
        #expect(after.tokenSeconds < before.tokenSeconds * 1.2)
        #expect(after.seconds > before.seconds * 0.8)
        // But a machine that stays slow is believed.
        for _ in 0..<60 { cost.learn(slow.step(streams: 6, from: 0, count: 100)) }
        #expect(cost.budget.tokenSeconds > before.tokenSeconds * 50)
    }

    @Test func numbersThatAreNoTimesAreIgnored() {
        var cost = StepCost(targetSeconds: 0.1)
        for seconds in [0, -1, Double.nan, .infinity] {
            cost.learn(generating(seconds))
            cost.learn(StepCost.Measured(streams: 1, promptTokens: 100, meanPosition: 50, seconds: seconds))
        }
        #expect(cost == StepCost(targetSeconds: 0.1))
    }

    /// The loop of the engine with a machine of numbers: a long prompt beside streams, from the first measurement on.
    @Test func aLongPromptBesideStreamsKeepsToTheTargetAndShrinksItsChunks() throws {
        let machine = Machine()
        var cost = StepCost(targetSeconds: 0.1)
        var scheduler = scheduler(stepTokens: 512)
        for raw in 1...6 { try add(UInt64(raw), prompt: 30, to: &scheduler) }
        var chunks: [Int] = []
        for step in 0..<400 {
            if step == 20 { try add(9, prompt: 4000, to: &scheduler) }
            let plan = scheduler.plan(cost.budget)
            let streams = plan.rows.count { $0.count == 1 }
            guard let prompt = plan.rows.first(where: { $0.count > 1 }), streams > 0 else {
                cost.learn(generating(machine.base))
                _ = scheduler.commit(plan, plan.rows.map { $0.samples ? .token(7) : .none })
                continue
            }
            let measured = machine.step(streams: streams, from: prompt.position, count: prompt.count)
            #expect(measured.seconds < 0.125, "step \(step)")
            cost.learn(measured)
            chunks.append(prompt.count)
            _ = scheduler.commit(plan, plan.rows.map { $0.samples ? .token(7) : .none })
        }
        #expect(chunks.reduce(0, +) == 4000)
        // From small beginnings a chunk grows to what the target allows; late ones are shorter than early ones.
        #expect(zip(chunks, chunks.dropFirst()).allSatisfy { $1 <= max(64, $0 * 3 / 2) })
        let early = chunks.max() ?? 0
        #expect(early > 150 && early < 190)
        #expect(chunks[chunks.count - 3] < early * 3 / 4)
    }

    /// A token that shows nothing makes one gap of two steps: the second one is short.
    @Test func aStepBehindASilentOneEndsTheGapSoon() {
        let machine = Machine(base: 0.01, token: 0.0005, position: 0)
        var cost = StepCost(targetSeconds: 0.1)
        for _ in 0..<40 {
            cost.learn(generating(machine.base))
            cost.learn(machine.step(streams: 6, from: 0, count: 100))
        }
        let usual = cost.budget
        #expect(cost.budget(afterSilence: 0) == usual)
        // A gap that is short so far leaves the step as it is.
        #expect(cost.budget(afterSilence: 0.02) == usual)
        let short = cost.budget(afterSilence: 0.1)
        #expect(short.seconds < 0.016 && short.seconds > 0.01)
        #expect(cost.budget(afterSilence: 0.3).seconds == 0)
        // Where generating alone takes longer than the target no gap can be kept short, and prompts keep their half.
        var slow = StepCost(targetSeconds: 0.1)
        slow.learn(generating(0.2))
        slow.learn(Machine(base: 0.2).step(streams: 6, from: 0, count: 64))
        #expect(slow.budget(afterSilence: 0.4) == slow.budget)
    }

    /// Estimates from very short prompts say little about long ones: then steps grow, but not at once.
    @Test func aStepGoesNoMoreThanHalfFurtherThanOneThatKeptToTheTarget() {
        var cost = StepCost(targetSeconds: 0.1)
        for _ in 0..<20 {
            cost.learn(StepCost.Measured(streams: 6, promptTokens: 20, meanPosition: 10, seconds: 0.0001))
        }
        #expect(cost.budget.tokens == 64)
        cost.learn(StepCost.Measured(streams: 6, promptTokens: 60, meanPosition: 30, seconds: 0.05))
        #expect(cost.budget.tokens == 90)
        cost.learn(StepCost.Measured(streams: 6, promptTokens: 90, meanPosition: 100, seconds: 0.18))
        #expect(cost.budget.tokens == 75)
    }

    /// A machine that takes a tenth of a second for every token: 512 of them at once would be nearly a minute.
    @Test func m3_aLonePromptIsReadInStepsOfBoundedTime() throws {
        let machine = Machine(base: 0, token: 0.1, position: 1e-5)
        var cost = StepCost(targetSeconds: 0.1)
        var scheduler = scheduler(stepTokens: 512)
        try add(1, prompt: 2000, to: &scheduler)
        var (read, steps) = (0, 0)
        while read < 2000 {
            var plan = StepPlan()
            scheduler.plan(&plan, prompts: cost.budget, lone: cost.loneBudget)
            let row = try #require(plan.rows.first)
            let measured = machine.step(streams: 0, from: row.position, count: row.count)
            #expect(measured.seconds <= (steps == 0 ? 7 : 1.1 * StepCost.loneSeconds), "step \(steps)")
            cost.learn(measured)
            read += row.count
            steps += 1
            _ = scheduler.commit(plan, plan.rows.map { $0.samples ? .token(7) : .none })
        }
        // On a fast one nothing is cut.
        let fast = Machine(base: 0, token: 1e-4, position: 0)
        cost = StepCost(targetSeconds: 0.1)
        cost.learn(fast.step(streams: 0, from: 0, count: 64))
        #expect(cost.loneBudget.cost(of: 512, from: 64) < cost.loneBudget.seconds)
    }

    @Test func aShortPromptBesideALongOneAndStreamsIsNotStarved() throws {
        var scheduler = scheduler(stepTokens: 512)
        try add(1, prompt: 1, to: &scheduler)
        _ = scheduler.commit(scheduler.plan(.unbounded), [.token(7)])
        try add(2, prompt: 4000, to: &scheduler)
        try add(3, prompt: 30, to: &scheduler)
        let budget = PromptBudget(tokens: 400, seconds: 0.1, tokenSeconds: 0.001, positionSeconds: 0)
        let plan = scheduler.plan(budget)
        #expect(plan.rows.map(\.count) == [1, 70, 30])
    }
}
