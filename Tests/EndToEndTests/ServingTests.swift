import Foundation
import JSON
import Testing

/// The program as a client sees it: a real process, a real socket, a small real model.
@Suite(.serialized) struct ServingTests {
    static func question(
        _ text: String = "Tell me about rivers.", tokens: Int = 24, stream: Bool = false, more: String = ""
    ) -> String {
        """
        {"model":"default","messages":[{"role":"user","content":"\(text)"}],"max_tokens":\(tokens),"temperature":0,\
        "ignore_eos":true,"stream":\(stream)\(more)}
        """
    }

    private static let chat = "/v1/chat/completions"

    static func content(_ reply: Reply) throws -> String {
        try reply.json()["choices"]?[0]?["message"]?["content"]?.stringValue ?? "nothing"
    }

    @Test func itIsAliveReadyAndNamesItsModel() throws {
        let server = try ServerProcess()
        #expect(try server.reply("GET", "/health").status == 200)
        #expect(try server.reply("GET", "/ready").status == 200)
        let models = try server.reply("GET", "/v1/models").json()
        #expect(models["data"]?[0]?["id"]?.stringValue == "llama-tiny-Q8_0")
        #expect(try server.reply("GET", "/v1/models/llama-tiny-Q8_0").status == 200)
        #expect(try server.reply("GET", "/nowhere").status == 404)
        #expect(try CommandRun(["health", "--url", "http://127.0.0.1:\(server.port ?? 0)"]).code == 0)
    }

    @Test func aStreamJoinsToTheWholeAnswer() throws {
        let server = try ServerProcess()
        let whole = try server.reply("POST", Self.chat, Self.question())
        #expect(whole.status == 200)
        let stream = try server.reply("POST", Self.chat, Self.question(stream: true))
        #expect(stream.fields["content-type"] == "text/event-stream")
        #expect(try stream.streamedText() == Self.content(whole))
        #expect(stream.body.hasSuffix("data: [DONE]\n\n"))
        #expect(stream.body.components(separatedBy: "[DONE]").count == 2)
        let finish = try stream.events().compactMap { $0["choices"]?[0]?["finish_reason"]?.stringValue }
        #expect(finish == ["length"])
        #expect(try whole.json()["usage"]?["completion_tokens"]?.intValue == 24)
    }

    @Test func bytesMayComeOneByOneAndRequestsTogether() throws {
        let server = try ServerProcess()
        let expected = try Self.content(server.reply("POST", Self.chat, Self.question()))
        let slow = try server.connect()
        for byte in Client.request("POST", Self.chat, Self.question()) { try slow.send(bytes: [byte]) }
        #expect(try Self.content(slow.readReply()) == expected)
        let request = Client.request("POST", Self.chat, Self.question())
        try slow.send(bytes: request + request + Client.request("GET", "/health", ""))
        #expect(try Self.content(slow.readReply()) == expected)
        #expect(try Self.content(slow.readReply()) == expected)
        #expect(try slow.readReply().status == 200)
    }

    @Test func whatAClientLeavesBehindIsFreed() throws {
        let server = try ServerProcess(
            ["--engine.max_running", "1", "--engine.max_waiting", "0"], model: ServerProcess.slowModel)
        do {
            let leaver = try server.connect()
            try leaver.send("POST", Self.chat, Self.question(tokens: 8000, stream: true))
            try leaver.wait(for: #""content":""#)
        }
        // The only place is free again as soon as the engine has noticed; until then the answer is 429.
        var statuses: Set<Int> = []
        for _ in 0..<100_000 where !statuses.contains(200) {
            statuses.insert(try server.reply("POST", Self.chat, Self.question(tokens: 1)).status)
        }
        #expect(statuses.contains(200))
        #expect(statuses.isSubset(of: [200, 429]))
        let metrics = try server.reply("GET", "/metrics").body
        let tokens = metrics.firstMatch(of: /vllm:generation_tokens_total\{[^}]*\} (\d+)/).flatMap { Int($0.1) }
        #expect((tokens ?? .max) < 8000, "the stream must have been cut short")
    }

    /// vLLM's dashboards work out the cache's size from these.
    @Test func part4_metricsDescribeTheCache() throws {
        let metrics = try ServerProcess(["--engine.page_tokens", "64"]).reply("GET", "/metrics").body
        #expect(metrics.contains(/vllm:cache_config_info\{[^}]*block_size="64"[^}]*num_gpu_blocks="\d+"[^}]*\} 1\n/))
    }

