import Dispatch
import Engine
import Sampling
import Scheduling
import Synchronization
import Telemetry

/// An engine over the fake model, with what a test needs to look at it.
final class EngineRun: Sendable {
    let engine: Engine
    let log = FakeModelLog()
    let registry: Registry

    init(
        _ limits: SchedulerLimits, speculation: SpeculationOptions = .off,
        beforeStep: @escaping @Sendable () -> Void = {}, insideStep: @escaping @Sendable () -> Void = {},
        clock: @escaping @Sendable () -> Double = EngineRun.steadyClock()
    ) {
        var registry = Registry(commonLabels: [:])
        let environment = EngineEnvironment(
            metrics: EngineMetrics(in: &registry), trace: .off, interTokenSeconds: 0, speculation: speculation,
            clock: clock)
        self.registry = registry
        let model = FakeModel(limits.pages, log: log, beforeStep: beforeStep, insideStep: insideStep)
        engine = Engine(model: model, limits: limits, environment: environment)
    }

    /// A clock that stands still: nothing that depends on time happens.
    static func steadyClock() -> @Sendable () -> Double { { 1000 } }

    static func limits(pages: Int, running: Int, waiting: Int) -> SchedulerLimits {
        SchedulerLimits(
            pages: PageBudget(count: pages, tokens: 4),
            step: StepBudget(tokens: running + 13, outputs: running + 3), running: running, waiting: waiting,
            context: 100)
    }

    /// The same with room for drafts.
    static func draftingLimits(pages: Int, running: Int, waiting: Int) -> SchedulerLimits {
        SchedulerLimits(
            pages: PageBudget(count: pages, tokens: 4),
            step: StepBudget(tokens: 3 * running + 30, outputs: 3 * running + 3), running: running, waiting: waiting,
            context: 100)
    }

    /// A roomy engine for one sequence at a time.
    static func alone() -> EngineRun { EngineRun(limits(pages: 64, running: 1, waiting: 1)) }

    /// Submits and waits for the end.
    func events(_ request: GenerationRequest) async -> [GenerationEvent] {
        await withCheckedContinuation { continuation in
            let collector = Collector { continuation.resume(returning: $0) }
            engine.submit(request) { collector.receive($0) }
        }
    }

    /// Stops admitting and waits for the end of the thread.
    func drain(graceSeconds: Double) async {
        await withCheckedContinuation { continuation in
            engine.drain(graceSeconds: graceSeconds) { continuation.resume() }
        }
    }
}

/// Gathers the events of one sequence and hands them over at its end.
final class Collector: Sendable {
    private let events = Mutex<[GenerationEvent]>([])
    private let whenFinished: @Sendable ([GenerationEvent]) -> Void

    init(_ whenFinished: @escaping @Sendable ([GenerationEvent]) -> Void) { self.whenFinished = whenFinished }

    func receive(_ event: GenerationEvent) {
        let all = events.withLock { events in
            events.append(event)
            return events
        }
        if case .finished = event { whenFinished(all) }
    }
}

extension [GenerationEvent] {
    var tokens: [GeneratedToken] {
        flatMap { event -> [GeneratedToken] in if case .tokens(let tokens) = event { tokens } else { [] } }
    }

    var ending: FinishReason? {
        if case .finished(let reason, _)? = last { reason } else { nil }
    }

    var usage: Usage? {
        if case .finished(_, let usage)? = last { usage } else { nil }
    }

    var endings: Int {
        filter { if case .finished = $0 { true } else { false } }.count
    }
}

/// A request with everything off; `seed` draws.
func request(_ prompt: [Int32], maximum: Int?, seed: UInt64) -> GenerationRequest {
    GenerationRequest(
        prompt: prompt, maximumTokens: maximum, sampling: .neutral(seed: seed), promptLogprobs: nil, priority: 0,
        cacheSalt: [])
}

/// A gate at which the engine thread waits before each step until the test lets it pass.
final class Gate: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let arrivals = Counting()

    /// Lets the thread pass from now on.
    func open() { opened.signal() }

    /// Waits for the gate to be open and leaves it open.
    func pass() {
        arrivals.next()
        opened.wait()
        opened.signal()
    }

    /// Waits until the engine thread stands at the gate.
    func awaitArrival() async {
        while arrivals.value == 0 { await Task.yield() }
    }
}
