import Models
import Sampling
import Scheduling
import Telemetry

/// What one step leaves for the next one to use again: memory, never contents.
struct StepMemory {
    var plan = StepPlan()
    var batch = Batch()
    var samples: [RowSample] = []
    var outcomes: [Outcome] = []
    /// The outputs from which a token is sampled, in one round.
    var sampled: [Int] = []
    /// What is chosen for each row of the plan, and the tokens of all rows.
    var choices: [RowChoice] = []
    var chosen: [Int32] = []
    var drafting = DraftMemory()
}

/// What was chosen for a row of the plan so far.
struct RowChoice {
    /// The row's first output.
    let firstOutput: Int
    /// Where its tokens stand among the chosen ones, and how many there are.
    let start: Int
    var count = 0
    /// Whether the next output is to be asked.
    var isOpen: Bool
    var hasFailed = false
    /// Whether that says nothing against the logits: no token was allowed.
    var isBarred = false
}

/// One step, from the plan to the events.
extension EngineLoop {
    /// Plans, computes, samples, commits and tells; learns what it took.
    mutating func step() {
        let start = now()
        let silence = silentSince.map { start - $0 } ?? 0
        scheduler.plan(&memory.plan, prompts: cost.budget(afterSilence: silence), lone: cost.loneBudget)
        for row in memory.plan.rows { trace.hop(Scheduler.self, "plan", request: row.id.description) }
        announce()
        for copy in memory.plan.copies { model.copy(page: copy.from, to: copy.to, tokens: copy.tokens) }
        BatchBuilder.fill(&memory.batch, with: memory.plan, of: scheduler, media: media)
        let (state, now) = (state, now)
        model.forward(memory.batch) { state.beat(at: now()) }
        for row in memory.plan.rows { trace.hop(type(of: self.model), "forward", request: row.id.description) }
        sample()
        let computedAt = now()
        draft()
        let draftSeconds = now() - computedAt
        for row in memory.plan.rows where row.samples { trace.hop(Sampler.self, "sample", request: row.id.description) }
        scheduler.commit(memory.plan, samples: memory.samples, into: &memory.outcomes)
        for row in memory.plan.rows { trace.hop(Scheduler.self, "commit", request: row.id.description) }
        metrics.iterationTokens.observe(Double(memory.plan.tokenCount))
        reportPrompts()
        deliver()
        propose()
        reportQueue()
        learn(seconds: now() - start, draftSeconds: draftSeconds)
    }

    /// Tells sequences that left the queue so.
    private mutating func announce() {
        guard !memory.plan.admitted.isEmpty else { return }
        let time = now()
        for admitted in memory.plan.admitted where !admitted.isReturning {
            guard let generation = generations[admitted.id] else { continue }
            // Whole pages only: what a neighbour's prompt begins with must not be found out token by token.
            let pageTokens = scheduler.limits.pages.tokens
            let cached = admitted.cachedTokens / pageTokens * pageTokens
            generation.usage.cachedTokens = cached
            generation.admittedAt = time
            metrics.queued.observe(time - generation.submittedAt)
            outgoing.append(.event(generation.sink, .admitted(cachedTokens: cached)))
        }
    }

    // MARK: Telling

    /// Tells sequences whose prompt goes on how far they are, and hands out what was asked about finished prompts.
    private mutating func reportPrompts() {
        for row in memory.plan.rows {
            guard let generation = generations[row.id], generation.firstTokenAt == nil else { continue }
            let total = generation.usage.promptTokens
            let done = row.position + row.count
            // Cached or computed: the code that sums up what was asked counts both.
            if row.position < total, done >= total {
                metrics.promptTokens.add(total)
                metrics.cachedTokens.add(generation.usage.cachedTokens)
            }
            if done < total {
                outgoing.append(.event(generation.sink, .progress(.prefill(done: done, total: total))))
            } else if let logprobs = generation.takePromptLogprobs() {
                outgoing.append(.event(generation.sink, .promptLogprobs(logprobs)))
            }
        }
    }

    private mutating func deliver() {
        let time = now()
        silentSince = nil
        for outcome in memory.outcomes {
            switch outcome {
            case .token(let id, let token): deliver(token, to: id, at: time)
            case .finished(let id, let reason): finish(id, reason, at: time)
            }
        }
    }

    private mutating func deliver(_ token: Int32, to id: SequenceID, at time: Double) {
        count(tokenOf: id, at: time)
        guard let generation = generations[id] else { return }
        trace.hop(Self.self, request: id.description)
        let isSilent = Int(token) < silentTokens.count && silentTokens[Int(token)]
        if let since = generation.note(isSilent: isSilent, at: time) { silentSince = min(silentSince ?? since, since) }
        outgoing.append(.token(generation.sink, generation.generated(token)))
    }

    func count(tokenOf id: SequenceID, at time: Double) {
        guard let generation = generations[id] else { return }
        metrics.generationTokens.increment()
        if let last = generation.lastTokenAt {
            metrics.interToken.observe(time - last)
        } else {
            metrics.firstToken.observe(time - generation.submittedAt)
            generation.firstTokenAt = time
        }
        generation.lastTokenAt = time
        generation.usage.completionTokens += 1
    }

    /// Tells waiting sequences their places, not more often than once a second.
    private mutating func reportQueue() {
        guard scheduler.waitingCount > 0 else { return }
        let time = now()
        guard time - queueReportedAt >= Self.reportSeconds else { return }
        queueReportedAt = time
        for (position, id) in scheduler.waitingInTurn().enumerated() {
            guard let generation = generations[id], generation.firstTokenAt == nil else { continue }
            guard generation.reportedPosition != position else { continue }
            generation.reportedPosition = position
            outgoing.append(.event(generation.sink, .progress(.queued(position: position))))
        }
    }

    // MARK: Learning

    /// Takes note of what the step took, unless it also worked out what nobody else asks for.
    private mutating func learn(seconds: Double, draftSeconds: Double) {
        var (streams, tokens, positions) = (0, 0, 0.0)
        for row in memory.plan.rows {
            if row.outputs == .all { return }
            if row.count == 1 {
                streams += 1
            } else {
                tokens += row.count
                positions += Double(row.count) * (Double(row.position) + Double(row.count - 1) / 2)
            }
        }
        cost.learn(
            StepCost.Measured(
                streams: streams, promptTokens: tokens, meanPosition: tokens > 0 ? positions / Double(tokens) : 0,
                seconds: seconds))
        if tokens == 0 { policy.learn(tokens: memory.plan.tokenCount, seconds: seconds - draftSeconds) }
    }
}