    @Test func aFullQueueIsRefusedWithTheTimeToTryAgain() throws {
        let server = try ServerProcess(
            ["--engine.max_running", "1", "--engine.max_waiting", "1"], model: ServerProcess.slowModel)
        var running: Client? = try server.connect()
        try running?.send("POST", Self.chat, Self.question(tokens: 8000, stream: true))
        try running?.wait(for: "HTTP/1.1 200")
        let waiting = try server.connect()
        try waiting.send("POST", Self.chat, Self.question(tokens: 2, stream: true))
        try waiting.wait(for: "HTTP/1.1 200")
        let refused = try server.reply("POST", Self.chat, Self.question(tokens: 2))
        #expect(refused.status == 429)
        #expect(Int(refused.fields["retry-after"] ?? "").map { $0 > 0 } == true)
        #expect(try refused.json()["error"]?["message"]?.stringValue != nil)
        // The one that ran leaves, and the one that waited gets its turn.
        running = nil
        #expect(try waiting.readReply().body.hasSuffix("data: [DONE]\n\n"))
    }

    @Test func onlyKnownNamesOfTheServerAreServed() throws {
        let server = try ServerProcess(["--http.allowed_hosts", "chat.example"])
        for (host, status) in [("evil.example", 403), ("chat.example:1", 200), ("127.0.0.1", 200)] {
            let client = try server.connect()
            try client.send(bytes: Array("GET /health HTTP/1.1\r\nhost: \(host)\r\n\r\n".utf8))
            let reply = try client.readReply()
            #expect(reply.status == status, "\(host)")
            guard status == 403 else { continue }
            #expect(try reply.json()["error"]?["code"]?.stringValue == "host_not_allowed")
        }
    }

    @Test func keysAreAskedForBeforeTheBody() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try "first-key\n\nsecond-key\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let server = try ServerProcess(["--api-key-file", file.path])
        let client = try server.connect()
        let lines = [
            "POST \(Self.chat) HTTP/1.1", "host: localhost", "content-type: application/json", "content-length: 999",
        ]
        try client.send(bytes: Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        let refused = try client.readReply()
        #expect(refused.status == 401)
        #expect(try refused.json()["error"]?["code"]?.stringValue == "invalid_api_key")
        for key in ["first-key", "second-key"] {
            let fields = ["authorization: Bearer \(key)"]
            #expect(try server.reply("POST", Self.chat, Self.question(), fields: fields).status == 200)
        }
        #expect(try server.reply("GET", "/v1/models", fields: ["authorization: Bearer first-ke"]).status == 401)
        #expect(try server.reply("GET", "/metrics").status == 401)
        #expect(try server.reply("GET", "/health").status == 200)
        #expect(!server.log.contains("first-key"))
    }

    @Test func thirtyTwoAtOnceAndARestartGiveTheSameBytes() throws {
        func texts(_ server: ServerProcess, together: Bool) throws -> [String] {
            let questions = (0..<32).map {
                Self.question("Question number \($0 % 16) about rivers and \($0).", tokens: 16 + $0)
            }
            if !together { return try questions.map { try Self.content(server.reply("POST", Self.chat, $0)) } }
            let clients = try questions.map { question in
                let client = try server.connect()
                try client.send("POST", Self.chat, question)
                return client
            }
            return try clients.map { try Self.content($0.readReply()) }
        }
        let first = try ServerProcess(["--threads", "1"])
        let alone = try texts(first, together: false)
        #expect(Set(alone).count > 1)
        #expect(try texts(first, together: true) == alone)
        let second = try ServerProcess(["--threads", "2", "--engine.step_tokens", "65"])
        #expect(try texts(second, together: true) == alone)
        #expect(try texts(second, together: false) == alone)
    }

    @Test func nothingThatAUserSaidIsLogged() throws {
        let server = try ServerProcess(["--log.trace_requests", "true", "--log.level", "debug"])
        #expect(try server.reply("POST", Self.chat, Self.question("xyzzyplugh")).status == 200)
        #expect(try server.reply("POST", Self.chat, #"{"xyzzyplugh": tru"#).status == 400)
        #expect(try server.reply("POST", "/v1/completions", #"{"prompt":"xyzzyplugh","max_tokens":2}"#).status == 200)
        server.signal(SIGTERM)
        #expect(server.exitCode() == 0)
        #expect(!server.log.contains("xyzzyplugh"))
    }
}
