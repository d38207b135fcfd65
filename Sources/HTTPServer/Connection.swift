internal import Dispatch
internal import HTTP
internal import Platform
internal import Synchronization
internal import Telemetry

/// One connection: sources ↔ parser ↔ machine ↔ response. Its queue is its isolation; it never blocks and never awaits.
///
/// Reading goes on while a request is answered, so that a departure is noticed whatever was sent before it. A peer that
/// ends its sending side counts as having left: `ConnectionExecutor.onPeerClosed` fires. A handler that listens to
/// it (every generating one does, streamed or not) cancels its work and the client gets no more; what a handler that
/// does not listen answers is still sent.
actor Connection {
    nonisolated let number: Int
    /// The numeric host of the peer, for the log.
    let client: String
    /// Bytes of output not yet taken by the kernel, for readers on other threads.
    nonisolated let pendingOutput = Atomic<Int>(0)
    private let executor: QueueExecutor
    private let target: DispatchQueue
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    let services: ServerServices
    let limits: Limits
    private let deadlines: Deadlines
    /// Refers to the listener weakly; released with the connection.
    private let onClosed: @Sendable (Int) -> Void
    let sources: SocketSources

    var parser: RequestParser
    var machine: ConnectionMachine
    /// What has arrived and is not parsed yet; `inputWatch` says how reading stands.
    var input: [UInt8] = []
    var inputWatch = InputWatch()
    private var output = OutputBuffer()
    /// What the output holds of the memory that all requests share.
    let outputMemory: ByteClaim
    /// Whether what is written waits for more.
    private(set) var isGathering = false
    private(set) var isClosed = false
    private var scheduledFor = Double.infinity

    /// The request that is being read.
    var incoming: IncomingRequest
    /// The response under way.
    var active: ActiveResponse?
    /// Counts requests.
    var turn = 0
    /// The last request whose peer left before the end.
    var departedTurn: Int?

    init(
        _ socket: consuming FileDescriptor, number: Int, services: ServerServices, limits: Limits,
        environment: Environment
    ) {
        let executor = QueueExecutor(label: "connection", target: environment.target)
        self.executor = executor
        target = environment.target
        self.number = number
        client = environment.client
        self.services = services
        self.limits = limits
        outputMemory = ByteClaim(services.memory)
        deadlines = environment.deadlines
        onClosed = environment.onClosed
        sources = SocketSources(owning: socket, queue: executor.queue)
        parser = RequestParser(limits: limits)
        let now = Clock.monotonicSeconds()
        incoming = IncomingRequest(receivedAt: now)
        machine = ConnectionMachine(limits: limits, acceptedAt: now)
    }

    /// What a listener gives to its connections.
    struct Environment {
        let client: String
        let target: DispatchQueue
        let deadlines: Deadlines
        let onClosed: @Sendable (Int) -> Void
    }

    // MARK: Entrances, from any thread

    /// Runs `body` on the connection's queue: at once if this is it.
    nonisolated func enter(_ body: @escaping @Sendable (isolated Connection) -> Void) {
        if executor.isCurrent { assumeIsolated(body) } else { enterLater(body) }
    }

    /// Runs `body` on the connection's queue, after what is under way there.
    nonisolated func enterLater(_ body: @escaping @Sendable (isolated Connection) -> Void) {
        executor.queue.async { self.assumeIsolated(body) }
    }

    /// Runs `body` on the connection's queue, after what other connections have waiting.
    ///
    /// By way of the queue that they share: a queue that is given work while it runs goes on with it at once.
    nonisolated func enterBehindOthers(_ body: @escaping @Sendable (isolated Connection) -> Void) {
        target.async { self.enterLater(body) }
    }

    /// Runs `body` on the connection's queue before it returns; nobody is woken for it.
    nonisolated func perform(_ body: @Sendable () -> Void) {
        if executor.isCurrent { return assumeIsolated { $0.together(body) } }
        executor.queue.sync { self.assumeIsolated { $0.together(body) } }
    }

    /// Begins to read, or refuses the connection outright.
    nonisolated func open(refusal: Refusal?) { enter { $0.begin(refusal) } }

    /// Finishes what is under way and closes.
    nonisolated func drain() { enter { $0.step(.drain) } }

    /// Closes at once.
    nonisolated func stop() { enter { $0.step(.peerClosed(isReset: true)) } }

    /// The moment for which the connection asked `Deadlines` has come.
    nonisolated func deadlineReached() { enter { $0.tick() } }

    private func begin(_ refusal: Refusal?) {
        sources.start(
            owner: self, onReadable: { $0.assumeIsolated { $0.readable() } },
            onWritable: { $0.assumeIsolated { $0.flush() } },
            onCancelled: { $0.assumeIsolated { $0.onClosed($0.number) } })
        if let refusal { act(on: machine.refuse(refusal)) }
        updateDeadline()
    }

    private func tick() {
        guard !isClosed else { return }
        scheduledFor = .infinity
        let now = Clock.monotonicSeconds()
        for body in active?.takeDueTicks(now: now) ?? [] { body() }
        if now >= inputWatch.due { lookForDeparture(now) }
        step(.tick)
    }

    /// Reports an event to the machine and does what it says.
    func step(_ event: ConnectionMachine.Event) {
        guard !isClosed else { return }
        act(on: machine.on(event, at: Clock.monotonicSeconds()))
        updateDeadline()
    }

    private func act(on action: ConnectionMachine.Action) {
        switch action {
        case .none: break
        case .admit: admit()
        case .readBody(let sendContinue): if sendContinue { send(ResponseEncoder.continueLine) }
        case .discardBody: parse()
        case .dispatch: dispatch()
        case .reject(let refusal): reject(refusal)
        case .cancelExchange: tellPeerClosed()
        case .awaitNext: parse()
        case .flush: flush()
        case .shutDown:
            sources.socket.shutDownSending()
            input = []
            resumeReading()
        case .abort: abort()
        case .close: close()
        }
    }

    // MARK: Output

    /// Hands bytes to the kernel now, or as soon as it takes them.
    func send(_ bytes: [UInt8]) {
        guard !isClosed else { return }
        output.append(bytes)
        if !isGathering { flush() }
    }

    /// Sends what `body` writes in one piece.
    func together(_ body: () -> Void) {
        guard !isGathering else { return body() }
        isGathering = true
        body()
        isGathering = false
        sendGathered()
    }

    /// Sends what was gathered so far.
    func sendGathered() {
        if output.count > pendingOutput.load(ordering: .relaxed) { flush() }
    }

    /// Sends what waits, as far as the kernel takes it.
    func flush() {
        guard !isClosed else { return }
        var taken = 0
        do throws(Errno) {
            try output.flush(atMost: Self.sendBytes, taken: &taken) { (bytes) throws(Errno) in
                try sources.socket.send(bytes)
            }
        } catch {
            guard error.isWouldBlock else { return step(.peerClosed(isReset: true)) }
        }
        if output.count == 0 {
            sources.suspendWriting()
        } else {
            output.compact()
            sources.resumeWriting()
        }
        services.metrics.sent.add(taken)
        pendingOutput.store(output.count, ordering: .relaxed)
        if output.count != outputMemory.bytes { outputMemory.note(output.count) }
        step(.output(pending: output.count, taken: taken))
        if machine.parsesInput { parse() }
    }

    /// The handler's interest in time may have changed, or the machine's.
    func updateDeadline() {
        let ticks = active?.ticks.map(\.due).min() ?? .infinity
        let due = min(machine.deadline ?? .infinity, ticks, inputWatch.due)
        // Deadlines mostly move away; one that fires too early costs less than moving it each time.
        guard !isClosed, due < scheduledFor else { return }
        scheduledFor = due
        deadlines.schedule(self, at: due)
    }

    /// Ends everything. The descriptor closes when the sources have let go of this object; until then it counts as open.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        active = nil
        input = []
        incoming.memory = nil
        output.removeAll()
        outputMemory.note(0)
        pendingOutput.store(0, ordering: .relaxed)
        // The descriptor stays while a handler keeps its exchange; the peer need not wait for that.
        sources.socket.shutDownSending()
        sources.cancel()
        deadlines.remove(number)
    }

    /// One flush sends at most this; then other connections have their turn.
    private static let sendBytes = 1 << 20
}
