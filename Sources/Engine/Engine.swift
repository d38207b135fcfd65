import Models
import Platform
import Sampling
package import Scheduling
import Synchronization
package import Telemetry

/// What the engine is given besides its model: nothing of it is about a request.
package struct Surroundings: Sendable {
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

    /// Joins them.
    package init(
        metrics: EngineMetrics, trace: HopTrace, interTokenSeconds: Double, speculation: SpeculationOptions,
        clock: @escaping @Sendable () -> Double
    ) {
        self.speculation = speculation
        self.metrics = metrics
        self.trace = trace
        self.interTokenSeconds = interTokenSeconds
        self.clock = clock
    }
}

/// The front door of the engine thread; every method may be called from any thread and returns at once.
///
/// A request that was admitted by `admissionCheck` holds its places until it ends and is never refused for want of
/// room later. Each submitted sequence gets exactly one `.finished`.
package final class Engine: Sendable {
    private let mailbox = Mailbox()
    private let outbox: Outbox
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
    package init(model: sending any StepModel, limits: SchedulerLimits, surroundings: Surroundings) {
        self.limits = limits
        vocabulary = model.vocabulary
        media = model.media
        trace = surroundings.trace
        clock = surroundings.clock
        state = EngineState(limits)
        state.beat(at: clock())
        outbox = Outbox(usualItems: limits.running * Self.itemsPerSequence)
        let (mailbox, state, outbox) = (mailbox, state, outbox)
        startThread(named: "delivery", stack: Self.stackBytes) { outbox.deliver() }
        startThread(named: "engine", stack: Self.stackBytes) {
            var loop = EngineLoop(
                model: model, limits: limits, state: state, outbox: outbox, surroundings: surroundings)
            loop.run(mailbox)
        }
    }

    deinit { drain(graceSeconds: 0) {} }

    /// How busy the engine is.
    package var load: EngineLoad { state.load }

    /// Tokens that a prompt and its answer may have together at most.
    package var roomTokens: Int { min(limits.context, limits.pages.capacity) }

    /// Decides at once whether a request can be taken, and keeps places for its choices and gives them names.
    @discardableResult
    package func admissionCheck(
        promptTokens: Int, maximumTokens: Int?, choices: Int
    ) throws(AdmissionError) -> Reservation {
        guard !state.isDraining else { throw .draining }
        _ = try limits.check(promptTokens: promptTokens, maximumTokens: maximumTokens)
        return try reserve(choices)
    }

    private func reserve(_ count: Int) throws(AdmissionError) -> Reservation {
        try state.reserve(count)
        let first = lastID.wrappingAdd(UInt64(count), ordering: .relaxed).oldValue + 1
        return Reservation(state, ids: (0..<count).map { SequenceID(raw: first + UInt64($0)) }, request: first)
    }

    /// Submits one sequence, in a place that was reserved for it or that it finds; a refusal arrives as its one event.
    /// - Returns: its name; nil if there was no place.
    @discardableResult
    package func submit(
        _ request: GenerationRequest, reservation: Reservation? = nil, _ sink: @escaping EventSink
    ) -> SequenceID? {
        submitGroup(request, choices: 1, reservation: reservation) { _, event in sink(event) }.first
    }

    /// Submits several choices of one prompt, which is computed once, in the next places of a reservation or in places
    /// that they find; the sink is told the choice's index. A refusal is the one event of every choice.
    ///
    /// Choice 0 has the request's own seed, the others seeds derived from it.
    /// - Returns: their names, which the reservation gave them; none if there were no places.
    @discardableResult
    package func submitGroup(
        _ request: GenerationRequest, choices: Int, reservation: Reservation?,
        _ sink: @escaping @Sendable (Int, GenerationEvent) -> Void
    ) -> ArraySlice<SequenceID> {
        guard choices > 0 else { return [] }
        do {
            let (ids, group) = try take(choices, of: reservation, for: request)
            post(request, ids, of: group, sink)
            return ids
        } catch {
            let usage = Usage(promptTokens: request.prompt.count, cachedTokens: 0, completionTokens: 0)
            for index in 0..<choices { sink(index, .finished(.rejected(error), usage)) }
            return []
        }
    }

    /// Ends a sequence before the next step; one that has ended is not disturbed.
    package func cancel(_ id: SequenceID, _ reason: CancelReason = .abandoned) {
        _ = mailbox.post(.cancel(id, reason))
    }

    /// Refuses new requests, lets the running ones finish for `graceSeconds`, cancels the rest, and ends the thread.
    ///
    /// `completion` is called when everything has ended and was delivered, on the thread that delivers or, if it is
    /// gone, on this one.
    package func drain(graceSeconds: Double, _ completion: @escaping @Sendable () -> Void) {
        state.beginDraining()
        let command = Command.drain(deadlineSeconds: clock() + graceSeconds, completion: completion)
        if !mailbox.post(command) { outbox.atEnd(completion) }
    }

    /// Checks what only the whole request shows, and takes places.
    private func take(
        _ count: Int, of reservation: Reservation?, for request: GenerationRequest
    ) throws(AdmissionError) -> (ids: ArraySlice<SequenceID>, group: UInt64) {
        guard !state.isDraining else { throw .draining }
        _ = try limits.check(promptTokens: request.prompt.count, maximumTokens: request.maximumTokens)
        if let unknown = request.prompt.first(where: { $0 < 0 || Int($0) >= vocabulary }) {
            throw .unknownToken(unknown)
        }
        if let reason = MediaSpan.refusal(of: request.media, in: request.prompt.count, media) {
            throw .mediaNotTaken(reason: reason)
        }
        if let reservation, let ids = reservation.use(count) { return (ids, reservation.request) }
        let own = try reserve(count)
        return (own.use(count) ?? [], own.request)
    }

    private func post(
        _ request: GenerationRequest, _ ids: ArraySlice<SequenceID>, of group: UInt64,
        _ sink: @escaping @Sendable (Int, GenerationEvent) -> Void
    ) {
        let time = clock()
        // What the model cannot say is no prediction, and must not reach it as a draft.
        let prediction = request.prediction.prefix { $0 >= 0 && Int($0) < vocabulary }
        let commands = ids.enumerated().map { index, id in
            var choice = request
            choice.prediction = prediction.count == request.prediction.count ? request.prediction : Array(prediction)
            choice.sampling.seed = RandomSource.seed(request.sampling.seed, choice: index)
            trace.hop(Self.self, "submit", request: id.description)
            return Command.submit(id, choice, group: group, submittedAt: time) { sink(index, $0) }
        }
        guard !mailbox.post(commands) else { return }
        state.release(ids.count)
        let usage = Usage(promptTokens: request.prompt.count, cachedTokens: 0, completionTokens: 0)
        for index in 0..<ids.count { sink(index, .finished(.rejected(.draining), usage)) }
    }
}
