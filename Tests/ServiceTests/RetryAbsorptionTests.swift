import Engine
import HTTP
import JSON
import Service
import Testing

/// A client that asks again, while what it asked for is under way.
@Suite struct RetryAbsorptionTests {
    private static let promptTokens = 20
    private static let path = "/v1/chat/completions"

    private func body(_ members: String) -> String {
        #"{"messages": [{"role": "user", "content": "hi"}], "max_tokens": 4, \#(members)}"#
    }

    private let whole = #""stream": false"#
    private let stream = #""stream": true"#

    private func attempt(_ count: Int?, key: String = "k") -> Fields {
        var fields: Fields = ["content-type": "application/json", "authorization": "Bearer \(key)"]
        if let count { fields.append("x-stainless-retry-count", "\(count)") }
        return fields
    }

    /// A server that stops at the gate before the token at `position` of the answer, and draws every answer anew.
    private func held(
        at position: Int = 0, _ retries: RetrySettings? = nil, running: Int = 8
    ) throws -> (server: TestServer, gate: Gate) {
        let gate = Gate()
        var options = TestServer.Options(keys: ["k", "other"], waiting: 8, running: running)
        if let retries { options.retries = retries }
        let server = try TestServer(options) { at, _ in
            if at == Self.promptTokens - 1 + position { gate.pass() }
            return 0x61
        }
        return (server, gate)
    }

    private func post(_ server: TestServer, _ members: String, _ fields: Fields) -> RecordingExchange {
        server.send("POST", Self.path, body(members), fields: fields)
    }

    private func count(_ server: TestServer, _ metric: String) -> Int? {
        let text = server.send("GET", "/metrics", fields: attempt(nil)).record.text
        return text.split(separator: "\n").first { $0.hasPrefix(metric + " ") }
            .flatMap { Int($0.dropFirst(metric.count + 1)) }
    }

    @Test func aWholeAnswerSurvivesItsClientUntilTheNextAttempt() async throws {
        let (server, gate) = try held()
        let first = post(server, whole, attempt(0))
        gate.waitUntilReached()
        first.closePeer()
        #expect(server.timers.seconds == [3])
        let second = post(server, whole, attempt(1))
        gate.open()
        let record = await second.ended()
        #expect(record.status == 200 && record.fields["x-michat-absorbed"] == "true")
        #expect(try record.json["choices"]?[0]?["message"]?["content"] == "aaaa")
        #expect(first.record.status == nil, "nothing is sent to who has left")
        server.timers.fire()
        #expect(!server.lines.text.contains("client left"), "the time to wait ended unnoticed")
        #expect(count(server, "michat_absorbed_retries_total") == 1)
        #expect(count(server, "michat_awaited_retries_total") == 1)
        #expect(
            count(server, #"vllm:request_prompt_tokens_count{model_name="org/tiny",engine="0"}"#) == 1,
            "one generation for both")
        #expect(server.lines.text.contains("absorbed"))
        #expect(!server.lines.text.contains("hi\""))
    }

    @Test func anAnswerThatEndedMeanwhileIsStillThere() async throws {
        let (server, gate) = try held()
        let first = post(server, whole, attempt(0))
        gate.waitUntilReached()
        first.closePeer()
        gate.open()
        while !server.lines.text.contains("answered") { await Task.yield() }
        let second = await post(server, whole, attempt(1)).ended()
        #expect(second.fields["x-michat-absorbed"] == "true")
        let third = await post(server, whole, attempt(2)).ended()
        #expect(third.status == 200 && third.fields["x-michat-absorbed"] == nil, "what was told is not kept")
    }

    @Test func withoutAnotherAttemptItStopsWhenTheTimeIsOver() async throws {
        let (server, gate) = try held(running: 1)
        let first = post(server, #""ignore_eos": true"#, attempt(0))
        gate.waitUntilReached()
        first.closePeer()
        #expect(!server.lines.text.contains("client left"))
        server.timers.fire()
        gate.open()
        let late = await post(server, #""ignore_eos": true"#, attempt(1)).ended()
        #expect(late.status == 200 && late.fields["x-michat-absorbed"] == nil)
        #expect(count(server, "michat_absorbed_retries_total") == 0)
    }

    @Test func aClientThatSendsNoAttemptsIsNotWaitedFor() async throws {
        let (server, gate) = try held()
        let first = post(server, whole, attempt(nil))
        gate.waitUntilReached()
        first.closePeer()
        #expect(server.timers.seconds.isEmpty)
        #expect(server.lines.text.contains("client left"))
        gate.open()
        #expect(await post(server, whole, attempt(1)).ended().fields["x-michat-absorbed"] == nil)
    }

    @Test func aStreamIsToldAgainAndGoesOn() async throws {
        let (server, gate) = try held(at: 2)
        let first = post(server, stream, attempt(0))
        gate.waitUntilReached()
        await first.awaitPieces(2)
        let second = post(server, stream, attempt(1))
        #expect(second.record.fields["x-michat-absorbed"] == "true" && second.record.isStreamed)
        #expect(second.record.body == first.record.body, "what was written so far")
        first.closePeer()
        #expect(server.timers.seconds.isEmpty, "somebody is still reading")
        gate.open()
        let record = await second.ended()
        #expect(record.events.last == "[DONE]")
        #expect(
            try record.chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }.joined() == "aaaa")
        #expect(first.record.endings == 0)
    }

