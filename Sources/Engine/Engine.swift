import Models
import Platform
import Sampling
package import Scheduling
import Synchronization
package import Telemetry

/// What the engine is given besides its model: nothing of it is about a request.
package struct EngineEnvironment: Sendable {
    /// Where it counts.
    package let metrics: EngineMetrics
    /// Where it reports the hops of a request.
    package let trace: HopTrace
    /// Seconds on a clock that never goes back.
    package let clock: @Sendable () -> Double
    /// How long a step beside running streams shall last at most when it also reads prompts; 0: as long as it takes.
    package let interTokenSeconds: Double
    /// Where drafts come from.
    package let speculation: SpeculationOptions
    /// Which tokens show a reader nothing by themselves; one that is not in the list shows something.
    package let silentTokens: [Bool]
    /// Called once, on the engine thread, when it has ended and the model with all its memory is released; released then.
    package let released: @Sendable () -> Void

    /// Joins them.
    package init(
        metrics: EngineMetrics, trace: HopTrace, interTokenSeconds: Double, speculation: SpeculationOptions,
        silentTokens: [Bool] = [], clock: @escaping @Sendable () -> Double,
        released: @escaping @Sendable () -> Void = {}
    ) {
        self.silentTokens = silentTokens
        self.released = released
        self.speculation = speculation
        self.metrics = metrics
        self.trace = trace
        self.interTokenSeconds = interTokenSeconds
        self.clock = clock
    }
}

