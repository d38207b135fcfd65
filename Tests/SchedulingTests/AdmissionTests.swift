import Scheduling
import Testing

/// Who is taken, and what the refused are told.
@Suite struct AdmissionTests {
    private static let limits = SchedulerLimits(
        pages: PageBudget(count: 4, tokens: 4), step: StepBudget(tokens: 8, outputs: 4), running: 2, waiting: 1,
        context: 20)
    private static let options = SequenceOptions(salt: [], priority: 0, stopTokens: [], wantsPromptLogits: false)

    private func refusal(_ promptTokens: Int, _ maximumTokens: Int?) -> AdmissionError? {
        do throws(AdmissionError) {
            _ = try Self.limits.check(promptTokens: promptTokens, maximumTokens: maximumTokens)
            return nil
        } catch {
            return error
        }
    }

    @Test func sizesAreCheckedWithBothCounts() {
        #expect(refusal(0, 1) == .emptyPrompt)
        #expect(refusal(16, 5) == .promptTooLong(promptTokens: 16, maximumTokens: 5, context: 20))
        #expect(refusal(20, nil) == .promptTooLong(promptTokens: 20, maximumTokens: nil, context: 20))
        #expect(refusal(.max, .max) == .promptTooLong(promptTokens: .max, maximumTokens: .max, context: 20))
        #expect(refusal(16, 1) == .wouldNeverFit(tokens: 17, capacity: 16))
        #expect(refusal(16, 0) == nil)
    }

    @Test func theSentenceNamesBothCounts() {
        let text = AdmissionError.promptTooLong(promptTokens: 16, maximumTokens: 5, context: 20).description
        #expect(text.contains("16") && text.contains("5") && text.contains("20"))
    }

    @Test func anOpenEndIsTheContextOrTheMemory() throws {
        #expect(try Self.limits.check(promptTokens: 3, maximumTokens: nil) == 16)
        #expect(try Self.limits.check(promptTokens: 3, maximumTokens: 2) == 5)
    }

    @Test func noMoreThanRunningAndWaitingAreAlive() throws {
        var scheduler = Scheduler(Self.limits)
        for raw in 1...3 {
            try scheduler.add(SequenceID(raw: UInt64(raw)), prompt: [1], maximumTokens: 2, options: Self.options)
        }
        #expect(throws: AdmissionError.queueFull(limit: 3)) {
            try scheduler.add(SequenceID(raw: 4), prompt: [1], maximumTokens: 2, options: Self.options)
        }
        #expect(scheduler.cancel(SequenceID(raw: 2)) == .finished(SequenceID(raw: 2), .cancelled))
        try scheduler.add(SequenceID(raw: 4), prompt: [1], maximumTokens: 2, options: Self.options)
        #expect(scheduler.waitingCount == 3)
    }

    @Test func aRequestForNothingReadsItsPromptAndEnds() throws {
        var scheduler = Scheduler(Self.limits)
        let id = SequenceID(raw: 1)
        try scheduler.add(id, prompt: [1, 2, 3], maximumTokens: 0, options: Self.options)
        let plan = scheduler.plan(.unbounded)
        #expect(plan.rows.map(\.samples) == [false])
        #expect(scheduler.commit(plan, [.none]) == [.finished(id, .length)])
    }

    /// Also not the chunks that were computed before the one that failed.
    @Test func whatAFailedSequenceComputedIsNotReused() throws {
        var scheduler = Scheduler(Self.limits)
        for (raw, sample) in [(1, RowSample.failed), (2, .token(9))] {
            let id = SequenceID(raw: UInt64(raw))
            try scheduler.add(id, prompt: tokens(1, 12), maximumTokens: 1, options: Self.options)
            let first = scheduler.plan(.unbounded)
            #expect(first.admitted.map(\.cachedTokens) == [0])
            #expect(scheduler.commit(first, [.none]).isEmpty)
            let second = scheduler.plan(.unbounded)
            let ending: EndReason = sample == .failed ? .failed : .length
            #expect(scheduler.commit(second, [sample]).contains(.finished(id, ending)))
            scheduler.checkInvariants()
        }
    }

    @Test func promptLogitsAreComputedInBoundedChunksEvenWhenCached() throws {
        var scheduler = Scheduler(Self.limits)
        var options = Self.options
        for (raw, isScoring) in [(1, false), (2, true)] {
            options.wantsPromptLogits = isScoring
            try scheduler.add(
                SequenceID(raw: UInt64(raw)), prompt: tokens(1, 10), maximumTokens: 1, options: options)
            while !scheduler.isIdle {
                let plan = scheduler.plan(.unbounded)
                #expect(plan.outputCount <= Self.limits.step.outputs)
                if isScoring { #expect(plan.rows.allSatisfy { $0.outputs == .all && $0.count <= 4 }) }
                _ = scheduler.commit(plan, plan.rows.map { $0.samples ? .token(9) : .none })
            }
        }
    }
}
