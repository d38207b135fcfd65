import Scheduling
import Testing

/// Pages come and go in the index as prompts do; what was computed last is always found again.
@Suite struct PrefixTableTests {
    @Test func whatWasComputedLastIsFoundHoweverOftenPagesAreTakenAgain() throws {
        let limits = SchedulerLimits(
            pages: PageBudget(count: 24, tokens: 4), step: StepBudget(tokens: 64, outputs: 4), running: 2, waiting: 2,
            context: 64)
        var scheduler = Scheduler(limits)
        var dice = Dice(seed: 11)
        for round in 0..<600 {
            let prompt = (0..<(9 + dice(24))).map { _ in Int32(dice(3)) }
            for repetition in 0..<2 {
                let id = SequenceID(raw: UInt64(round * 2 + repetition))
                let options = SequenceOptions(salt: [], priority: 0, stopTokens: [], wantsPromptLogits: false)
                try scheduler.add(id, prompt: prompt, maximumTokens: 1, options: options)
                let plan = scheduler.plan(.unbounded)
                let cached = try #require(plan.admitted.first).cachedTokens
                if repetition == 1 { #expect(cached == prompt.count - 1) }
                _ = scheduler.commit(plan, plan.rows.map { $0.samples ? .token(9) : .none })
                scheduler.checkInvariants()
            }
        }
    }
}
