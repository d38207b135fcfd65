internal import HTTP
internal import Platform
internal import Synchronization
internal import Telemetry

/// The answering half of a connection: from the router to the encoder.
extension Connection {
    // MARK: Beginning

    /// Asks the router and the route's handler whether the request under way may go on.
    func admit() {
        guard let head = incoming.head else { return }
        services.trace.hop(Router.self, "destination", request: "c\(number)")
        switch services.router.destination(of: head) {
        case .answer(var response):
            let methods = response.fields["allow"] ?? ""
            response.fields.append(contentsOf: services.origins.preflightFields(to: head, methods: methods))
            refuse(response)
        case .handler(let handler):
            if let response = handler.admit(head) { return refuse(response, by: handler) }
            incoming.handler = handler
            step(.admitted)
        }
    }

    /// Answers a request whose body is not wanted.
    private func refuse(_ response: Response, by handler: (any Handler)? = nil) {
        beginResponse()
        active?.handler = handler
        active?.isRefusal = true
        step(.refused)
        respond(response, turn: turn)
    }

    /// Gives the complete request to its handler.
    func dispatch() {
        guard let head = incoming.head, let handler = incoming.handler else { return }
        let response = beginResponse()
        active?.handler = handler
        let request = Request(
            head: head, body: incoming.body, id: response.requestID, receivedAt: incoming.receivedAt,
            memory: incoming.memory)
        incoming.body = []
        incoming.memory = nil
        let exchange = RequestExchange(connection: self, turn: response.turn)
        together { handler.handle(request, on: exchange) }
    }

    @discardableResult
    private func beginResponse() -> ActiveResponse {
        turn += 1
        let id = incoming.head.flatMap { RequestID.own($0.fields) } ?? Randomness.hex(byteCount: 16)
        let response = ActiveResponse(
            head: incoming.head, requestID: id, receivedAt: incoming.receivedAt, turn: turn,
            isPeerGone: inputWatch.isEnded)
        active = response
        return response
    }

    /// Answers in place of a route, or instead of a request that cannot be read; the machine closes afterwards.
    func reject(_ refusal: Refusal) {
        if active == nil { beginResponse() }
        let body = services.errorBody(refusal.status, refusal.message, refusal.code)
        let encoder = makeEncoder()
        active?.status = refusal.status
        var response = Response(status: refusal.status, json: body)
        if let seconds = refusal.retryAfterSeconds { response.fields.append("retry-after", String(seconds)) }
        let bytes = encoder.whole(response)
        active?.bytes = bytes.count
        endResponse(isAborted: false)
        send(bytes)
    }

    // MARK: What the exchange asks for

    /// Sends a whole response.
    func respond(_ response: Response, turn: Int) {
        guard let active, active.turn == turn, active.status == nil else { return }
        services.trace.hop(Self.self, request: active.requestID)
        let encoder = makeEncoder()
        self.active?.encoder = encoder
        noteHead(response.status)
        let bytes = encoder.whole(response)
        self.active?.bytes = bytes.count
        send(bytes)
        complete(turn)
    }

    /// Sends the head of a streamed response.
    func start(_ head: ResponseHead, turn: Int) {
        guard let active, active.turn == turn, active.status == nil else { return }
        var encoder = makeEncoder()
        let bytes = encoder.start(head)
        self.active?.encoder = encoder
        noteHead(head.status)
        step(.responseStarted)
        transmit(bytes)
    }

    /// The one place where a handler's response gets its status, and where the handler can count it.
    private func noteHead(_ status: Int) {
        guard let active else { return }
        self.active?.status = status
        active.handler?.responded(
            RespondedHead(
                status: status, requestID: active.requestID,
                seconds: Clock.monotonicSeconds() - active.receivedAt, isRefusal: active.isRefusal))
    }

    /// Sends a part of a streamed body.
    func write(_ bytes: [UInt8], turn: Int) {
        guard let active, active.turn == turn, let encoder = active.encoder else { return }
        services.trace.hop(Self.self, request: active.requestID)
        transmit(encoder.part(bytes))
    }

