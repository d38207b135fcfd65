import Dispatch
import Engine
import HTTP
import OpenAI
import Platform
import Scheduling
import Synchronization
import Telemetry

/// Carries one answer from the engine to its client.
///
/// `begin` may run on any thread. Events of a stream cross from the engine's side by `ConnectionExecutor.perform`; from
/// there on everything happens on the connection's queue, behind the head, which `begin` hands over before it submits. The
/// lock is let go before anything is written, so that a write may call back.
///
/// What is said goes to the client that asked, as long as it is there, and into the record for its next attempt, if there
/// is one: the record decides when nobody wants the answer any more.
///
/// Who keeps it: the engine, by the sinks of its sequences, until the last of them has ended, and whatever is on its way
/// to the connection's queue. What it leaves with the exchange refers to it weakly: the exchange is its own, and the two
/// must not keep each other.
final class Delivery: Sendable {
    private struct State: Sendable {
        var form: any AnswerAssembler
        /// The way to the client that asked, until it leaves.
        var client: (any Exchange)?
        /// The sequences, from when they have their places.
        var ids: [SequenceID] = []
        var isOver = false
        var wroteSinceTick = false
    }

    private let job: GenerationJob
    private let backend: Backend
    private let service: Service
    private let record: SharedAnswer?
    private let request: AdmittedRequest
    private let state: Mutex<State>
    private let ignored: String?
    /// Where a whole answer is put together.
    private let queue = AnswerThreads.queue()
    /// What it holds of the memory that all requests share, and what its answer holds while it grows.
    private let memory: ByteClaim
    private let growth: ByteClaim

    /// A delivery that has not begun.
    init(_ answering: Answering, _ job: GenerationJob) {
        backend = answering.backend
        service = answering.service
        record = answering.exchange.record
        request = answering.request
        ignored = IgnoredFields.header(
            job.ignoredFields + service.settings.priority.ignored(job.options.priority))
        self.job = job
        memory = answering.memory
        growth = ByteClaim(service.memory)
        let form: any AnswerAssembler = job.options.stream == nil ? WholeAnswer(job) : GenerationStream(job)
        state = Mutex(State(form: form, client: answering.exchange.exchange))
        service.observers.metrics.live.deliveries.begin()
    }

    deinit { service.observers.metrics.live.deliveries.end() }

    /// Has the engine admit every prompt, sends the head of a stream at once, and submits them. A comment follows the
    /// head only when an interval has passed in which there was nothing to say: many clients stumble over one.
    /// - Throws: 400, 413, 429 or 503 while an HTTP status can still be sent.
    func begin() throws(APIError) {
        try memory.need(job.heldBytes)
        let seed = Self.drawnSeed()
        let admission = try admit(seed: seed)
        state.withLock { $0.ids = admission.ids }
        backend.metrics.observe(job.options)
        client?.onPeerClosed { [weak self] in self?.clientLeft() }
        record?.onAbandoned { [weak self] in self?.abandon() }
        if job.options.stream != nil { openStream() }
        noteAdmission(seed: seed)
        backend.engine.submit(admission) { [self] sequence, event in cross(event, sequence: sequence) }
        // Who left meanwhile cancelled what had not been submitted yet.
        if state.withLock({ $0.isOver }) { for id in admission.ids { backend.engine.cancel(id) } }
    }

    /// Takes an event to the queue of the client's connection, or when the client has left, to the answer's own. There a
    /// whole answer is gathered, too, as that may take long: neither other answers' tokens nor connections wait for it.
    private func cross(_ event: GenerationEvent, sequence: Int) {
        service.observers.trace.hop(Self.self, request: request.id)
        if job.options.stream != nil, let client {
            return client.perform { [self] in receive(event, sequence: sequence) }
        }
        queue.async { [self] in receive(event, sequence: sequence) }
    }

    private func admit(seed: UInt64) throws(APIError) -> Admission {
        let requests = job.prompts.indices.map {
            job.engineRequest(
                $0, defaults: backend.model.defaults, drawnSeed: seed, tenant: request.tenant,
                priority: service.settings.priority)
        }
        do {
            return try backend.engine.admit(requests, choices: job.candidates)
        } catch {
            throw .admission(
                error, parameter: job.promptField, retryAfterSeconds: backend.engine.load.retryAfterSeconds)
        }
    }

    /// A seed for a request that gives none: a number that every reader of JSON keeps in full, so that the one in the log
    /// makes the answer again. 53 bits are those of a double.
    private static func drawnSeed() -> UInt64 { Randomness.bytes(8).reduce(0) { $0 << 8 | UInt64($1) } >> 11 }

