import HTTP
import Testing

/// The life of a connection as diagrams: what happens on the left, what the machine wants on the right, `@n` the
/// virtual second.
///
/// Limits of these diagrams: head 10 s, body 20 s at 10 bytes/s after 5 s, idle 30 s, stall 15 s, linger 2 s.
@Suite struct ConnectionMachineTests {
    @Test(arguments: Self.diagrams)
    func follows(_ diagram: Diagram) {
        var machine = ConnectionMachine(limits: ParserRun.limits, acceptedAt: 0)
        for (number, line) in diagram.lines.enumerated() {
            let action = Self.name(machine.on(line.event, at: line.second))
            #expect(action == line.action, "line \(number + 1) of “\(diagram.name)”")
            if let deadline = line.deadline {
                #expect(machine.deadline == deadline, "line \(number + 1) of “\(diagram.name)”")
            }
        }
    }

    struct Line: Sendable {
        let second: Double
        let event: ConnectionMachine.Event
        let action: String
        var deadline: Double?
    }

    struct Diagram: Sendable, CustomTestStringConvertible {
        let name: String
        let lines: [Line]
        var testDescription: String { name }
    }

    private static func name(_ action: ConnectionMachine.Action) -> String {
        switch action {
        case .none: "-"
        case .admit: "admit"
        case .readBody(let sendContinue): sendContinue ? "continue" : "read"
        case .discardBody: "discard"
        case .dispatch: "dispatch"
        case .reject(let refusal): "reject \(refusal.status)"
        case .cancelExchange: "cancel"
        case .awaitNext: "next"
        case .flush: "flush"
        case .shutDown: "shutdown"
        case .abort: "abort"
        case .close: "close"
        }
    }

    private static func head(_ fields: Fields = [:], minor: Int = 1) -> ConnectionMachine.Event {
        .head(
            RequestHead(
                method: "POST", target: RequestTarget(path: "/", query: nil), fields: fields, minorVersion: minor),
            hasBody: fields["content-length"] != nil || fields["transfer-encoding"] != nil)
    }

    /// From accept to a handler at work, in the first second.
    private static func dispatched(_ fields: Fields = [:], minor: Int = 1) -> [Line] {
        [
            Line(second: 0, event: .bytes(bodyBytes: 0), action: "-"),
            Line(second: 0, event: head(fields, minor: minor), action: "admit"),
            Line(second: 0, event: .admitted, action: "read"), Line(second: 0, event: .received, action: "dispatch"),
        ]
    }