    @Test func bothReadersGetTheSameBytes() async throws {
        let (server, gate) = try held(at: 1)
        let first = post(server, stream, attempt(0))
        gate.waitUntilReached()
        await first.awaitPieces(1)
        let others = [post(server, stream, attempt(1)), post(server, stream, attempt(2))]
        others[0].tick()
        gate.open()
        let told = await first.ended()
        for other in others {
            let record = await other.ended()
            #expect(record.events == told.events && record.endings == 1)
        }
        #expect(told.fields["x-michat-absorbed"] == nil)
        #expect(told.events.filter { $0 == "[DONE]" }.count == 1)
    }

    @Test func theClientThatAskedIsToldAsWithoutTheHeader() async throws {
        let (server, gate) = try held()
        gate.open()
        let records = [
            await post(server, stream, attempt(nil)).ended(), await post(server, stream, attempt(0)).ended(),
        ]
        #expect(records.allSatisfy { $0.laterCount == 0 })
        #expect(records[0].writes.map(\.count) == records[1].writes.map(\.count))
    }

    @Test func whoHasReadPartOfAStreamAndLeavesMeantTo() async throws {
        let (server, gate) = try held(at: 1)
        let untouched = post(server, stream, attempt(0))
        gate.waitUntilReached()
        await untouched.awaitPieces(1)
        untouched.closePeer()
        #expect(server.timers.seconds.isEmpty && server.lines.text.contains("client left"))
        gate.open()
    }

    @Test func aStreamOfWhichNothingWasReadIsWaitedFor() async throws {
        let (server, gate) = try held()
        let first = post(server, stream, attempt(0))
        gate.waitUntilReached()
        first.closePeer()
        #expect(server.timers.seconds == [3])
        let second = post(server, stream, attempt(1))
        gate.open()
        #expect(await second.ended().fields["x-michat-absorbed"] == "true")
    }