    /// The seed is logged so that an answer can be made again.
    private func noteAdmission(seed: UInt64) {
        service.observers.log.info(
            "admitted",
            [
                "request": request.id, "sequences": "\(job.sequenceCount)",
                "seed": "\(Int64(bitPattern: job.options.sampling.seed ?? seed))",
            ])
    }

    private func openStream() {
        var fields = ServerSentEvents.fields
        addRemarks(to: &fields)
        let (head, seconds) = (ResponseHead(status: 200, fields: fields), service.settings.delivery.keepAliveSeconds)
        client?.start(head)
        client?.every(seconds: seconds) { [weak self] in self?.keepAlive() }
        record?.start(head)
        record?.every(seconds: seconds) { [weak self] in self?.keepAlive() }
    }

    private func receive(_ event: GenerationEvent, sequence: Int) {
        let pendingBytes = max(client?.pendingBytes ?? 0, record?.pendingBytes ?? 0)
        let defers = pendingBytes > service.settings.delivery.outputBytes / 2
        let isHeld = hold(event, defers: defers)
        let outputs = state.withLock { state -> [AnswerOutput] in
            guard !state.isOver else { return [] }
            guard isHeld else { return state.form.fail(.noMemory) }
            service.observers.trace.hop(type(of: state.form), "consume", request: request.id)
            return state.form.consume(event, sequence: sequence, defers: defers)
        }
        for output in outputs { perform(output) }
    }

    /// Takes memory for what an event adds to an answer that is told later, or again; false when there is none.
    private func hold(_ event: GenerationEvent, defers: Bool) -> Bool {
        guard defers || job.options.stream == nil || job.dialect.keepsText else {
            if growth.bytes > 0 { growth.note(0) }
            return true
        }
        guard case .tokens(let tokens) = event else { return true }
        return growth.take(tokens.count * job.tokenBytes)
    }

    private func perform(_ output: AnswerOutput) {
        switch output {
        case .write(let bytes):
            state.withLock { $0.wroteSinceTick = true }
            write(bytes)
        case .finish:
            close()
            client?.finish()
            record?.finish()
        case .respond(let body):
            close()
            var response = Response(status: 200, json: body)
            addRemarks(to: &response.fields)
            respond(response)
        case .refuse(let error):
            close()
            respond(Response(error))
        case .cancel(let sequence, let reason):
            let ids = state.withLock { $0.ids }
            if sequence < ids.count { backend.engine.cancel(ids[sequence], reason) }
        }
    }

    private var client: (any Exchange)? { state.withLock { $0.client } }

    private func write(_ bytes: [UInt8]) {
        client?.write(bytes)
        record?.write(bytes)
    }

    /// On the queue of the client's connection, so that one whose departure has been noticed is told nothing.
    private func respond(_ response: Response) {
        guard let client else {
            record?.respond(response)
            return
        }
        client.performLater { [self] in
            self.client?.respond(response)
            record?.respond(response)
        }
    }

    /// The client that asked has left: its connection is let go, which must not happen under the lock.
    private func clientLeft() {
        let client = state.withLock { state in
            defer { state.client = nil }
            return state.client
        }
        withExtendedLifetime(client) {}
        if record == nil { abandon() }
    }

    /// Nobody wants the answer any more: nothing more is generated for it. What is submitted later is cancelled by `begin`.
    private func abandon() {
        let left = state.withLock { state -> [SequenceID]? in
            guard !state.isOver else { return nil }
            state.isOver = true
            return state.ids
        }
        guard let left else { return }
        for id in left { backend.engine.cancel(id, .abandoned) }
        service.observers.log.info("client left", ["request": request.id])
    }

    private func keepAlive() {
        let comment = state.withLock { state -> [UInt8]? in
            defer { state.wroteSinceTick = false }
            return state.isOver || state.wroteSinceTick ? nil : state.form.keepAlive
        }
        if let comment { write(comment) }
    }

    private func close() {
        let (usage, incidents) = state.withLock { state in
            state.isOver = true
            return (state.form.usage, state.form.incidents)
        }
        backend.metrics.observe(usage)
        backend.metrics.observe(incidents)
        let milliseconds = Int((Clock.monotonicSeconds() - request.receivedAt) * 1000)
        service.observers.log.info(
            "answered",
            [
                "request": request.id, "prompt_tokens": "\(usage.promptTokens)",
                "cached_tokens": "\(usage.cachedTokens)", "completion_tokens": "\(usage.completionTokens)",
                "ms": "\(milliseconds)",
            ])
    }

    /// Says in the head the outcome of the request's wishes.
    private func addRemarks(to fields: inout Fields) {
        if let ignored { fields.append("x-michat-ignored", ignored) }
        if let limit = job.cutLimit { fields.append("x-michat-max-tokens", String(limit)) }
    }
}