    static let diagrams: [Diagram] = [
        Diagram(
            name: "a connection that says nothing is closed at the head deadline",
            lines: [
                Line(second: 9.9, event: .tick, action: "-", deadline: 10),
                Line(second: 10, event: .tick, action: "close"),
                Line(second: 11, event: .tick, action: "-"),
            ]),
        Diagram(
            name: "a head that trickles is refused at the absolute deadline",
            lines: [
                Line(second: 1, event: .bytes(bodyBytes: 0), action: "-", deadline: 10),
                Line(second: 9, event: .bytes(bodyBytes: 0), action: "-", deadline: 10),
                Line(second: 10, event: .tick, action: "reject 408"),
                Line(second: 10, event: .output(pending: 0, taken: 1000), action: "shutdown", deadline: 12),
                Line(second: 12, event: .tick, action: "close"),
            ]),
        Diagram(
            name: "a request is answered and the next is awaited until idle",
            lines: dispatched() + [
                Line(second: 100, event: .tick, action: "-"), Line(second: 100, event: .responseStarted, action: "-"),
                Line(second: 100, event: .responseFinished(endsByClosing: false), action: "next", deadline: 130),
                Line(second: 129, event: .tick, action: "-"), Line(second: 130, event: .tick, action: "close"),
            ]),
        Diagram(
            name: "a later head is timed from its first byte",
            lines: dispatched() + [
                Line(second: 1, event: .responseFinished(endsByClosing: false), action: "next", deadline: 31),
                Line(second: 20, event: .bytes(bodyBytes: 0), action: "-", deadline: 30),
                Line(second: 30, event: .tick, action: "reject 408"),
            ]),
        Diagram(
            name: "a body must gather speed",
            lines: [
                Line(second: 0, event: .bytes(bodyBytes: 0), action: "-"),
                Line(second: 1, event: head(["content-length": "90"]), action: "admit"),
                Line(second: 1, event: .admitted, action: "read", deadline: 6),
                Line(second: 5, event: .bytes(bodyBytes: 20), action: "-", deadline: 8),
                Line(second: 8, event: .tick, action: "reject 408"),
            ]),
        Diagram(
            name: "a body has an absolute deadline",
            lines: [
                Line(second: 0, event: .bytes(bodyBytes: 0), action: "-"),
                Line(second: 1, event: head(["content-length": "900"]), action: "admit"),
                Line(second: 1, event: .admitted, action: "read"),
                Line(second: 2, event: .bytes(bodyBytes: 800), action: "-", deadline: 21),
                Line(second: 21, event: .tick, action: "reject 408"),
            ]),
        Diagram(
            name: "100 is said after admission and before the body",
            lines: [
                Line(second: 0, event: head(["content-length": "5", "expect": "100-continue"]), action: "admit"),
                Line(second: 0, event: .admitted, action: "continue"),
                Line(second: 0, event: .received, action: "dispatch"),
            ]),
        Diagram(
            name: "100 is not said without a body",
            lines: [
                Line(second: 0, event: head(["expect": "100-continue"]), action: "admit"),
                Line(second: 0, event: .admitted, action: "read"),
            ]),
        Diagram(
            name: "a refused expectation closes: the body may or may not come",
            lines: [
                Line(second: 0, event: head(["content-length": "5", "expect": "100-continue"]), action: "admit"),
                Line(second: 0, event: .refused, action: "-"),
                Line(second: 0, event: .responseFinished(endsByClosing: false), action: "flush"),
                Line(second: 0, event: .output(pending: 0, taken: 1000), action: "shutdown"),
            ]),
        Diagram(
            name: "a refused short body is dropped and the connection goes on",
            lines: [
                Line(second: 0, event: head(["content-length": "5"]), action: "admit"),
                Line(second: 0, event: .refused, action: "-"),
                Line(second: 0, event: .responseFinished(endsByClosing: false), action: "discard", deadline: 5),
                Line(second: 1, event: .received, action: "next", deadline: 31),
            ]),
        Diagram(
            name: "a refused short body that does not come ends the connection",
            lines: [
                Line(second: 0, event: head(["content-length": "5"]), action: "admit"),
                Line(second: 0, event: .refused, action: "-"),
                Line(second: 0, event: .responseFinished(endsByClosing: false), action: "discard"),
                Line(second: 5, event: .tick, action: "close"),
            ]),
        Diagram(
            name: "a refused long body closes",
            lines: [
                Line(second: 0, event: head(["content-length": "65537"]), action: "admit"),
                Line(second: 0, event: .refused, action: "-"),
                Line(second: 0, event: .responseFinished(endsByClosing: false), action: "flush"),
            ]),
        Diagram(
            name: "a refused chunked body closes",
            lines: [
                Line(second: 0, event: head(["transfer-encoding": "chunked"]), action: "admit"),
                Line(second: 0, event: .refused, action: "-"),
                Line(second: 0, event: .responseFinished(endsByClosing: false), action: "flush"),
            ]),
        Diagram(
            name: "a refused request without a body keeps the connection",
            lines: [
                Line(second: 0, event: head(), action: "admit"), Line(second: 0, event: .refused, action: "-"),
                Line(second: 0, event: .responseFinished(endsByClosing: false), action: "next"),
            ]),
        Diagram(
            name: "connection: close ends after the response and waits for the peer",
            lines: dispatched(["connection": "Keep-Alive, Close"]) + [
                Line(second: 1, event: .responseFinished(endsByClosing: false), action: "flush"),
                Line(second: 1, event: .output(pending: 9, taken: 1000), action: "-", deadline: 16),
                Line(second: 3, event: .output(pending: 0, taken: 1000), action: "shutdown", deadline: 5),
                Line(second: 4, event: .peerClosed(isReset: false), action: "close"),
            ]),
        Diagram(
            name: "HTTP/1.0 closes unless asked",
            lines: dispatched(minor: 0) + [
                Line(second: 1, event: .responseFinished(endsByClosing: false), action: "flush")
            ]),
        Diagram(
            name: "HTTP/1.0 stays when asked",
            lines: dispatched(["connection": "keep-alive"], minor: 0) + [
                Line(second: 1, event: .responseFinished(endsByClosing: false), action: "next")
            ]),
        Diagram(
            name: "a body that ends by closing closes",
            lines: dispatched(["connection": "keep-alive"], minor: 0) + [
                Line(second: 1, event: .responseFinished(endsByClosing: true), action: "flush")
            ]),
        Diagram(
            name: "a peer that leaves cancels, and what is still written is sent",
            lines: dispatched() + [
                Line(second: 1, event: .peerClosed(isReset: false), action: "cancel"),
                Line(second: 2, event: .responseFinished(endsByClosing: false), action: "next"),
                Line(second: 2, event: .peerClosed(isReset: false), action: "close"),
            ]),
        Diagram(
            name: "a reset cancels and closes",
            lines: dispatched() + [
                Line(second: 1, event: .peerClosed(isReset: true), action: "abort"),
                Line(second: 1, event: .responseFinished(endsByClosing: false), action: "-"),
                Line(second: 1, event: .peerClosed(isReset: true), action: "-"),
            ]),
        Diagram(
            name: "a peer that ends inside a head or body is told",
            lines: [
                Line(second: 0, event: .bytes(bodyBytes: 0), action: "-"),
                Line(second: 1, event: .peerClosed(isReset: false), action: "reject 400"),
                Line(second: 1, event: .output(pending: 0, taken: 1000), action: "close"),
            ]),
        Diagram(
            name: "a reader that takes nothing counts as gone",
            lines: dispatched() + [
                Line(second: 1, event: .output(pending: 500, taken: 1000), action: "-", deadline: 16),
                Line(second: 10, event: .output(pending: 900, taken: 0), action: "-", deadline: 16),
                Line(second: 16, event: .tick, action: "abort"),
            ]),
        Diagram(
            name: "a slow reader that takes something stays",
            lines: dispatched() + [
                Line(second: 1, event: .output(pending: 500, taken: 1000), action: "-", deadline: 16),
                Line(second: 15, event: .output(pending: 400, taken: 1000), action: "-", deadline: 30),
                Line(second: 29, event: .output(pending: 0, taken: 1000), action: "-"),
                Line(second: 300, event: .tick, action: "-"),
            ]),
        Diagram(
            name: "h2: a whole answer beyond the limit of streams is sent while its reader takes some",
            lines: dispatched() + [
                Line(second: 1, event: .output(pending: 90_000, taken: 1000), action: "-", deadline: 16),
                Line(second: 15, event: .output(pending: 60_000, taken: 30_000), action: "-", deadline: 30),
                Line(second: 29, event: .output(pending: 30_000, taken: 30_000), action: "-", deadline: 44),
                Line(second: 44, event: .tick, action: "abort"),
            ]),
        Diagram(
            name: "h2: who takes less than the slowest rate is not waited for",
            lines: dispatched() + [
                Line(second: 1, event: .output(pending: 90_000, taken: 1000), action: "-", deadline: 16),
                Line(second: 9, event: .output(pending: 89_950, taken: 50), action: "-", deadline: 16),
                Line(second: 15, event: .output(pending: 89_900, taken: 50), action: "-", deadline: 16),
                Line(second: 16, event: .tick, action: "abort"),
            ]),
        Diagram(
            name: "h2: a stream beyond its limit stays while what waits shrinks",
            lines: dispatched() + [
                Line(second: 1, event: .responseStarted, action: "-"),
                Line(second: 1, event: .output(pending: 9000, taken: 1000), action: "-", deadline: 6),
                Line(second: 3, event: .output(pending: 8000, taken: 1000), action: "-", deadline: 6),
                Line(second: 6, event: .tick, action: "-", deadline: 11),
                Line(second: 10, event: .output(pending: 500, taken: 7500), action: "-", deadline: 25),
            ]),
        Diagram(
            name: "h2: a stream that outruns its reader ends",
            lines: dispatched() + [
                Line(second: 1, event: .responseStarted, action: "-"),
                Line(second: 1, event: .output(pending: 9000, taken: 1000), action: "-", deadline: 6),
                Line(second: 3, event: .output(pending: 9900, taken: 1000), action: "-", deadline: 6),
                Line(second: 6, event: .tick, action: "abort"),
            ]),
        Diagram(
            name: "idle time begins when the response has left",
            lines: dispatched() + [
                Line(second: 1, event: .output(pending: 500, taken: 1000), action: "-"),
                Line(second: 1, event: .responseFinished(endsByClosing: false), action: "next", deadline: 16),
                Line(second: 5, event: .output(pending: 0, taken: 1000), action: "-", deadline: 35),
            ]),
        Diagram(
            name: "malformed bytes are answered and the connection ends",
            lines: [
                Line(second: 0, event: .bytes(bodyBytes: 0), action: "-"),
                Line(second: 0, event: .malformed(.headTooLarge), action: "reject 431"),
                Line(second: 0, event: .malformed(.headTooLarge), action: "-"),
                Line(second: 0, event: .output(pending: 0, taken: 1000), action: "shutdown"),
                Line(second: 1, event: .peerClosed(isReset: false), action: "close"),
            ]),
        Diagram(
            name: "an unanswered request is 500 before its head and cut off after it",
            lines: dispatched() + [
                Line(second: 1, event: .abandoned, action: "reject 500")
            ]),
        Diagram(
            name: "a request that nobody waits for any more needs no answer",
            lines: dispatched() + [
                Line(second: 1, event: .peerClosed(isReset: false), action: "cancel"),
                Line(second: 1, event: .abandoned, action: "abort"),
            ]),
        Diagram(
            name: "an abandoned stream is cut off",
            lines: dispatched() + [
                Line(second: 1, event: .responseStarted, action: "-"),
                Line(second: 1, event: .abandoned, action: "abort"),
            ]),
        Diagram(name: "draining closes what waits", lines: [Line(second: 1, event: .drain, action: "close")]),
        Diagram(
            name: "draining lets a response finish and then closes",
            lines: dispatched() + [
                Line(second: 1, event: .drain, action: "-"),
                Line(second: 2, event: .responseFinished(endsByClosing: false), action: "flush"),
                Line(second: 2, event: .output(pending: 0, taken: 1000), action: "shutdown"),
            ]),
        Diagram(
            name: "draining lets a request arrive, be answered, and closes",
            lines: [
                Line(second: 0, event: .bytes(bodyBytes: 0), action: "-"), Line(second: 1, event: .drain, action: "-"),
                Line(second: 2, event: head(), action: "admit"), Line(second: 2, event: .admitted, action: "read"),
                Line(second: 2, event: .received, action: "dispatch"),
                Line(second: 3, event: .responseFinished(endsByClosing: false), action: "flush"),
            ]),
    ]

