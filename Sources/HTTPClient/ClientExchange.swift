internal import Platform

/// What an answer may take.
package struct ClientLimits: Sendable {
    /// Seconds for connecting, and for each send.
    package var connectSeconds: Int
    /// Seconds without a byte after which nothing more is expected.
    package var silenceSeconds: Double
    /// Seconds from the beginning to the end.
    package var totalSeconds: Double
    /// Bytes of a body that are kept at once.
    package var bodyBytes: Int

    /// Limits of a whole answer.
    package static func answer(seconds: Double, bodyBytes: Int) -> ClientLimits {
        ClientLimits(
            connectSeconds: max(1, Int(seconds.rounded(.up))), silenceSeconds: seconds, totalSeconds: seconds,
            bodyBytes: bodyBytes)
    }

    /// Limits of a stream, which may go on for as long as something comes.
    package static func stream(silenceSeconds: Double) -> ClientLimits {
        var limits = answer(seconds: silenceSeconds, bodyBytes: 64 << 20)
        limits.totalSeconds = .infinity
        return limits
    }
}

/// A request that was sent, and the answer to it as it is asked for; on one thread at a time.
package final class ClientExchange {
    /// What has come of the answer.
    package private(set) var answer = ClientAnswer()
    private var transport: (any ByteTransport)?
    private var parser: AnswerParser
    private let hasBody: Bool
    private let limits: ClientLimits
    private let started = Clock.monotonicSeconds()
    /// The body of a request that waits for an interim answer.
    private var withheld: [UInt8] = []

    /// How long a stop goes unnoticed while nothing comes.
    private static let pollMilliseconds = 100
    private static let maximumInterimAnswers = 8

    /// Connects and sends; what goes wrong is told by the answer.
    init(
        _ request: ClientRequest, bytes: (head: [UInt8], body: [UInt8]), limits: ClientLimits,
        connect: () throws(HTTPClientError) -> any ByteTransport
    ) {
        self.limits = limits
        hasBody = request.method != "HEAD"
        parser = AnswerParser(hasBody: hasBody)
        do throws(HTTPClientError) {
            let transport = try connect()
            self.transport = transport
            if case .expecting = request.framing {
                try transport.sendAll(bytes.head)
                withheld = bytes.body
            } else {
                try transport.sendAll(bytes.head + bytes.body)
            }
        } catch {
            fail(error)
        }
    }

    /// Reads until the head is there or nothing more comes.
    package func readHead(isStopped: () -> Bool) {
        while answer.status == 0, receive(isStopped) {}
    }

    /// The next part of the body, which is not kept; nil at its end, or when it was stopped. `isStopped` is asked while
    /// nothing comes.
    package func nextPart(isStopped: () -> Bool) -> [UInt8]? {
        while answer.body.isEmpty { guard receive(isStopped) else { return nil } }
        defer { (answer.body, answer.arrivals) = ([], []) }
        return answer.body
    }

    /// Reads until the answer is whole, nothing more comes or `stop` has seen enough.
    package func whole(until stop: (ClientAnswer) -> Bool = { _ in false }) -> ClientAnswer {
        while !stop(answer), receive({ false }) {}
        return answer
    }

    private func fail(_ error: HTTPClientError) {
        answer.fault = answer.fault ?? error
        transport = nil
    }

    /// Receives once; false when nothing more comes.
    private func receive(_ isStopped: () -> Bool) -> Bool {
        guard let transport, !parser.isDone else { return false }
        do throws(HTTPClientError) {
            guard let bytes = try wait(for: transport, isStopped) else { return false }
            if bytes.isEmpty { parser.end() } else { try take(bytes, transport) }
        } catch {
            fail(error)
        }
        if let fault = parser.fault { fail(fault) }
        return true
    }

    /// The next bytes; nil when it was stopped.
    private func wait(
        for transport: any ByteTransport, _ isStopped: () -> Bool
    ) throws(HTTPClientError) -> [UInt8]? {
        let deadline = min(Clock.monotonicSeconds() + limits.silenceSeconds, started + limits.totalSeconds)
        while !isStopped() {
            let left = deadline - Clock.monotonicSeconds()
            guard left > 0 else { throw .silence }
            let milliseconds = min(Self.pollMilliseconds, Int(left * 1000) + 1)
            if let bytes = try transport.receive(maximumBytes: 1 << 16, milliseconds: milliseconds) { return bytes }
        }
        return nil
    }

    private func take(_ bytes: [UInt8], _ transport: any ByteTransport) throws(HTTPClientError) {
        let seconds = Clock.monotonicSeconds() - started
        answer.isSilent = false
        var part = parser.consume(bytes)
        while parser.isInterim {
            answer.interim.append(parser.status)
            guard answer.interim.count <= Self.maximumInterimAnswers else {
                throw .limit("interim answers without end")
            }
            let rest = parser.rest
            parser = AnswerParser(hasBody: hasBody)
            part = parser.consume(rest)
        }
        if parser.status != 0, answer.status == 0 {
            (answer.status, answer.fields, answer.headSeconds) = (parser.status, parser.fields, seconds)
        }
        if !part.isEmpty {
            answer.body += part
            answer.arrivals.append((answer.body.count, seconds))
            guard answer.body.count <= limits.bodyBytes else {
                throw .limit("an answer without end (\(Size.text(limits.bodyBytes)) and more)")
            }
        }
        // A server that refuses answers at once; one that wants the body says so first.
        guard !withheld.isEmpty, answer.interim.contains(100) else { return }
        let body = withheld
        withheld = []
        try transport.sendAll(body)
    }
}
