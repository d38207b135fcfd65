import Engine
import HTTP
import Platform
import Service
import Testing

/// H1: what an answer is made of is gone when it has ended, however it ended.
@Suite struct AnswerLifetimeTests {
    private static let promptTokens = 20

    /// How an answer comes to its end.
    enum Ending: CaseIterable, Sendable {
        case answered, cutByTheClient, failed, refusedByForm, refusedForRoom, joinedByARetry, joinedAfterItsEnd
        case abandoned, drained
    }

    private func body(_ members: String) -> String {
        #"{"messages": [{"role": "user", "content": "hi"}], "max_tokens": 4, \#(members)}"#
    }

    private func attempt(_ count: Int?) -> Fields {
        var fields: Fields = ["content-type": "application/json"]
        if let count { fields.append("x-stainless-retry-count", "\(count)") }
        return fields
    }

    private func post(_ server: TestServer, _ members: String, _ count: Int?) -> RecordingExchange {
        server.send("POST", "/v1/chat/completions", body(members), fields: attempt(count))
    }

    /// Waits until nothing of an answer is left; what keeps something lets the test run into its time limit.
    private func awaitNothing(in server: TestServer) async {
        // Bodies, prompts and answers are counted in bytes.
        while server.live.total > 0 || server.memory.taken > 0 { await Task.yield() }
    }

    @Test(.timeLimit(.minutes(2)), arguments: Ending.allCases, [true, false])
    func h1_nothingIsLeftOfAnAnswerThatHasEnded(ending: Ending, isStreamed: Bool) async throws {
        let form = #""stream": \#(isStreamed)"#
        for count in [nil, 0] as [Int?] {
            let gate = Gate()
            let places = ending == .refusedForRoom ? 1 : 8
            let server = try TestServer(
                TestServer.Options(waiting: ending == .refusedForRoom ? 0 : 8, running: places)
            ) { position, _ in
                if position == Self.promptTokens { gate.pass() }
                return ending == .failed && position > Self.promptTokens ? -1 : 0x61
            }
            let first = post(server, form, count)
            gate.waitUntilReached()
            #expect(server.live.deliveries.count == 1 && server.live.sharedAnswers.count == (count == nil ? 0 : 1))
            let others = meanwhile(ending, server, first, form, count)
            gate.open()
            if ending == .joinedAfterItsEnd, count != nil, !isStreamed {
                while !server.lines.text.contains("answered") { await Task.yield() }
                #expect(await post(server, form, 1).ended().fields["x-michat-absorbed"] == "true")
            }
            for other in others { _ = await other.ended() }
            if ![.cutByTheClient, .abandoned, .joinedByARetry, .joinedAfterItsEnd].contains(ending) {
                _ = await first.ended()
            }
            server.timers.fire()
            await awaitNothing(in: server)
            #expect(server.live.deliveries.count == 0 && server.live.sharedAnswers.count == 0)
            #expect(server.memory.highest > 0)
        }
    }

    /// What happens while the answer is under way; returns the exchanges that get an end.
    private func meanwhile(
        _ ending: Ending, _ server: TestServer, _ first: RecordingExchange, _ form: String, _ count: Int?
    ) -> [RecordingExchange] {
        switch ending {
        case .answered, .failed: return []
        case .cutByTheClient:
            first.closePeer()
            return []
        case .refusedByForm: return [post(server, #""temperature": 9, \#(form)"#, count)]
        case .refusedForRoom: return [post(server, #""seed": 2, \#(form)"#, count)]
        case .joinedByARetry:
            let second = post(server, form, count.map { $0 + 1 })
            first.closePeer()
            return [second]
        case .joinedAfterItsEnd:
            first.closePeer()
            return []
        case .abandoned:
            first.closePeer()
            server.timers.fire()
            return []
        case .drained:
            server.drainEngine(graceSeconds: 0)
            return []
        }
    }

    /// Callbacks that come when everything is over are not kept either, and a reader that is never told keeps nothing.
    @Test(.timeLimit(.minutes(2))) func h1_manyAnswersAtOnceLeaveNothing() async throws {
        let server = try TestServer(TestServer.Options(waiting: 64, running: 8)) { _, _ in 0x61 }
        for round in 0..<20 {
            let exchanges = (0..<4).map { number in
                post(server, #""seed": \#(number), "stream": \#(number % 2 == 0)"#, round % 2 == 0 ? 0 : nil)
            }
            if round % 3 == 0 { exchanges[0].closePeer() }
            for exchange in exchanges.dropFirst() { #expect(await exchange.ended().status == 200) }
        }
        server.timers.fire()
        await awaitNothing(in: server)
        #expect(server.live.total == 0)
    }
}
