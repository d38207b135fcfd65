/// The life of one connection as event in, action out, with time as an argument.
///
/// One request at a time: while it is answered nothing further is parsed, so responses keep the order of requests and
/// what
/// a peer can make wait is one receive buffer. The owner acts on each action before it reports the next event.
package struct ConnectionMachine: Sendable {
    /// What has happened.
    package enum Event: Sendable, Equatable {
        /// Bytes were read; `bodyBytes` of the request under way have arrived in all.
        case bytes(bodyBytes: Int)
        /// A head is complete.
        case head(RequestHead, hasBody: Bool)
        /// The router takes the request.
        case admitted
        /// The router refuses the request; its answer is being written.
        case refused
        /// The body is complete.
        case received
        /// The bytes are no request.
        case malformed(ParseFailure)
        /// The handler has sent its head.
        case responseStarted
        /// The response is complete; `endsByClosing` if only the end of the connection shows where it ends.
        case responseFinished(endsByClosing: Bool)
        /// The handler let go of the exchange without ending the response.
        case abandoned
        /// Bytes wait for the peer, which took `taken` since the last report.
        case output(pending: Int, taken: Int)
        /// The peer has ended its sending side, or reset the connection; an end is reported again when all input is
        /// parsed.
        case peerClosed(isReset: Bool)
        /// The deadline may have passed.
        case tick
        /// The server is about to stop.
        case drain
    }

    /// What the owner must do now.
    package enum Action: Sendable, Equatable {
        /// Nothing.
        case none
        /// Ask the router, then report `admitted` or `refused`.
        case admit
        /// Go on reading the body; first say `100 Continue` if asked.
        case readBody(sendContinue: Bool)
        /// Go on reading a body that nobody wants.
        case discardBody
        /// Give the request to its handler.
        case dispatch
        /// Answer with an error; nothing more is read.
        case reject(Refusal)
        /// Tell the handler that the peer has left; what it still writes is sent.
        case cancelExchange
        /// Go on with the next request.
        case awaitNext
        /// Parse nothing more; when everything is sent, `output` says what next.
        case flush
        /// End the sending side, then read and drop what comes.
        case shutDown
        /// Tell the handler, if one is at work, and close at once.
        case abort
        /// Close at once.
        case close
    }

    private enum Phase: Sendable, Equatable {
        case waiting
        case head
        case deciding
        case body
        case discarding
        case responding(started: Bool, bodyLeft: Bool)
        case shuttingDown
        case lingering
        case closed
    }

    private let limits: Limits
    private var phase = Phase.waiting
    private var phaseDeadline: Double?
    private var reader: OutputPace
    private var bodyStart = 0.0
    private var pendingBytes = 0
    private var request: RequestHead?
    private var keepsAlive = true
    private var isDraining = false
    private var isInputEnded = false
    private var hasReceivedAny = false
    private var bodyLeft = false

    /// A connection accepted at `now`, in seconds of the monotonic clock.
    package init(limits: Limits, acceptedAt now: Double) {
        self.limits = limits
        reader = OutputPace(limits: limits)
        phaseDeadline = now + limits.head.headSeconds
    }

    /// When `tick` is due; nil while nothing is timed.
    package var deadline: Double? {
        guard let phaseDeadline else { return reader.deadline }
        return min(phaseDeadline, reader.deadline ?? phaseDeadline)
    }

    /// Whether arriving bytes are to be parsed now. The next request waits until the last response has left.
    package var parsesInput: Bool {
        switch phase {
        case .waiting: pendingBytes == 0
        case .head, .body, .discarding: true
        case .deciding, .responding, .shuttingDown, .lingering, .closed: false
        }
    }

    /// Whether the next request may come, now or when the last response has left.
    package var awaitsRequest: Bool { phase == .waiting }

    /// Whether arriving bytes are to be dropped unread.
    package var dropsInput: Bool { phase == .lingering }

    /// Whether a response to this request may leave the connection open.
    package var mayKeepAlive: Bool { keepsAlive && !isDraining }

    /// Whether a handler is sending a stream.
    private var isStreaming: Bool { if case .responding(started: true, _) = phase { true } else { false } }

    /// Whether a handler is at work.
    package var isResponding: Bool { if case .responding = phase { true } else { false } }

    /// Takes an event that happened at `now`.
    package mutating func on(_ event: Event, at now: Double) -> Action {
        switch event {
        case .bytes(let bodyBytes): bytesArrived(bodyBytes, now)
        case .head(let head, let hasBody): headArrived(head, hasBody)
        case .admitted: admitted(now)
        case .refused: refused()
        case .received: bodyArrived(now)
        case .malformed(let failure): reject(Refusal(failure))
        case .responseStarted: responseStarted()
        case .responseFinished(let endsByClosing): responseFinished(endsByClosing, now)
        case .abandoned: abandoned()
        case .output(let pending, let taken): outputChanged(pending, taken, now)
        case .peerClosed(let isReset): peerClosed(isReset)
        case .tick: tick(now)
        case .drain: drain()
        }
    }

    /// Refuses the connection as a whole, before anything is read.
    package mutating func refuse(_ refusal: Refusal) -> Action { reject(refusal) }

    private mutating func bytesArrived(_ bodyBytes: Int, _ now: Double) -> Action {
        if phase == .waiting {
            phase = .head
            // The first head is timed from the accept, later ones from their first byte.
            if hasReceivedAny { phaseDeadline = now + limits.head.headSeconds }
            hasReceivedAny = true
        }
        if phase == .body || phase == .discarding { phaseDeadline = bodyDeadline(received: bodyBytes) }
        return .none
    }

    private mutating func headArrived(_ head: RequestHead, _ hasBody: Bool) -> Action {
        guard phase == .head || phase == .waiting else { return .none }
        request = head
        keepsAlive = head.wantsKeepAlive
        bodyLeft = hasBody
        phase = .deciding
        return .admit
    }

    private mutating func admitted(_ now: Double) -> Action {
        guard phase == .deciding else { return .none }
        phase = .body
        bodyStart = now
        phaseDeadline = bodyDeadline(received: 0)
        return .readBody(sendContinue: bodyLeft && request?.expectsContinue == true)
    }

    private mutating func refused() -> Action {
        guard phase == .deciding else { return .none }
        if bodyLeft && !canDiscardBody { keepsAlive = false }
        phase = .responding(started: true, bodyLeft: bodyLeft)
        phaseDeadline = nil
        return .none
    }

    /// A short body that is surely on its way is read and dropped, so that the connection can go on.
    private var canDiscardBody: Bool {
        guard let request, !request.expectsContinue, let length = request.fields["content-length"].flatMap({ Int($0) })
        else { return false }
        return length <= Self.discardableBytes
    }

    private mutating func bodyArrived(_ now: Double) -> Action {
        switch phase {
        case .body:
            phase = .responding(started: false, bodyLeft: false)
            phaseDeadline = nil
            return .dispatch
        case .discarding: return nextRequest(now)
        default: return .none
        }
    }

    private mutating func responseStarted() -> Action {
        if case .responding(_, let left) = phase { phase = .responding(started: true, bodyLeft: left) }
        return .none
    }

    private mutating func responseFinished(_ endsByClosing: Bool, _ now: Double) -> Action {
        guard case .responding(_, let bodyLeft) = phase else { return .none }
        guard mayKeepAlive, !endsByClosing else { return flush() }
        guard bodyLeft else { return nextRequest(now) }
        phase = .discarding
        bodyStart = now
        phaseDeadline = bodyDeadline(received: 0)
        return .discardBody
    }

    private mutating func nextRequest(_ now: Double) -> Action {
        guard mayKeepAlive else { return flush() }
        phase = .waiting
        request = nil
        phaseDeadline = pendingBytes == 0 ? now + limits.connection.idleSeconds : nil
        return .awaitNext
    }

    private mutating func abandoned() -> Action {
        guard case .responding(let started, _) = phase else { return .none }
        return started || isInputEnded ? abort() : reject(.unanswered)
    }

    private mutating func outputChanged(_ pending: Int, _ taken: Int, _ now: Double) -> Action {
        if phase == .closed { return .none }
        if pending == 0, phase == .waiting, pendingBytes > 0 { phaseDeadline = now + limits.connection.idleSeconds }
        pendingBytes = pending
        reader.changed(pending: pending, taken: taken, isStreaming: isStreaming, at: now)
        guard phase == .shuttingDown, pending == 0 else { return .none }
        if isInputEnded { return close() }
        phase = .lingering
        phaseDeadline = now + limits.connection.lingerSeconds
        return .shutDown
    }

    private mutating func peerClosed(_ isReset: Bool) -> Action {
        if isReset { return abort() }
        isInputEnded = true
        switch phase {
        case .waiting: return pendingBytes == 0 ? close() : flush()
        case .head, .body: return reject(.truncated)
        case .deciding, .shuttingDown, .closed: return .none
        case .discarding: return flush()
        case .responding: return .cancelExchange
        case .lingering: return close()
        }
    }

    private mutating func tick(_ now: Double) -> Action {
        if reader.isTooSlow(at: now) { return abort() }
        guard let phaseDeadline, now >= phaseDeadline else { return .none }
        switch phase {
        case .head, .body: return reject(.tooSlow)
        case .waiting, .discarding, .lingering: return close()
        case .deciding, .responding, .shuttingDown, .closed: return .none
        }
    }

    private mutating func drain() -> Action {
        isDraining = true
        guard phase == .waiting else { return .none }
        return pendingBytes == 0 ? close() : flush()
    }

    private mutating func reject(_ refusal: Refusal) -> Action {
        guard phase != .closed, phase != .shuttingDown, phase != .lingering else { return .none }
        keepsAlive = false
        _ = flush()
        return .reject(refusal)
    }

    /// From here on nothing is parsed; `shutDown` is asked for when the output has left.
    private mutating func flush() -> Action {
        phase = .shuttingDown
        phaseDeadline = nil
        return .flush
    }

    private mutating func abort() -> Action {
        guard phase != .closed else { return .none }
        _ = close()
        return .abort
    }

    private mutating func close() -> Action {
        phase = .closed
        phaseDeadline = nil
        reader = OutputPace(limits: limits)
        return .close
    }

    private func bodyDeadline(received: Int) -> Double {
        let absolute = bodyStart + limits.body.bodySeconds
        guard limits.body.minimumBytesPerSecond > 0 else { return absolute }
        return min(absolute, bodyStart + Self.rateGraceSeconds + Double(received) / limits.body.minimumBytesPerSecond)
    }

    /// Bodies of refused requests up to this many bytes are read and dropped rather than answered by closing.
    package static let discardableBytes = 65_536
    /// How long a body may take to gather speed.
    package static let rateGraceSeconds = 5.0
}
