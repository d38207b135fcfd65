import HTTP
import JSON
import Testing

/// `/v1/completions` from body to bytes.
@Suite struct CompletionEndpointTests {
    private func text(_ record: RecordingExchange.Record) throws -> [String?] {
        try (record.json["choices"]?.arrayValue ?? []).map { $0["text"]?.stringValue }
    }

    private func echoing() throws -> TestServer { try TestServer { _, token in token + 1 } }

    @Test func wire_12_63_formsOfPrompts() async throws {
        let server = try echoing()
        let one = await server.post("/v1/completions", #"{"prompt": "ab", "max_tokens": 2}"#)
        #expect(try one.json["object"] == "text_completion")
        #expect(try one.json["id"]?.stringValue?.hasPrefix("cmpl-") == true)
        #expect(try text(one) == ["cd"])
        let several = await server.post("/v1/completions", #"{"prompt": ["a", "x"], "max_tokens": 2, "n": 2}"#)
        #expect(try text(several) == ["bc", "bc", "yz", "yz"])
        #expect(try several.json["choices"]?.arrayValue?.map { $0["index"]?.intValue } == [0, 1, 2, 3])
        #expect(try several.json["usage"]?["prompt_tokens"] == 2)
        #expect(try several.json["usage"]?["completion_tokens"] == 8)
        let tokens = await server.post("/v1/completions", #"{"prompt": [[97], [65, 66]], "max_tokens": 1}"#)
        #expect(try text(tokens) == ["b", "C"])
        #expect(try text(await server.post("/v1/completions", #"{"prompt": "a"}"#)) == ["bcdefghijklmnopq"])
    }

    @Test func theUsualLimitShrinksToWhatIsLeftOfTheContext() async throws {
        let server = try TestServer(TestServer.Options(context: 20)) { _, _ in 0x61 }
        let long = String(repeating: "b", count: 12)
        let record = await server.post("/v1/completions", #"{"prompt": ["\#(long)", "b"]}"#)
        let texts = try text(record).map { $0?.utf8.count }
        #expect(texts == [8, 16], "each prompt has the room it would have alone")
        let named = await server.post("/v1/completions", #"{"prompt": "\#(long)", "max_tokens": 16}"#)
        #expect(named.status == 200 && named.fields["x-michat-max-tokens"] == "8")
        #expect(try text(named).map { $0?.utf8.count } == [8])
    }

    /// Agents ask for 32,000 tokens: each prompt gets the room that it has, and the head names the smallest.
    @Test(arguments: [false, true]) func c2_eachPromptIsCutToItsOwnRoom(isStreamed: Bool) async throws {
        let server = try TestServer(TestServer.Options(context: 120)) { _, _ in 0x61 }
        let long = String(repeating: "b", count: 72)
        let body = #"{"prompt": ["b", "\#(long)"], "max_tokens": 32000, "stream": \#(isStreamed)}"#
        let record = await server.post("/v1/completions", body)
        #expect(record.status == 200 && record.fields["x-michat-max-tokens"] == "48")
        var lengths = [0, 0]
        for part in isStreamed ? try record.chunks : [try record.json] {
            for choice in part["choices"]?.arrayValue ?? [] {
                guard let index = choice["index"]?.intValue else { continue }
                lengths[Int(index)] += choice["text"]?.stringValue?.utf8.count ?? 0
            }
        }
        #expect(lengths == [119, 48])
    }

    @Test func wire_48_legacyLogprobs() async throws {
        let json = try await echoing().post("/v1/completions", #"{"prompt": "a", "max_tokens": 2, "logprobs": 2}"#).json
        let logprobs = json["choices"]?[0]?["logprobs"]
        #expect(logprobs?["tokens"] == ["b", "c"])
        #expect(logprobs?["text_offset"] == [0, 1])
        #expect(logprobs?["top_logprobs"]?[0]?.objectValue?.count == 2)
        #expect(logprobs?["token_logprobs"]?.arrayValue?.allSatisfy { ($0.doubleValue ?? 1) < 0 } == true)
    }

    @Test(arguments: [0, 1]) func wire_63_echoWithLogprobsScoresThePrompt(maximum: Int) async throws {
        let members = #""prompt": "ac", "echo": true, "logprobs": 1, "max_tokens": \#(maximum)"#
        let json = try await echoing().post("/v1/completions", "{\(members)}").json
        let choice = json["choices"]?[0]
        #expect(choice?["text"]?.stringValue == (maximum == 0 ? "ac" : "acd"))
        #expect(choice?["finish_reason"] == "length")
        let logprobs = choice?["logprobs"]
        #expect(logprobs?["tokens"]?.arrayValue?.count == 2 + maximum)
        #expect(logprobs?["token_logprobs"]?[0]?.isNull == true)
        let second = logprobs?["token_logprobs"]?[1]?.doubleValue ?? 0
        #expect(second < -8, "after 'a' the model expects 'b', not 'c'")
        #expect(logprobs?["top_logprobs"]?[1]?.objectValue?.keys == ["b", "c"], "the likeliest, and what is there")
        #expect(json["usage"]?["completion_tokens"]?.intValue == Int64(maximum))
    }

    @Test func echoWithoutLogprobsAndStreamed() async throws {
        let server = try echoing()
        let whole = await server.post("/v1/completions", #"{"prompt": "ab", "echo": true, "max_tokens": 2}"#)
        #expect(try text(whole) == ["abcd"])
        let body = #"{"prompt": "ab", "echo": true, "max_tokens": 2, "stream": true, "logprobs": 0}"#
        let chunks = try await server.post("/v1/completions", body).chunks
        #expect(chunks.allSatisfy { $0["object"] == "text_completion" })
        #expect(chunks.compactMap { $0["choices"]?[0]?["text"]?.stringValue }.joined() == "abcd")
        let offsets = chunks.flatMap { $0["choices"]?[0]?["logprobs"]?["text_offset"]?.arrayValue ?? [] }
        #expect(offsets == [0, 1, 2, 3])
        #expect(chunks.last?["choices"]?[0]?["finish_reason"] == "length")
    }

    @Test func bestOfReturnsTheLikeliest() async throws {
        let body = #"{"prompt": "a", "max_tokens": 3, "best_of": 4, "n": 2, "temperature": 2, "seed": 3}"#
        let json = try await echoing().post("/v1/completions", body).json
        #expect(json["choices"]?.arrayValue?.map { $0["index"]?.intValue } == [0, 1])
        #expect(json["usage"]?["completion_tokens"]?.intValue == 12, "every candidate was generated")
    }

    @Test func promptLogprobsInVLLMsShape() async throws {
        let json = try await echoing().post(
            "/v1/completions", #"{"prompt": "ab", "max_tokens": 1, "prompt_logprobs": 1}"#
        ).json
        let entries = json["choices"]?[0]?["prompt_logprobs"]?.arrayValue
        #expect(entries?.count == 2)
        #expect(entries?.first?.isNull == true)
        #expect(entries?.last?["98"]?["decoded_token"] == "b")
        #expect(entries?.last?["98"]?["rank"] == 1)
        #expect(json["choices"]?[0]?["logprobs"]?.isNull == true)
    }

    @Test func anEmptyPromptBeginsWhereTextsBegin() async throws {
        let json = try await TestServer { _, _ in 0x61 }.post(
            "/v1/completions", #"{"prompt": "", "max_tokens": 1, "echo": true}"#
        ).json
        #expect(json["choices"]?[0]?["text"] == "a")
        #expect(json["usage"]?["prompt_tokens"] == 1)
    }

    @Test func theBeginTokenIsPutOnceWhereTheModelWantsIt() async throws {
        let server = try TestServer(TestServer.Options(addBOS: true)) { _, _ in 0x61 }
        func count(_ path: String, _ body: String) async throws -> JSONValue? {
            try await server.post(path, body).json["usage"]?["prompt_tokens"]
        }
        #expect(try await count("/v1/completions", #"{"prompt": "ab", "max_tokens": 1}"#) == 3)
        #expect(try await count("/v1/completions", #"{"prompt": [97], "max_tokens": 1}"#) == 1)
        let body = #"{"messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}"#
        #expect(try await count("/v1/chat/completions", body) == 21)
        let writes = TestServer.Options(addBOS: true, template: "{{ bos_token }}{{ messages[0].content }}")
        let other = try TestServer(writes) { _, _ in 0x61 }
        #expect(try await other.post("/v1/chat/completions", body).json["usage"]?["prompt_tokens"] == 3)
    }
}
