import Models
import Sampling
import Scheduling
import Telemetry

/// The engine thread's whole state: a local variable of one function, and nobody else's.
///
/// Its memory is used again for every step: once the sequences are there, generating takes none from the system.
struct EngineLoop: ~Copyable {
    let model: any StepModel
    let metrics: EngineMetrics
    let trace: HopTrace
    let now: @Sendable () -> Double
    var scheduler: Scheduler
    var generations: [SequenceID: Generation] = [:]
    /// The media of living sequences that have any, and the numbers that stand for them.
    var media: [SequenceID: [MediaSpan]] = [:]
    private var symbols = MediaSymbols()
    let board: RowSampler
    /// What leaves the thread at the end of the step.
    var outgoing: [Outgoing] = []
    var cost: StepCost
    let silentTokens: [Bool]
    /// Since when a stream whose latest token shows nothing has shown nothing; nil where all latest tokens show something.
    var silentSince: Double?
    var memory = StepMemory()
    var policy: SpeculationPolicy
    let speculation: SpeculationOptions
    var queueReportedAt = -Double.infinity
    let state: EngineState
    private let eventQueue: EventQueue
    /// Whom to tell at the end; handed to the event queue then.
    private var drain: (deadlineSeconds: Double, completions: [@Sendable () -> Void])?
    private var rate: EndingRate
    private var counted = SchedulerStatistics()

    /// How often a waiting sequence hears of its place, and how often the idle engine shows that it lives.
    static let reportSeconds = 1.0

    init(
        model: any StepModel, limits: SchedulerLimits, state: EngineState, eventQueue: EventQueue,
        environment: EngineEnvironment
    ) {
        self.model = model
        self.state = state
        self.eventQueue = eventQueue
        metrics = environment.metrics
        trace = environment.trace
        now = environment.clock
        cost = StepCost(targetSeconds: environment.interTokenSeconds)
        silentTokens = environment.silentTokens
        speculation = environment.speculation
        policy = SpeculationPolicy(environment.speculation)
        scheduler = Scheduler(limits)
        board = RowSampler(
            vocabulary: model.vocabulary, threads: model.threads, instructionSet: model.instructionSet)
        rate = EndingRate()
        outgoing.reserveCapacity(eventQueue.usualItems)
        let tablePages = limits.running * ((limits.context + limits.pages.tokens - 1) / limits.pages.tokens)
        memory.batch.reserve(tokens: limits.step.tokens, rows: limits.running, pages: tablePages)
        if canAskModel { memory.drafting.reserve(limits, pages: tablePages) }
    }

    /// Works until the engine is drained.
    mutating func run(_ commandQueue: CommandQueue) {
        while true {
            state.beat(at: now())
            let commands =
                scheduler.isIdle ? commandQueue.take(waitingSeconds: Self.reportSeconds) : commandQueue.take()
            for command in commands { apply(command) }
            if let drain, now() >= drain.deadlineSeconds { cancelAll() }
            if !scheduler.isIdle { step() }
            publish()
            eventQueue.send(&outgoing)
            if drain != nil, scheduler.isIdle { return leave(commandQueue) }
        }
    }

    /// Answers what came too late and ends.
    private mutating func leave(_ commandQueue: CommandQueue) {
        for command in commandQueue.close() { apply(command) }
        publish()
        for completion in drain?.completions ?? [] { outgoing.append(.completion(completion)) }
        outgoing.append(.end)
        eventQueue.send(&outgoing)
    }

    // MARK: Commands

    private mutating func apply(_ command: Command) {
        switch command {
        case .submit(let id, var request, let terms, let sink):
            trace.hop(Self.self, request: id.description)
            let salt = symbols.name(&request)
            let generation = Generation(
                request, submittedAt: terms.submittedAt, vocabulary: model.vocabulary, sink: sink)
            add(id, generation, terms, salt: salt)
        case .cancel(let id, let reason):
            if case .finished? = scheduler.cancel(id) { finish(id, reason == .stopString ? .stopString : .cancelled) }
        case .drain(let deadlineSeconds, let completion):
            let earlier = drain
            drain = (
                min(deadlineSeconds, earlier?.deadlineSeconds ?? .infinity), (earlier?.completions ?? []) + [completion]
            )
        }
    }

    private mutating func add(_ id: SequenceID, _ generation: Generation, _ terms: Command.Terms, salt: [UInt8]) {
        let request = generation.request
        generations[id] = generation
        if !request.media.isEmpty { media[id] = request.media }
        guard drain == nil else { return finish(id, .rejected(.draining)) }
        var options = SequenceOptions(
            salt: salt, priority: request.priority, stopTokens: request.sampling.stopTokens,
            wantsPromptLogits: request.promptLogprobs != nil)
        // Seeded by the process: nobody can choose whom to share with.
        options.tenant = request.tenant.hashValue
        options.request = terms.group
        trace.hop(Scheduler.self, "add", request: id.description)
        scheduler.add(id, prompt: request.prompt, limit: terms.limit, options: options)
    }

    private mutating func cancelAll() {
        for id in generations.keys.sorted(by: { $0.raw < $1.raw }) {
            if case .finished? = scheduler.cancel(id) { finish(id, .cancelled) }
        }
    }

    // MARK: Endings

    mutating func finish(_ id: SequenceID, _ reason: EndReason, at time: Double) {
        switch reason {
        case .stopToken(let token):
            count(tokenOf: id, at: time)
            finish(id, .stopToken(token))
        case .length: finish(id, .length)
        case .cancelled: finish(id, .cancelled)
        case .failed: finish(id, generations[id]?.failure ?? .failed("the sequence is unknown"))
        }
    }

    /// The one place at which a sequence that reached the engine thread ends.
    private mutating func finish(_ id: SequenceID, _ reason: FinishReason) {
        guard let generation = generations.removeValue(forKey: id) else { return }
        if !generation.request.media.isEmpty { media[id] = nil }
        let time = now()
        metrics.countEnding(reason)
        metrics.endToEnd.observe(time - generation.submittedAt)
        metrics.observe(generation)
        rate.count(endingAt: time, submittedAt: generation.submittedAt)
        state.publish(secondsPerEnding: rate.secondsPerEnding)
        // First the place, then the news: the code that hears of the ending may submit again at once.
        state.release(1)
        outgoing.append(.event(generation.sink, .finished(reason, generation.usage)))
    }

    // MARK: Showing

    private mutating func publish() {
        let used = scheduler.limits.pages.count - scheduler.pool.freeCount
        state.publish(running: scheduler.runningCount, waiting: scheduler.waitingCount, usedPages: used)
        metrics.running.set(Double(scheduler.runningCount))
        metrics.waiting.set(Double(scheduler.waitingCount))
        metrics.cacheUsage.set(Double(used) / Double(scheduler.limits.pages.count))
        metrics.computeThreads.set(Double(model.activeThreads))
        let statistics = scheduler.statistics
        metrics.preemptions.add(statistics.preemptions - counted.preemptions)
        metrics.prefixQueries.add(statistics.queriedTokens - counted.queriedTokens)
        metrics.prefixHits.add(statistics.cachedTokens - counted.cachedTokens)
        counted = statistics
    }
}
