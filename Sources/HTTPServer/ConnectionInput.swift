internal import HTTP
internal import Platform
internal import Telemetry

/// How reading from a socket stands.
struct InputWatch {
    /// Whether the peer has ended its sending side and everything was received.
    var isEnded = false
    /// Whether reading rests because enough waits to be parsed.
    var isResting = false
    /// When to ask the socket for a departure, in monotonic seconds: while reading rests no event tells of one.
    var due = Double.infinity
    /// Whether the parser is at work.
    var isParsing = false
    /// Whether parsing goes on later, when other connections had their turn.
    var isYielding = false
    /// Whether reading goes on later, for the same reason.
    var isReadingLater = false
}

/// The reading half of a connection: from the socket to the parser.
extension Connection {
    /// The socket has bytes, an end, or an error.
    ///
    /// It is read until nothing is left: bytes and a reset that arrive together make one event, and no other follows.
    func readable() {
        guard !isClosed, !inputWatch.isEnded, !inputWatch.isResting else { return }
        services.trace.hop(Self.self, request: "c\(number)")
        do throws(Errno) {
            for _ in 0..<Self.receivesPerEvent {
                guard machine.dropsInput || input.count < Self.receiveBytes else { return restReading() }
                let bytes = try sources.socket.receive(maximumBytes: Self.receiveBytes)
                services.metrics.received.add(bytes.count)
                if bytes.isEmpty { return inputEnded() }
                if machine.dropsInput { continue }
                input += bytes
                parse()
                if isClosed { return }
            }
            readLater()
        } catch {
            if !error.isWouldBlock { step(.peerClosed(isReset: true)) }
        }
    }

    private func readLater() {
        guard !inputWatch.isReadingLater else { return }
        inputWatch.isReadingLater = true
        enterBehindOthers {
            $0.inputWatch.isReadingLater = false
            $0.readable()
        }
    }

    /// Requests that wait for their turn fill the buffer: what comes behind them stays in the kernel.
    private func restReading() {
        inputWatch.isResting = true
        sources.suspendReading()
        inputWatch.due = Clock.monotonicSeconds() + Self.departureSeconds
        updateDeadline()
    }

    /// Goes on reading, if it rests.
    func resumeReading() {
        guard !isClosed, !inputWatch.isEnded, inputWatch.isResting else { return }
        inputWatch.isResting = false
        inputWatch.due = .infinity
        sources.resumeReading()
        // A reset that came meanwhile need not make an event any more.
        readLater()
    }

    /// Asks the socket whether the peer has left while reading rests.
    func lookForDeparture(_ now: Double) {
        inputWatch.due = .infinity
        guard inputWatch.isResting else { return }
        switch sources.socket.peerState() {
        case .gone: return step(.peerClosed(isReset: true))
        case .ended: if machine.isResponding { step(.peerClosed(isReset: false)) }
        case .open: break
        }
        inputWatch.due = now + Self.departureSeconds
    }

    private func inputEnded() {
        inputWatch.isEnded = true
        sources.suspendReading()
        // Whole requests that arrived before the end are still answered; the parser reports the end behind them.
        if machine.parsesInput { return parse() }
        if input.isEmpty || !machine.awaitsRequest { step(.peerClosed(isReset: false)) }
    }

    /// Parses what has arrived, request by request, as far as the machine lets it and other connections can wait.
    func parse() {
        guard !inputWatch.isParsing, !inputWatch.isYielding, !isClosed else { return }
        inputWatch.isParsing = true
        let firstTurn = turn
        let start = Clock.monotonicSeconds()
        while machine.parsesInput {
            if turn > firstTurn, hasHadItsTurn(since: start, requests: turn - firstTurn) {
                yieldToOthers()
                break
            }
            guard parseNext() else { break }
        }
        inputWatch.isParsing = false
        if input.count < Self.receiveBytes { resumeReading() }
    }

    private func hasHadItsTurn(since start: Double, requests: Int) -> Bool {
        requests >= Self.requestsPerTurn || Clock.monotonicSeconds() - start >= Self.secondsPerTurn
    }

    /// All connections share a few threads: one that has sent many requests goes to the end of the line.
    private func yieldToOthers() {
        inputWatch.isYielding = true
        enterBehindOthers {
            $0.inputWatch.isYielding = false
            $0.parse()
        }
    }

    /// Takes the next step in the input; false when there is none.
    private func parseNext() -> Bool {
        if parser.isBetweenRequests {
            if input.isEmpty {
                if inputWatch.isEnded { step(.peerClosed(isReset: false)) }
                return false
            }
            // Some clients send one line break too many after a body; it begins no request.
            if input == Self.lineBreak {
                input = []
                return parseNext()
            }
            incoming = IncomingRequest(receivedAt: Clock.monotonicSeconds())
        }
        if !input.isEmpty { step(.bytes(bodyBytes: parser.receivedBodyBytes)) }
        services.trace.hop(RequestParser.self, "consume", request: "c\(number)")
        do throws(ParseFailure) {
            let (consumed, next) = try parser.consume(input.span)
            input.removeFirst(consumed)
            guard incoming.holdBody(next.bodyBytes ?? parser.receivedBodyBytes, in: services.memory) else {
                // What has arrived makes room for others at once, not when the connection is closed.
                incoming.memory = nil
                parser = RequestParser(limits: limits)
                step(.malformed(.noMemory))
                return false
            }
            switch next {
            case .needMore:
                step(inputWatch.isEnded ? .peerClosed(isReset: false) : .bytes(bodyBytes: parser.receivedBodyBytes))
                return false
            case .head(let head, let hasBody):
                incoming.head = services.router.canonical(head)
                step(.head(head, hasBody: hasBody))
            case .body(let body):
                incoming.body = body
                services.trace.hop(ConnectionMachine.self, "on", request: "c\(number)")
                step(.received)
                // A body that nobody wanted is not kept while the connection rests.
                incoming.body = []
                incoming.memory = nil
            }
            return !isClosed
        } catch {
            if incoming.head == nil { incoming.head = parser.refusedHead.map(services.router.canonical) }
            step(.malformed(error))
            return false
        }
    }

    /// One receive takes at most this, and reading rests while as much waits to be parsed: pipelined requests cannot
    /// occupy more than twice of it.
    private static let receiveBytes = 16_384
    private static let lineBreak = Array("\r\n".utf8)
    /// How often one event receives before others have their turn.
    private static let receivesPerEvent = 16
    /// How often a socket is asked for a departure while reading rests.
    private static let departureSeconds = 1.0
    /// How many pipelined requests are taken, and for how long, before others have their turn.
    private static let requestsPerTurn = 8
    private static let secondsPerTurn = 0.001
}
