import Scheduling
import Testing

/// Turns between requests and tenants, on a clock that counts steps.
@Suite struct SharesTests {
    /// A scheduler and how many tokens each sequence has said.
    private struct Line: ~Copyable {
        var scheduler: Scheduler
        var said: [SequenceID: Int] = [:]
        var ended: Set<SequenceID> = []
        private var last: UInt64 = 0

        init(pages: Int = 2000, running: Int = 8) {
            scheduler = Scheduler(
                SchedulerLimits(
                    pages: PageBudget(count: pages, tokens: 4), step: StepBudget(tokens: 64, outputs: 64),
                    running: running, waiting: 400, context: 400))
        }

        /// Adds a request of `choices` sequences.
        mutating func add(_ choices: Int, tokens: Int = 100, tenant: Int = 0, priority: Int = 0) throws -> [SequenceID]
        {
            let request = last + 1
            let prompt = (0..<6).map { Int32(request) * 10 + $0 }
            return try (0..<choices).map { _ in
                last += 1
                let id = SequenceID(raw: last)
                var options = SequenceOptions(
                    salt: [], priority: priority, stopTokens: [], wantsPromptLogits: false)
                options.tenant = tenant
                options.request = request
                try scheduler.add(id, prompt: prompt, maximumTokens: tokens, options: options)
                return id
            }
        }

        mutating func step(_ count: Int = 1) {
            for _ in 0..<count {
                let plan = scheduler.plan(.unbounded)
                for outcome in scheduler.commit(plan, plan.rows.map { $0.samples ? .token(Int32($0.id.raw)) : .none }) {
                    switch outcome {
                    case .token(let id, _): said[id, default: 0] += 1
                    case .finished(let id, _): ended.insert(id)
                    }
                }
                scheduler.checkInvariants()
            }
        }

        /// Steps until a sequence has said something, or `limit`.
        mutating func stepsUntilFirst(of id: SequenceID, limit: Int = 50) -> Int {
            for step in 1...limit {
                self.step()
                if said[id] != nil { return step }
            }
            return limit + 1
        }
    }

    @Test func d8_aRequestOfManyChoicesDoesNotTakeEveryPlace() throws {
        var line = Line()
        let many = try line.add(128)
        line.step(20)
        #expect(line.scheduler.runningCount == 8)
        for _ in 0..<5 {
            let one = try line.add(1, tokens: 20)[0]
            #expect(line.stepsUntilFirst(of: one) <= 2)
        }
        line.step(40)
        // A burst is served at once as well, as far as places go round.
        let burst = try (0..<4).map { _ in try line.add(1, tokens: 20)[0] }
        line.step(2)
        #expect(burst.allSatisfy { line.said[$0] != nil })
        // Whoever gave way is not forgotten.
        var steps = 0
        while !line.scheduler.isIdle, steps < 10_000 {
            line.step()
            steps += 1
        }
        #expect(many.allSatisfy { line.ended.contains($0) && line.said[$0] == 100 })
    }

    @Test func d8_twoSuchRequestsShareThePlaces() throws {
        var line = Line()
        let first = try line.add(128)
        line.step(10)
        let second = try line.add(128)
        line.step(3)
        let third = try line.add(1)[0]
        #expect(line.stepsUntilFirst(of: third) <= 2)
        let saidBefore = line.said
        line.step(5)
        let busy = (first.count { line.said[$0] != saidBefore[$0] }, second.count { line.said[$0] != saidBefore[$0] })
        #expect(abs(busy.0 - busy.1) <= 1 && busy.0 + busy.1 == 7, "\(busy)")
        // Nothing goes back and forth while nobody comes.
        let turns = line.scheduler.statistics.turns
        line.step(20)
        #expect(line.scheduler.statistics.turns == turns)
    }

    @Test func d8_aTenantOfManyRequestsDoesNotTakeEveryPlace() throws {
        var line = Line()
        for _ in 0..<60 { _ = try line.add(1, tenant: 1) }
        line.step(10)
        let other = try line.add(1, tenant: 2)[0]
        #expect(line.stepsUntilFirst(of: other) <= 2)
        // Of one tenant, requests of one sequence go in order of arrival and displace nobody.
        let turns = line.scheduler.statistics.turns
        let late = try line.add(1, tenant: 1)[0]
        line.step(20)
        #expect(line.said[late] == nil && line.scheduler.statistics.turns == turns)
    }

    @Test func d8_pagesAreSharedOutAsPlacesAre() throws {
        // Eight sequences of 30 tokens and more fill the memory long before the places.
        var line = Line(pages: 70, running: 32)
        _ = try line.add(32, tokens: 200)
        line.step(25)
        #expect(line.scheduler.runningCount < 32)
        let one = try line.add(1, tokens: 20)[0]
        #expect(line.stepsUntilFirst(of: one) <= 3)
    }

    @Test func d8_lessUrgentRequestsDisplaceNobody() throws {
        var line = Line()
        _ = try line.add(128)
        line.step(10)
        let patient = try line.add(1, priority: -1)[0]
        line.step(20)
        #expect(line.said[patient] == nil && line.scheduler.statistics.turns == 0)
    }

    @Test func theQueueIsToldInTheOrderOfTurns() throws {
        var line = Line(running: 2)
        let many = try line.add(4)
        line.step(3)
        let (one, other) = (try line.add(1)[0], try line.add(1, tenant: 2)[0])
        #expect(line.scheduler.waitingInTurn() == [other, one] + many[2...])
    }
}
