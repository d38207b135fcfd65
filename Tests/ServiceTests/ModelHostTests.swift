import Engine
import HTTP
import JSON
import Service
import Testing

/// The life of models in the catalogue, and requests while one takes the place of another.
@Suite struct ModelHostTests {
    private static let chat = "/v1/chat/completions"

    private static func body(_ members: String) -> String {
        #"{"messages": [{"role": "user", "content": "hi"}], "max_tokens": 4, \#(members)}"#
    }

    private func post(_ server: TestServer, _ members: String = #""stream": false"#) -> RecordingExchange {
        server.send("POST", Self.chat, Self.body(members))
    }

    /// A server whose first model stops at the gate before its first token, and says `a`.
    private func held() throws -> (server: TestServer, gate: Gate) {
        let gate = Gate()
        let server = try TestServer { position, _ in
            if position == 19 { gate.pass() }
            return 0x61
        }
        return (server, gate)
    }

    @Test func aLifeGoesOnlyOneWay() {
        let lives: [ModelLife] = [
            .loading(progress: "1 %"), .serving, .retiring, .gone, .failed(reason: "no file"),
        ]
        let next: [[ModelLife]] = [[lives[0], .serving, lives[4]], [.retiring], [.gone], [], []]
        for (life, allowed) in zip(lives, next) {
            for other in lives { #expect(life.canBecome(other) == allowed.contains(other), "\(life) → \(other)") }
        }
    }

    @Test func theCatalogueShowsEveryLife() throws {
        let host = ModelHost()
        #expect(host.models.isEmpty && !host.isServing && host.residentBytes == 0)
        let one = host.begin("one", memoryBytes: 7, cache: [:])
        #expect(host.models.map(\.life) == [.loading(progress: "starting")])
        host.report(one.id, loading: "50 %")
        #expect(host.models.map(\.life) == [.loading(progress: "50 %")])
        #expect(host.residentBytes == 0, "what is being loaded is no room taken from itself")
        host.fail(one.id, "no file")
        host.report(one.id, loading: "60 %")
        #expect(host.models.map(\.life) == [.failed(reason: "no file")])
        let two = host.begin("two", memoryBytes: 9, cache: [:])
        #expect(host.models.map(\.name) == ["two"], "why one failed has been told when the next begins")
        #expect(two.metrics.number == 0)
        #expect(host.begin("three", memoryBytes: 9, cache: [:]).metrics.number == 1)
        #expect(host.wait(forEndOf: one.id, seconds: 0), "a model that is not there is gone")
        #expect(!host.wait(forEndOf: two.id, seconds: 0))
    }

    @Test func requestsAreToldWhyThereIsNoModel() throws {
        let server = try TestServer(TestServer.Options(isLoaded: false)) { _, _ in 0x61 }
        let one = server.host.begin("one", memoryBytes: 0, cache: [:])
        server.host.report(one.id, loading: "12 %")
        let loading = post(server).record
        #expect(loading.status == 503 && loading.fields["retry-after"] == "1")
        #expect(try loading.json["error"]?["code"] == "loading" && loading.text.contains("12 %"))
        server.host.fail(one.id, "one.gguf: it is broken")
        let failed = post(server).record
        #expect(failed.status == 503 && failed.text.contains("one.gguf: it is broken"))
        #expect(try failed.json["error"]?["code"] == "model_failed")
    }

    @Test func anAnswerUnderWayIsFinishedByItsOwnModel() async throws {
        let (server, gate) = try held()
        let old = post(server, #""stream": true"#)
        gate.waitUntilReached()
        try server.replace(with: "next", fingerprint: "fp_n") { _, _ in 0x62 }
        #expect(server.host.models.map(\.life) == [.retiring, .serving])
        let new = await post(server).ended()
        #expect(new.status == 200)
        #expect(try new.json["choices"]?[0]?["message"]?["content"] == "bbbb")
        #expect(try new.json["model"] == "next" && new.json["system_fingerprint"] == "fp_n")
        #expect(old.record.endings == 0)
        gate.open()
        let chunks = try await old.ended().chunks
        #expect(chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }.joined() == "aaaa")
        #expect(chunks.allSatisfy { $0["model"] == "org/tiny" && $0["system_fingerprint"] == "fp_t" })
        #expect(chunks.compactMap { $0["choices"]?[0]?["finish_reason"]?.stringValue } == ["length"])
    }

    @Test func aRetiredModelGoesBehindItsLastAnswerAndItsMetricsWithIt() async throws {
        let (server, gate) = try held()
        weak let engine: Engine? = server.host.engines.first
        let answer = post(server)
        gate.waitUntilReached()
        let ids = server.host.retire()
        #expect(ids.count == 1 && server.host.retiring == ids)
        #expect(!server.host.wait(forEndOf: ids[0], seconds: 0) && engine != nil)
        #expect(metrics(server).contains(#"model_name="org/tiny""#))
        #expect(server.host.residentBytes == 1, "it holds its memory until it is gone")
        #expect(try post(server).record.json["error"]?["code"] == "loading")
        gate.open()
        #expect(try await answer.ended().json["choices"]?[0]?["message"]?["content"] == "aaaa")
        #expect(server.host.wait(forEndOf: ids[0], seconds: 60))
        #expect(engine == nil && server.host.models.isEmpty && server.host.residentBytes == 0)
        #expect(!metrics(server).contains(#"model_name="#))
    }

    @Test func aModelThatNobodyAsksGoesAtOnce() throws {
        let server = try TestServer { _, _ in 0x61 }
        let first = server.host.engines.count
        let ids = server.host.retire()
        #expect(first == 1 && server.host.wait(forEndOf: ids[0], seconds: 60))
        #expect(server.host.models.isEmpty && server.host.engines.isEmpty)
    }

    @Test func modelsOfOneNameAreToldApartByTheirNumber() async throws {
        let (server, gate) = try held()
        let answer = post(server)
        gate.waitUntilReached()
        try server.replace(with: "org/tiny", fingerprint: "fp_n") { _, _ in 0x62 }
        for number in 0...1 {
            #expect(
                metrics(server).contains(#"vllm:request_params_n_count{model_name="org/tiny",engine="\#(number)"}"#))
        }
        #expect(metrics(server).split(separator: "# TYPE vllm:request_params_n ").count == 2, "a family is told once")
        gate.open()
        _ = await answer.ended()
    }

    @Test func manyReplacementsUnderRequestsLoseNone() async throws {
        let server = try TestServer { _, _ in 0x61 }
        let statuses = try await withThrowingTaskGroup(of: Bool.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for _ in 0..<50 {
                        let record = await self.post(server, #""stream": \#(worker % 2 == 0)"#).ended()
                        // Every text, name and fingerprint is that of one model.
                        let text = record.text
                        let isOld = text.contains("fp_even") || text.contains("fp_t")
                        guard record.status == 200, isOld != text.contains("fp_odd") else { return false }
                    }
                    return true
                }
            }
            for round in 1...10 {
                try server.replace(with: "m\(round)", fingerprint: round % 2 == 0 ? "fp_even" : "fp_odd") { _, _ in 0x62
                }
                _ = await post(server).ended()
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == [true, true, true, true])
        for id in server.host.retiring { #expect(server.host.wait(forEndOf: id, seconds: 60)) }
        #expect(server.host.models.map(\.name) == ["m10"])
    }

    @Test func aStoppingServerTakesNoOtherModel() throws {
        let server = try TestServer { _, _ in 0x61 }
        server.host.drain()
        let next = server.host.begin("next", memoryBytes: 0, cache: [:])
        let backend = try TestServer.backend(
            TestServer.Options(), next, server.host, server.log, name: "next", fingerprint: "fp_n"
        ) { _, _ in 0x62 }
        #expect(!server.host.serve(backend, as: next.id))
        #expect(try post(server).record.json["error"]?["code"] == "draining")
        #expect(server.send("GET", "/v1/models").record.text.contains("org/tiny"))
    }

    @Test func aRetryNeverJoinsAnAnswerOfTheModelBefore() async throws {
        let (server, gate) = try held()
        func attempt(_ count: Int) -> RecordingExchange {
            let fields: Fields = ["content-type": "application/json", "x-stainless-retry-count": "\(count)"]
            return server.send("POST", Self.chat, Self.body(#""stream": false"#), fields: fields)
        }
        let first = attempt(0)
        gate.waitUntilReached()
        try server.replace(with: "next", fingerprint: "fp_n") { _, _ in 0x62 }
        let second = await attempt(1).ended()
        #expect(try second.json["system_fingerprint"] == "fp_n")
        #expect(second.fields["x-michat-absorbed"] == nil)
        gate.open()
        #expect(try await first.ended().json["system_fingerprint"] == "fp_t")
    }

    @Test func anEngineThatIsSilentIsNoticedWhicheverModelItIsOf() async throws {
        let (server, gate) = try held()
        let answer = post(server)
        gate.waitUntilReached()
        try server.replace(with: "next", fingerprint: "fp_n") { _, _ in 0x62 }
        let now = Double.greatestFiniteMagnitude.squareRoot()
        #expect(!server.host.isAlive(stuckSeconds: 1, now: now))
        #expect(server.host.isAlive(stuckSeconds: .infinity, now: now))
        gate.open()
        _ = await answer.ended()
    }

    private func metrics(_ server: TestServer) -> String { server.send("GET", "/metrics").record.text }
}
