import Sampling
import Scheduling
import Telemetry

/// The engine thread's whole state: a local variable of one function, and nobody else's.
struct EngineLoop: ~Copyable {
    private let model: any StepModel
    private let state: EngineState
    private let metrics: EngineMetrics
    private let trace: HopTrace
    private let now: @Sendable () -> Double
    private var scheduler: Scheduler
    private var generations: [SequenceID: Generation] = [:]
    private var row: LogitRow
    private var drain: (deadlineSeconds: Double, completions: [@Sendable () -> Void])?
    private var rate: EndingRate
    private var queueReportedAt = -Double.infinity
    private var counted = SchedulerStatistics()

    /// How often a waiting sequence hears of its place, and how often the idle engine shows that it lives.
    private static let reportSeconds = 1.0

    init(model: any StepModel, limits: SchedulerLimits, state: EngineState, surroundings: Surroundings) {
        self.model = model
        self.state = state
        metrics = surroundings.metrics
        trace = surroundings.trace
        now = surroundings.clock
        scheduler = Scheduler(limits)
        row = LogitRow(vocabulary: model.vocabulary)
        rate = EndingRate()
    }

    /// Works until the engine is drained.
    mutating func run(_ mailbox: Mailbox) {
        while true {
            state.beat(at: now())
            let commands = scheduler.isIdle ? mailbox.take(waitingSeconds: Self.reportSeconds) : mailbox.take()
            for command in commands { apply(command) }
            if let drain, now() >= drain.deadlineSeconds { cancelAll() }
            if !scheduler.isIdle { step() }
            publish()
            if drain != nil, scheduler.isIdle { return leave(mailbox) }
        }
    }

    /// Answers what came too late and ends.
    private mutating func leave(_ mailbox: Mailbox) {
        for command in mailbox.close() { apply(command) }
        publish()
        for completion in drain?.completions ?? [] { completion() }
    }

    // MARK: Commands

    private mutating func apply(_ command: Command) {
        switch command {
        case .submit(let id, let request, let submittedAt, let sink):
            trace.hop("EngineLoop.apply", request: id.description)
            let generation = Generation(
                request, submittedAt: submittedAt, vocabulary: model.vocabulary, sink: sink)
            add(id, generation)
        case .cancel(let id, let reason):
            if case .finished? = scheduler.cancel(id) { finish(id, reason == .stopString ? .stopString : .cancelled) }
        case .drain(let deadlineSeconds, let completion):
            let earlier = drain
            drain = (
                min(deadlineSeconds, earlier?.deadlineSeconds ?? .infinity), (earlier?.completions ?? []) + [completion]
            )
        }
    }

    private mutating func add(_ id: SequenceID, _ generation: Generation) {
        let request = generation.request
        generations[id] = generation
        guard drain == nil else { return finish(id, .rejected(.draining)) }
        let options = SequenceOptions(
            salt: request.cacheSalt, priority: request.priority, stopTokens: request.sampling.stopTokens,
            wantsPromptLogits: request.promptLogprobs != nil)
        do {
            try scheduler.add(id, prompt: request.prompt, maximumTokens: request.maximumTokens, options: options)
            trace.hop("Scheduler.add", request: id.description)
        } catch {
            finish(id, .rejected(error))
        }
    }

    private mutating func cancelAll() {
        for id in generations.keys.sorted(by: { $0.raw < $1.raw }) {
            if case .finished? = scheduler.cancel(id) { finish(id, .cancelled) }
        }
    }

    // MARK: A step

    private mutating func step() {
        let plan = scheduler.plan()
        for row in plan.rows { trace.hop("Scheduler.plan", request: row.id.description) }
        announce(plan)
        for copy in plan.copies { model.copy(page: copy.from, to: copy.to, tokens: copy.tokens) }
        model.forward(BatchBuilder.batch(plan))
        for row in plan.rows { trace.hop("Model.forward", request: row.id.description) }
        let samples = Self.sample(plan, from: model, with: &generations, using: &row)
        for row in plan.rows where row.samples { trace.hop("Sampler.sample", request: row.id.description) }
        let outcomes = scheduler.commit(plan, samples: samples)
        for row in plan.rows { trace.hop("Scheduler.commit", request: row.id.description) }
        metrics.iterationTokens.observe(Double(plan.tokenCount))
        reportPrompts(plan)
        deliver(outcomes)
        reportQueue()
    }

    /// Tells sequences that left the queue so.
    private mutating func announce(_ plan: StepPlan) {
        let time = now()
        for admitted in plan.admitted where !admitted.isReturning {
            guard let generation = generations[admitted.id] else { continue }
            generations[admitted.id]?.usage.cachedTokens = admitted.cachedTokens
            metrics.queued.observe(time - generation.submittedAt)
            generation.sink(.admitted(cachedTokens: admitted.cachedTokens))
        }
    }

