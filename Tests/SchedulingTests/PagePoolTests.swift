import Scheduling
import Testing

/// What is kept and what is given up first.
@Suite struct PagePoolTests {
    private static let options = SequenceOptions(salt: [], priority: 0, stopTokens: [], wantsPromptLogits: false)

    private func run(_ prompt: [Int32], on scheduler: inout Scheduler, _ raw: UInt64) throws -> Int {
        try scheduler.add(SequenceID(raw: raw), prompt: prompt, maximumTokens: 1, options: Self.options)
        var cached = 0
        while !scheduler.isIdle {
            let plan = scheduler.plan(.unbounded)
            cached += plan.admitted.reduce(0) { $0 + $1.cachedTokens }
            _ = scheduler.commit(plan, plan.rows.map { $0.samples ? .token(9) : .none })
            scheduler.checkInvariants()
        }
        return cached
    }

    private func scheduler(pages: Int) -> Scheduler {
        Scheduler(
            SchedulerLimits(
                pages: PageBudget(count: pages, tokens: 4), step: StepBudget(tokens: 64, outputs: 4), running: 4,
                waiting: 4, context: 64))
    }

    @Test func theLeastRecentlyUsedPrefixIsGivenUpFirst() throws {
        var scheduler = scheduler(pages: 6)
        #expect(try run(tokens(100, 8), on: &scheduler, 1) == 0)
        #expect(try run(tokens(200, 8), on: &scheduler, 2) == 0)
        #expect(try run(tokens(100, 8), on: &scheduler, 3) == 7)
        // Needs three of the six pages: the two blank ones and the oldest tail, which is that of 200.
        #expect(try run(tokens(300, 11), on: &scheduler, 4) == 0)
        #expect(try run(tokens(100, 8) + [1], on: &scheduler, 5) == 8)
        #expect(try run(tokens(200, 8) + [1], on: &scheduler, 6) < 8)
    }

    @Test func anAnswerIsReusedInTheNextTurn() throws {
        var scheduler = scheduler(pages: 8)
        try scheduler.add(SequenceID(raw: 1), prompt: tokens(100, 3), maximumTokens: 6, options: Self.options)
        while !scheduler.isIdle {
            let plan = scheduler.plan(.unbounded)
            _ = scheduler.commit(plan, plan.rows.map { $0.samples ? .token(9) : .none })
        }
        // The last generated token was never computed.
        #expect(try run(tokens(100, 3) + [9, 9, 9, 9, 9, 9, 5], on: &scheduler, 2) == 8)
    }

    @Test func aPageThatBeginsTheSameIsCopiedUpToTheDifference() throws {
        var scheduler = scheduler(pages: 8)
        #expect(try run([1, 2, 3, 4, 5, 6, 7, 8], on: &scheduler, 1) == 0)
        #expect(try run([1, 2, 3, 4, 5, 6, 9, 9], on: &scheduler, 2) == 6)
        #expect(scheduler.statistics.copiedPages == 1)
    }

    @Test func allPagesComeBack() throws {
        var scheduler = scheduler(pages: 6)
        for raw in 1...40 {
            _ = try run(tokens(Int32(raw % 5) * 100, raw % 20 + 1), on: &scheduler, UInt64(raw))
            #expect(scheduler.pool.freeCount == 6)
        }
    }
}