    /// Any order of events, however absurd: no trap, and nothing is asked of a closed connection.
    @Test func survivesAnyOrderOfEvents() {
        let events: [ConnectionMachine.Event] = [
            .bytes(bodyBytes: 0), Self.head(), Self.head(["content-length": "5"]), .admitted, .refused, .received,
            .malformed(.headTooLarge),
            .responseStarted, .responseFinished(endsByClosing: false), .responseFinished(endsByClosing: true),
            .abandoned,
            .output(pending: 0, taken: 1000), .output(pending: 10, taken: 0), .output(pending: 1 << 20, taken: 3),
            .peerClosed(isReset: false),
            .peerClosed(isReset: true), .tick, .drain,
        ]
        var random = SplitMix(state: 7)
        for _ in 0..<20_000 {
            var machine = ConnectionMachine(limits: ParserRun.limits, acceptedAt: 0)
            var second = 0.0
            var isClosed = false
            for _ in 0..<40 {
                second += Double(random.next() % 8)
                let action = machine.on(events[Int(random.next() % UInt64(events.count))], at: second)
                if isClosed { #expect(action == .none) }
                if action == .close || action == .abort {
                    isClosed = true
                    #expect(machine.deadline == nil)
                    #expect(!machine.parsesInput)
                }
            }
        }
    }
}
