import Engine
import HTTP
import JSON
import Service
import Testing

/// Waiting, leaving, slowness, overload and failure, over a real engine that a gate holds still.
@Suite struct DeliveryTests {
    private static let promptTokens = 20

    private func body(_ members: String) -> String {
        #"{"messages": [{"role": "user", "content": "hi"}], \#(members)}"#
    }

    /// A server that runs one sequence at a time and stops at the gate before its first token.
    private func held(waiting: Int) throws -> (server: TestServer, gate: Gate) {
        let gate = Gate()
        let server = try TestServer(TestServer.Options(waiting: waiting, running: 1)) { position, _ in
            if position == Self.promptTokens - 1 { gate.pass() }
            return 0x61
        }
        return (server, gate)
    }

    /// F16: the head goes out at once, and a comment only once something had to wait.
    @Test func wire_06_theHeadGoesOutWhileQueuedAndCommentsWhileWaiting() async throws {
        let (server, gate) = try held(waiting: 4)
        let first = server.send("POST", "/v1/chat/completions", body(#""stream": true, "max_tokens": 2"#))
        gate.waitUntilReached()
        let second = server.send("POST", "/v1/chat/completions", body(#""stream": true, "max_tokens": 2"#))
        #expect(second.record.status == 200 && second.record.isStreamed)
        #expect(second.record.text.isEmpty, "nothing had to wait yet")
        for count in 1...3 {
            second.tick()
            #expect(second.record.writes.count == count, "a comment for every interval in which nothing else is said")
        }
        #expect(second.record.events.isEmpty, "comments are no events")
        #expect(second.record.text.hasPrefix(": "))
        gate.open()
        #expect(await first.ended().events.last == "[DONE]")
        let record = await second.ended()
        #expect(try record.chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }.joined() == "aa")
    }

    @Test func wire_59_overloadIs429WithRetryAfter() async throws {
        let (server, gate) = try held(waiting: 0)
        let first = server.send("POST", "/v1/chat/completions", body(#""max_tokens": 2"#))
        gate.waitUntilReached()
        for members in [#""max_tokens": 2"#, #""max_tokens": 2, "stream": true"#] {
            let refused = await server.post("/v1/chat/completions", body(members))
            #expect(refused.status == 429 && !refused.isStreamed)
            #expect(refused.fields["retry-after"].flatMap { Int($0) } ?? 0 >= 1)
            #expect(try refused.json["error"]?["code"] == "rate_limit_exceeded")
        }
        gate.open()
        #expect(await first.ended().status == 200)
    }

    @Test func aClientThatLeavesFreesItsPlace() async throws {
        let (server, gate) = try held(waiting: 0)
        let endless = body(#""max_tokens": 400, "stream": true"#)
        let first = server.send("POST", "/v1/chat/completions", endless)
        gate.waitUntilReached()
        first.closePeer()
        gate.open()
        var next = await server.post("/v1/chat/completions", body(#""max_tokens": 1"#))
        while next.status == 429 {
            await Task.yield()
            next = await server.post("/v1/chat/completions", body(#""max_tokens": 1"#))
        }
        #expect(next.status == 200)
        #expect(first.record.endings == 0 && first.record.events.isEmpty, "nothing is written to who has left")
        #expect(server.lines.text.contains("client left"))
    }

    @Test func wire_60_failureInAStreamIsAnEventThenDone() async throws {
        let server = try TestServer { position, _ in position < Self.promptTokens + 2 ? 0x61 : -1 }
        let record = await server.post("/v1/chat/completions", body(#""stream": true, "n": 2"#))
        #expect(record.status == 200)
        #expect(record.events.last == "[DONE]")
        #expect(record.events.filter { $0 == "[DONE]" }.count == 1)
        let last = try record.chunks.last
        #expect(last?["error"]?.objectValue?.keys == ["message", "type", "param", "code"])
        #expect(last?["error"]?["type"] == "server_error")
        #expect(record.endings == 1)
        let whole = await server.post("/v1/chat/completions", body(#""n": 2"#))
        #expect(whole.status == 500)
        #expect(try whole.json["error"]?["type"] == "server_error")
        #expect(whole.endings == 1)
    }

    @Test func aSlowReaderGetsFewerAndLargerChunks() async throws {
        let gate = Gate()
        let server = try TestServer { position, _ in
            if position == Self.promptTokens { gate.pass() }
            return position < Self.promptTokens + 30 ? 0x61 : ByteVocabulary.end
        }
        let exchange = server.send("POST", "/v1/chat/completions", body(#""stream": true"#))
        gate.waitUntilReached()
        await exchange.awaitPieces(1)
        exchange.setPending(501)
        gate.open()
        let chunks = try await exchange.ended().chunks
        let texts = chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }.filter { !$0.isEmpty }
        #expect(texts.joined() == String(repeating: "a", count: 31))
        #expect(texts.count == 2, "what came before the reader fell behind, and the rest")
    }

    @Test func aStreamThatFlowsNeedsNoComments() async throws {
        let gate = Gate()
        let server = try TestServer { position, _ in
            if position == Self.promptTokens + 1 { gate.pass() }
            return 0x61
        }
        let exchange = server.send("POST", "/v1/chat/completions", body(#""stream": true, "max_tokens": 4"#))
        gate.waitUntilReached()
        await exchange.awaitPieces(2)
        let writes = exchange.record.writes.count
        exchange.tick()
        #expect(exchange.record.writes.count == writes, "tokens were written since the last interval")
        exchange.tick()
        #expect(exchange.record.writes.last == Array(": keep-alive\n\n".utf8))
        gate.open()
        #expect(await exchange.ended().events.last == "[DONE]")
    }

    @Test func drainingEndsStreamsThatTakeTooLong() async throws {
        let (server, gate) = try held(waiting: 2)
        let stream = server.send("POST", "/v1/chat/completions", body(#""stream": true, "max_tokens": 400"#))
        gate.waitUntilReached()
        server.drainEngine(graceSeconds: 0)
        gate.open()
        let record = await stream.ended()
        #expect(record.events.last == "[DONE]")
        #expect(try record.chunks.last?["error"]?["code"] == "draining")
    }

    @Test func aStopStringCountsAsStopped() async throws {
        let (server, gate) = try held(waiting: 4)
        let exchange = server.send("POST", "/v1/chat/completions", body(#""stop": "aa", "max_tokens": 400"#))
        gate.waitUntilReached()
        gate.open()
        #expect(try await exchange.ended().json["choices"]?[0]?["finish_reason"] == "stop")
        func endings(_ reason: String, _ count: Int) -> Bool {
            let line =
                #"vllm:request_success_total{model_name="org/tiny",engine="0",finished_reason="\#(reason)"} \#(count)"#
            return server.send("GET", "/metrics").record.text.contains(line)
        }
        // The engine counts the ending after it has delivered the last token.
        while !endings("stop", 1) { await Task.yield() }
        #expect(endings("stop", 1) && endings("abort", 0))
    }

    @Test func keysCanBeReplacedWhileServing() throws {
        let server = try TestServer(TestServer.Options(keys: ["old"])) { _, _ in 0x61 }
        func status(_ key: String) -> Int? {
            server.send("GET", "/v1/models", fields: ["authorization": "Bearer \(key)"]).record.status
        }
        #expect(status("old") == 200 && status("new") == 401)
        server.service.replaceKeys(.init(keys: ["new"]))
        #expect(status("old") == 401 && status("new") == 200)
    }
}