    @Test func onlyTheSameBytesOfTheSameKeyOnTheSameRoute() async throws {
        let (server, gate) = try held()
        let first = post(server, whole, attempt(0))
        gate.waitUntilReached()
        let others = [
            post(server, whole, attempt(1, key: "other")), post(server, #""stream":  false"#, attempt(1)),
            post(server, whole, attempt(0)), post(server, whole, attempt(nil)),
            server.send("POST", "/v1/completions", #"{"prompt": "ab"}"#, fields: attempt(1)),
        ]
        gate.open()
        for other in others { #expect(await other.ended().fields["x-michat-absorbed"] == nil) }
        #expect(await first.ended().status == 200)
        #expect(count(server, "michat_absorbed_retries_total") == 0)
    }

    @Test func theOneWhoseClientHasLeftIsJoinedFirst() async throws {
        let (server, gate) = try held()
        let staying = post(server, whole, attempt(0))
        gate.waitUntilReached()
        let leaving = post(server, whole, attempt(0))
        leaving.closePeer()
        let again = post(server, whole, attempt(1))
        server.timers.fire()
        gate.open()
        let (kept, joined) = (await staying.ended(), await again.ended())
        #expect(joined.fields["x-michat-absorbed"] == "true")
        #expect(try kept.json["id"] != joined.json["id"])
    }

    @Test func theTimeToWaitGrowsWithTheAttemptsAsTheClientsOwnDoes() throws {
        let (server, gate) = try held(
            RetrySettings(mode: .retries, graceSeconds: 10, heldBytes: 100_000, answerBytes: 50_000))
        let first = post(server, whole, attempt(0))
        gate.waitUntilReached()
        first.closePeer()
        for count in [1, 2, 3, 4, 1000, Int.max] { post(server, whole, attempt(count)).closePeer() }
        #expect(server.timers.seconds == [3, 4, 6, 10, 10, 10, 10])
        #expect(count(server, "michat_absorbed_retries_total") == 6)
        gate.open()
    }

    @Test(arguments: ["", "x", "-1", "99999999999999999999", "0x1"]) func oddCountsAreNoTrap(count: String) async throws
    {
        let (server, gate) = try held()
        gate.open()
        var fields = attempt(nil)
        fields.append("x-stainless-retry-count", count)
        #expect(await post(server, whole, fields).ended().status == 200)
    }

    @Test func off() async throws {
        let (server, gate) = try held(
            RetrySettings(mode: .off, graceSeconds: 5, heldBytes: 100_000, answerBytes: 50_000))
        let first = post(server, whole, attempt(0))
        gate.waitUntilReached()
        let second = post(server, whole, attempt(1))
        first.closePeer()
        #expect(server.timers.seconds.isEmpty)
        gate.open()
        #expect(await second.ended().fields["x-michat-absorbed"] == nil)
    }

    @Test func always() async throws {
        let (server, gate) = try held(
            at: 1, RetrySettings(mode: .always, graceSeconds: 5, heldBytes: 100_000, answerBytes: 50_000))
        let first = post(server, stream, attempt(nil))
        gate.waitUntilReached()
        let second = post(server, stream, attempt(nil))
        await first.awaitPieces(1)
        first.closePeer()
        gate.open()
        let record = await second.ended()
        #expect(record.fields["x-michat-absorbed"] == "true" && record.events.last == "[DONE]")
    }

    @Test(arguments: [(heldBytes: 100_000, answerBytes: 100), (heldBytes: 100, answerBytes: 100_000)])
    func whatIsTooLongIsNotKept(heldBytes: Int, answerBytes: Int) async throws {
        let (server, gate) = try held(
            at: 2, RetrySettings(mode: .retries, graceSeconds: 5, heldBytes: heldBytes, answerBytes: answerBytes))
        let first = post(server, stream, attempt(0))
        gate.waitUntilReached()
        await first.awaitPieces(2)
        let second = post(server, stream, attempt(1))
        gate.open()
        #expect(await second.ended().fields["x-michat-absorbed"] == nil)
        let record = await first.ended()
        #expect(
            try record.chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }.joined() == "aaaa")
        #expect(record.events.last == "[DONE]" && record.endings == 1)
    }

    @Test func roomIsGivenBack() async throws {
        let (server, gate) = try held(
            RetrySettings(mode: .retries, graceSeconds: 5, heldBytes: 2000, answerBytes: 2000))
        gate.open()
        for _ in 0..<20 { #expect(await post(server, whole, attempt(0)).ended().status == 200) }
        let first = post(server, whole, attempt(0))
        first.closePeer()
        #expect(await post(server, whole, attempt(1)).ended().status == 200)
    }

    @Test func aRefusalIsNotKept() async throws {
        let (server, gate) = try held()
        gate.open()
        for count in 0...1 {
            let record = await post(server, #""temperature": 9"#, attempt(count)).ended()
            #expect(record.status == 400 && record.fields["x-michat-absorbed"] == nil)
        }
    }

    /// Clients come, wait and go on threads of their own while the engine runs; whoever stays gets everything once.
    @Test(arguments: [true, false]) func readersMayComeAndGoAtAnyTime(isStreamed: Bool) async throws {
        let server = try TestServer(TestServer.Options(keys: ["k"], running: 8)) { _, _ in 0x61 }
        let content = String(repeating: "a", count: 40)
        for round in 0..<40 {
            let body = body(#""max_completion_tokens": 40, "seed": \#(round), "stream": \#(isStreamed)"#)
            let exchanges = (0..<5).map { _ in QueuedExchange() }
            await withTaskGroup(of: Void.self) { group in
                for (number, exchange) in exchanges.enumerated() {
                    group.addTask {
                        for _ in 0..<(round * number) % 17 { await Task.yield() }
                        server.send("POST", Self.path, body, fields: attempt(number), on: exchange)
                        exchange.tick()
                        for _ in 0..<(round + number) % 7 { await Task.yield() }
                        if number < 4, (round >> number) & 1 == 1 { exchange.closePeer() }
                    }
                }
            }
            let stayed = exchanges.enumerated().filter { $0.offset == 4 || (round >> $0.offset) & 1 == 0 }
            for (_, exchange) in stayed {
                let record = await exchange.inner.ended()
                #expect(record.status == 200 && record.endings == 1)
                let texts =
                    isStreamed
                    ? try record.chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }
                    : [try record.json["choices"]?[0]?["message"]?["content"]?.stringValue ?? ""]
                #expect(texts.joined() == content)
                #expect(record.events.filter { $0 == "[DONE]" }.count == (isStreamed ? 1 : 0))
            }
            server.timers.fire()
        }
    }
}