    /// Ends a streamed response; one that was never started is answered as unanswered.
    func finish(turn: Int) {
        guard let active, active.turn == turn else { return }
        guard let encoder = active.encoder else { return step(.abandoned) }
        transmit(encoder.end())
        complete(turn)
    }

    /// Remembers whom to tell when the peer leaves, or tells at once.
    func onPeerClosed(_ body: @escaping @Sendable () -> Void, turn: Int) {
        guard let active, active.turn == turn else {
            if departedTurn == turn { body() }
            return
        }
        if active.isPeerGone { body() } else { self.active?.onPeerClosed.append(body) }
    }

    /// Calls `body` every `seconds` until the response ends.
    func every(seconds: Double, _ body: @escaping @Sendable () -> Void, turn: Int) {
        guard let active, active.turn == turn, !active.isPeerGone, seconds > 0 else { return }
        self.active?.ticks.append(
            ActiveResponse.Tick(seconds: seconds, due: Clock.monotonicSeconds() + seconds, body: body))
        updateDeadline()
    }

    /// The handler let go of its exchange.
    func exchangeAbandoned(turn: Int) {
        guard let active, active.turn == turn else { return }
        // A client that has left needs no answer; anyone else is owed one.
        if !active.isPeerGone { services.log.error("a request was not answered", ["request": active.requestID]) }
        step(.abandoned)
    }

    // MARK: Ending

    /// The peer has left, but the response may go on.
    func tellPeerClosed() {
        for body in active?.takePeerClosedHandlers() ?? [] { body() }
    }

    /// The peer is gone for good: tells the handler and closes.
    func abort() {
        if let active {
            departedTurn = active.turn
            services.metrics.departures.increment()
            tellPeerClosed()
            endResponse(isAborted: true)
        }
        close()
    }

    private func transmit(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        active?.bytes += bytes.count
        send(bytes)
        // When memory is short, a stream that is not read loses it first.
        if outputMemory.isExceeded, outputMemory.bytes > Self.scarceOutputBytes { step(.peerClosed(isReset: true)) }
    }

    /// Output that may wait for a reader while all requests together hold more than they may.
    private static let scarceOutputBytes = 65_536

    /// The last byte of the response is in the output, unless sending it has ended the connection.
    private func complete(_ turn: Int) {
        sendGathered()
        guard let active, active.turn == turn else { return }
        let endsByClosing = active.encoder?.endsByClosing ?? false
        endResponse(isAborted: false)
        step(.responseFinished(endsByClosing: endsByClosing))
    }

    private func makeEncoder() -> ResponseEncoder {
        let milliseconds = (Clock.monotonicSeconds() - (active?.receivedAt ?? 0)) * 1000
        return ResponseEncoder(
            context: ResponseContext(
                requestID: active?.requestID ?? "",
                request: (active?.head?.minorVersion ?? 1, active?.head?.method == "HEAD"),
                keepsAlive: machine.mayKeepAlive, date: HTTPDate.text(unixSeconds: Clock.unixSeconds()),
                processingMilliseconds: Int(max(0, milliseconds)),
                pageFields: active?.head.map(services.origins.answerFields) ?? [:]))
    }

    /// Counts and logs the response: its route and its size, never what it said. The path that was asked for is logged
    /// where there is no route: it tells why nothing was found.
    private func endResponse(isAborted: Bool) {
        guard let active else { return }
        self.active = nil
        services.metrics.countResponse(status: active.status ?? 499)
        let milliseconds = (Clock.monotonicSeconds() - active.receivedAt) * 1000
        let route = active.head.flatMap { services.router.pattern(of: $0) }
        services.log.info(
            "request",
            [
                "method": active.head.map { RequestLog.method($0.method) } ?? "-", "route": route ?? "-",
                "path": route == nil ? active.head.map { RequestLog.path($0.target.path) } ?? "" : "",
                "status": active.status.map(String.init) ?? "-", "bytes": "\(active.bytes)",
                "ms": "\((milliseconds * 10).rounded() / 10)", "request": active.requestID, "client": client,
                "aborted": isAborted ? "true" : "",
            ])
    }
}