/// The front door of the engine thread; every method may be called from any thread and returns at once.
///
/// `admit` is the one place where a request is looked at and taken: from then on it holds its places until it ends, and is
/// refused by nothing but the end of the engine. Each submitted sequence gets exactly one `.finished`.
/// An engine that nobody holds any more ends by itself, and with it its threads and its model: who waits for an answer
/// holds it.
package final class Engine: Sendable {
    private let commandQueue = CommandQueue()
    private let eventQueue: EventQueue
    private let state: EngineState
    private let limits: SchedulerLimits
    private let vocabulary: Int
    private let media: MediaSupport
    private let trace: HopTrace
    private let clock: @Sendable () -> Double
    private let lastID = Atomic<UInt64>(0)

    private static let stackBytes = 8 << 20
    /// Events of a sequence that wait for delivery before memory is taken for more.
    private static let itemsPerSequence = 16

    /// Starts the engine thread, which owns `model` from now on.
    package init(model: sending any StepModel, limits: SchedulerLimits, environment: EngineEnvironment) {
        self.limits = limits
        vocabulary = model.vocabulary
        media = model.media
        trace = environment.trace
        clock = environment.clock
        state = EngineState(limits)
        state.beat(at: clock())
        eventQueue = EventQueue(usualItems: limits.running * Self.itemsPerSequence)
        let (commandQueue, state, eventQueue) = (commandQueue, state, eventQueue)
        startThread(named: "delivery", stack: Self.stackBytes) { eventQueue.deliver() }
        startThread(named: "engine", stack: Self.stackBytes, released: environment.released) {
            var loop = EngineLoop(
                model: model, limits: limits, state: state, eventQueue: eventQueue, environment: environment)
            loop.run(commandQueue)
        }
    }

    deinit { drain(graceSeconds: 0) {} }

    /// How busy the engine is.
    package var load: EngineLoad { state.load }

    /// Tokens that a prompt and its answer may have together at most.
    package var roomTokens: Int { min(limits.context, limits.pages.capacity) }

    /// Decides at once whether requests can be taken, and keeps places for `choices` answers to each of them, or none.
    /// - Throws: what is wrong with the first request that is not taken, or that there is no room.
    package func admit(_ requests: [GenerationRequest], choices: Int) throws(AdmissionError) -> Admission {
        guard !state.isDraining else { throw .draining }
        let checked = try requests.map { (request) throws(AdmissionError) in (request, limit: try check(request)) }
        let count = requests.count * max(0, choices)
        try state.reserve(count)
        let first = lastID.wrappingAdd(UInt64(count), ordering: .relaxed).oldValue + 1
        let ids = (0..<count).map { SequenceID(raw: first + UInt64($0)) }
        return Admission(checked, choices: choices, ids: ids, state: state)
    }

    /// How many tokens prompt and answer may have together.
    private func check(_ request: GenerationRequest) throws(AdmissionError) -> Int {
        let limit = try limits.check(promptTokens: request.prompt.count, maximumTokens: request.maximumTokens)
        if let unknown = request.prompt.first(where: { $0 < 0 || Int($0) >= vocabulary }) {
            throw .unknownToken(unknown)
        }
        if let reason = MediaSpan.refusal(of: request.media, in: request.prompt.count, media) {
            throw .mediaNotTaken(reason: reason)
        }
        return limit
    }

    /// Submits what was admitted, once; the sink is told the sequence's index among the admission's names.
    ///
    /// A prompt is computed once for all of its choices. Choice 0 has the request's own seed, the others seeds derived
    /// from it.
    package func submit(_ admission: Admission, _ sink: @escaping @Sendable (Int, GenerationEvent) -> Void) {
        guard admission.use(), !admission.ids.isEmpty else { return }
        let time = clock()
        let commands = admission.ids.enumerated().map { index, id in
            let (request, limit) = admission.requests[index / admission.choices]
            trace.hop(Self.self, "submit", request: id.description)
            return Command.submit(
                id, asChoice(index % admission.choices, of: request),
                Command.Terms(limit: limit, group: admission.ids[0].raw, submittedAt: time)
            ) { sink(index, $0) }
        }
        guard !commandQueue.post(commands) else { return }
        state.release(commands.count)
        for index in admission.ids.indices {
            sink(index, .refused(.draining, admission.requests[index / admission.choices].request))
        }
    }

    /// Submits several answers to one prompt; the sink is told which. A refusal is the one event of each.
    /// - Returns: their names; none if they were refused.
    @discardableResult
    package func submitGroup(
        _ request: GenerationRequest, choices: Int, _ sink: @escaping @Sendable (Int, GenerationEvent) -> Void
    ) -> [SequenceID] {
        do {
            let admission = try admit([request], choices: choices)
            submit(admission, sink)
            return admission.ids
        } catch {
            for index in 0..<max(0, choices) { sink(index, .refused(error, request)) }
            return []
        }
    }

    /// Submits one sequence; a refusal is its one event.
    /// - Returns: its name; nil if it was refused.
    @discardableResult
    package func submit(_ request: GenerationRequest, _ sink: @escaping EventSink) -> SequenceID? {
        submitGroup(request, choices: 1) { _, event in sink(event) }.first
    }

    private func asChoice(_ index: Int, of request: GenerationRequest) -> GenerationRequest {
        var choice = request
        // What the model cannot say is no prediction, and must not reach it as a draft.
        if let end = request.prediction.firstIndex(where: { $0 < 0 || Int($0) >= vocabulary }) {
            choice.prediction = Array(request.prediction[..<end])
        }
        choice.sampling.seed = RandomSource.seed(request.sampling.seed, choice: index)
        return choice
    }

    /// Ends a sequence before the next step; one that has ended is not disturbed.
    package func cancel(_ id: SequenceID, _ reason: CancelReason = .abandoned) {
        _ = commandQueue.post(.cancel(id, reason))
    }

    /// Refuses new requests, lets the running ones finish for `graceSeconds`, cancels the rest, and ends the thread.
    ///
    /// `completion` is called when everything has ended and was delivered, on the thread that delivers or, if it is
    /// gone, on this one.
    package func drain(graceSeconds: Double, _ completion: @escaping @Sendable () -> Void) {
        state.beginDraining()
        let command = Command.drain(deadlineSeconds: clock() + graceSeconds, completion: completion)
        if !commandQueue.post(command) { eventQueue.atEnd(completion) }
    }
}

extension GenerationEvent {
    /// The one event of a request that was not taken.
    fileprivate static func refused(_ error: AdmissionError, _ request: GenerationRequest) -> GenerationEvent {
        .finished(.rejected(error), Usage(promptTokens: request.prompt.count, cachedTokens: 0, completionTokens: 0))
    }
}