    /// One sample per row of the plan, in its order.
    private static func sample(
        _ plan: StepPlan, from model: any StepModel, with generations: inout [SequenceID: Generation],
        using row: inout LogitRow
    ) -> [RowSample] {
        var output = 0
        return plan.rows.map { planned in
            let first = output
            output += planned.outputCount
            guard planned.outputCount > 0 else { return .none }
            if planned.outputs == .all {
                for offset in 0..<planned.outputCount {
                    let isFinite = model.withLogits(row: first + offset) { logits in
                        let usable = logits.extracting(first: model.vocabulary)
                        return generations[planned.id]?.score(usable, position: planned.position + offset)
                    }
                    guard isFinite == true else { return .failed }
                }
            }
            guard planned.samples else { return .none }
            let token = model.withLogits(row: output - 1) { generations[planned.id]?.sample($0, using: &row) }
            return (token ?? nil).map { .token($0) } ?? .failed
        }
    }

    /// Tells sequences whose prompt goes on how far they are, and hands out what was asked about finished prompts.
    private mutating func reportPrompts(_ plan: StepPlan) {
        for row in plan.rows {
            guard let generation = generations[row.id], generation.firstTokenAt == nil else { continue }
            let done = row.position + row.tokens.count
            if row.position < generation.usage.promptTokens {
                metrics.promptTokens.add(min(done, generation.usage.promptTokens) - row.position)
            }
            if done < generation.usage.promptTokens {
                generation.sink(.progress(.prefill(done: done, total: generation.usage.promptTokens)))
            } else {
                generations[row.id]?.deliverPromptLogprobs()
            }
        }
    }

    private mutating func deliver(_ outcomes: [Outcome]) {
        let time = now()
        for outcome in outcomes {
            switch outcome {
            case .token(let id, let token): deliver(token, to: id, at: time)
            case .finished(let id, let reason): finish(id, reason, at: time)
            }
        }
    }

    private mutating func deliver(_ token: Int32, to id: SequenceID, at time: Double) {
        count(tokenOf: id, at: time)
        guard let generation = generations[id] else { return }
        trace.hop("EventSink.tokens", request: id.description)
        generation.sink(.tokens([GeneratedToken(token: token, logprobs: generation.pendingLogprobs)]))
    }

    private mutating func count(tokenOf id: SequenceID, at time: Double) {
        guard let generation = generations[id] else { return }
        metrics.generationTokens.increment()
        if let last = generation.lastTokenAt {
            metrics.interToken.observe(time - last)
        } else {
            metrics.firstToken.observe(time - generation.submittedAt)
        }
        generations[id]?.firstTokenAt = generation.firstTokenAt ?? time
        generations[id]?.lastTokenAt = time
        generations[id]?.usage.completionTokens += 1
    }

    // MARK: Endings

    private mutating func finish(_ id: SequenceID, _ reason: EndReason, at time: Double) {
        switch reason {
        case .stopToken(let token):
            count(tokenOf: id, at: time)
            finish(id, .stopToken(token))
        case .length: finish(id, .length)
        case .cancelled: finish(id, .cancelled)
        case .failed: finish(id, .failed(generations[id]?.failure ?? "the sequence is unknown"))
        }
    }

    /// The one place at which a sequence that reached the engine thread ends.
    private mutating func finish(_ id: SequenceID, _ reason: FinishReason) {
        guard let generation = generations.removeValue(forKey: id) else { return }
        let time = now()
        metrics.countEnding(reason)
        metrics.endToEnd.observe(time - generation.submittedAt)
        rate.count(endingAt: time, submittedAt: generation.submittedAt)
        state.publish(secondsPerEnding: rate.secondsPerEnding)
        // First the place, then the news: whoever hears of the ending may submit again at once.
        state.release(1)
        generation.sink(.finished(reason, generation.usage))
    }

    // MARK: Showing

    /// Tells waiting sequences their places, not more often than once a second.
    private mutating func reportQueue() {
        let time = now()
        guard scheduler.waitingCount > 0, time - queueReportedAt >= Self.reportSeconds else { return }
        queueReportedAt = time
        for (position, id) in scheduler.waitingIDs.enumerated() {
            guard let generation = generations[id], generation.firstTokenAt == nil else { continue }
            guard generation.reportedPosition != position else { continue }
            generations[id]?.reportedPosition = position
            generation.sink(.progress(.queued(position: position)))
        }
    }

    private mutating func publish() {
        let used = scheduler.limits.pages.count - scheduler.pool.freeCount
        state.publish(running: scheduler.runningCount, waiting: scheduler.waitingCount, usedPages: used)
        metrics.running.set(Double(scheduler.runningCount))
        metrics.waiting.set(Double(scheduler.waitingCount))
        metrics.cacheUsage.set(Double(used) / Double(scheduler.limits.pages.count))
        let statistics = scheduler.statistics
        metrics.preemptions.add(statistics.preemptions - counted.preemptions)
        metrics.prefixQueries.add(statistics.queriedTokens - counted.queriedTokens)
        metrics.prefixHits.add(statistics.cachedTokens - counted.cachedTokens)
        counted = statistics
    }
}

/// How long it takes until the next sequence ends, smoothed over the last endings.
struct EndingRate {
    private(set) var secondsPerEnding = 0.0
    private var lastEndingAt: Double?
    private static let weightOfLatest = 0.2

    /// Counts an ending. The time before its submission was idle, not work.
    mutating func count(endingAt time: Double, submittedAt: Double) {
        if let lastEndingAt {
            let interval = time - max(lastEndingAt, submittedAt)
            secondsPerEnding += (interval - secondsPerEnding) * Self.weightOfLatest
        }
        lastEndingAt = time
    }
}
