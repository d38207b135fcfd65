import HTTP
import JSON
import OpenAI
import Testing

/// `/v1/chat/completions` from body to bytes, over a real engine with a scripted model.
@Suite struct ChatEndpointTests {
    /// `[user]hi\n[assistant]` in bytes.
    private static let promptTokens = 20
    private static let hello = Array("Hello".utf8).map(Int32.init) + [261, 262]

    private func body(_ members: String) -> String {
        let extra = members.isEmpty ? "" : ", " + members
        return #"{"model": "default", "messages": [{"role": "user", "content": "hi"}]"# + extra + "}"
    }

    private func server(_ options: TestServer.Options = TestServer.Options()) throws -> TestServer {
        try TestServer.saying(Self.hello, after: Self.promptTokens, options)
    }

    @Test func wire_12_28_22_wholeAnswer() async throws {
        let record = try await server().post("/v1/chat/completions", body(""))
        #expect(record.status == 200)
        #expect(record.fields["content-type"] == "application/json")
        let json = try record.json
        #expect(json["object"] == "chat.completion")
        #expect(json["model"] == "org/tiny")
        #expect(json["system_fingerprint"] == "fp_t")
        #expect(json["id"]?.stringValue?.hasPrefix("chatcmpl-") == true)
        #expect(json["id"]?.stringValue?.utf8.count == 9 + 32)
        let choice = json["choices"]?[0]
        #expect(choice?["message"] == ["role": "assistant", "content": "Hello😀", "refusal": nil])
        #expect(choice?["finish_reason"] == "stop")
        #expect(choice?["logprobs"]?.isNull == true)
        #expect(json["usage"]?["prompt_tokens"] == 20)
        #expect(json["usage"]?["completion_tokens"] == 8, "seven and the end token")
        #expect(json["usage"]?["total_tokens"] == 28)
    }

    @Test func wire_01_02_03_06_streamFraming() async throws {
        let record = try await server().post("/v1/chat/completions", body(#""stream": true"#))
        #expect(record.status == 200 && record.isStreamed)
        #expect(record.fields["content-type"]?.hasPrefix("text/event-stream") == true)
        #expect(record.fields["cache-control"] == "no-cache")
        #expect(record.fields["content-length"] == nil)
        #expect(record.writes.first?.starts(with: Array("data: ".utf8)) == true, "no comment where nothing had to wait")
        #expect(!record.body.contains(13), "LF only")
        #expect(record.text.hasSuffix("data: [DONE]\n\n"))
        #expect(record.events.filter { $0 == "[DONE]" }.count == 1)
        #expect(record.events.allSatisfy { !$0.hasPrefix("malformed") })
        #expect(record.endings == 1)
    }

    @Test func wire_13_to_20_chunks() async throws {
        let record = try await server().post("/v1/chat/completions", body(#""stream": true"#))
        let chunks = try record.chunks
        for name in ["id", "created", "model", "system_fingerprint", "object"] {
            #expect(Set(chunks.map { $0[name]?.serialized() }).count == 1, "\(name)")
        }
        #expect(chunks.allSatisfy { $0["object"] == "chat.completion.chunk" && $0["choices"]?.arrayValue?.count == 1 })
        #expect(chunks.allSatisfy { $0["usage"] == nil })
        #expect(chunks[0]["choices"]?[0]?["delta"] == ["role": "assistant", "content": "", "refusal": nil])
        let deltas = chunks.dropFirst().dropLast().map { $0["choices"]?[0]?["delta"] }
        #expect(deltas.allSatisfy { $0?["role"] == nil && $0?["content"]?.stringValue?.isEmpty == false })
        #expect(deltas.compactMap { $0?["content"]?.stringValue }.joined() == "Hello😀")
        let reasons = chunks.map { $0["choices"]?[0]?["finish_reason"] }
        #expect(reasons.dropLast().allSatisfy { $0?.isNull == true })
        #expect(reasons.last == .some("stop"))
        #expect(chunks.last?["choices"]?[0]?["delta"] == [:])
    }

    @Test func wire_20_usageChunk() async throws {
        let members = #""stream": true, "stream_options": {"include_usage": true}"#
        let server = try server()
        let streamed = try await server.post("/v1/chat/completions", body(members)).chunks
        let whole = try await server.post("/v1/chat/completions", body("")).json
        #expect(streamed.last?["choices"] == [])
        #expect(streamed.last?["usage"]?["total_tokens"] == whole["usage"]?["total_tokens"])
        #expect(streamed.last?["usage"]?["completion_tokens_details"]?["reasoning_tokens"] == 0)
        #expect(streamed.dropLast().allSatisfy { $0["usage"]?.isNull == true })
        let continuous = #""stream": true, "stream_options": {"continuous_usage_stats": true}"#
        let counted = try await server.post("/v1/chat/completions", body(continuous)).chunks
        #expect(counted.allSatisfy { $0["usage"]?["prompt_tokens"] == 20 })
        #expect(counted.last?["choices"]?[0]?["finish_reason"] == "stop")
        #expect(counted.last?["usage"]?["completion_tokens"] == 8)
    }

    @Test func wire_17_choicesInterleaveByIndex() async throws {
        let members = #""n": 3, "stream": true, "stream_options": {"include_usage": true}"#
        let chunks = try await server().post("/v1/chat/completions", body(members)).chunks
        for index in 0..<3 {
            let own = chunks.filter { $0["choices"]?[0]?["index"]?.intValue == Int64(index) }
            #expect(own.first?["choices"]?[0]?["delta"]?["role"] == "assistant")
            #expect(own.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }.joined() == "Hello😀")
            #expect(own.filter { $0["choices"]?[0]?["finish_reason"]?.isNull == false }.count == 1)
        }
        #expect(chunks.last?["usage"]?["completion_tokens"] == 24)
        #expect(chunks.last?["usage"]?["prompt_tokens"] == 20)
        let whole = try await server().post("/v1/chat/completions", body(#""n": 3"#)).json
        #expect(whole["choices"]?.arrayValue?.map { $0["index"]?.intValue } == [0, 1, 2])
        #expect(whole["usage"]?["completion_tokens"] == 24)
    }

    @Test func wire_26_stopStringEndsTheAnswerAndTheEngineStops() async throws {
        let server = try TestServer { _, _ in 0x61 }
        let record = await server.post("/v1/chat/completions", body(#""stop": ["aaa"], "stream": true"#))
        let chunks = try record.chunks
        #expect(chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }.joined() == "")
        #expect(chunks.last?["choices"]?[0]?["finish_reason"] == "stop")
        let whole = try await server.post(
            "/v1/chat/completions", body(#""stop": "aaa", "include_stop_str_in_output": true"#)
        ).json
        #expect(whole["choices"]?[0]?["message"]?["content"] == "aaa")
        #expect(whole["usage"]?["completion_tokens"] == 3)
    }

    @Test func wire_24_27_lengthWhenALimitIsReached() async throws {
        let server = try TestServer { _, _ in 0x61 }
        let limited = try await server.post("/v1/chat/completions", body(#""max_tokens": 4"#)).json
        #expect(limited["choices"]?[0]?["message"]?["content"] == "aaaa")
        #expect(limited["choices"]?[0]?["finish_reason"] == "length")
        let full = try await server.post("/v1/chat/completions", body("")).json
        #expect(full["choices"]?[0]?["finish_reason"] == "length")
        #expect(full["usage"]?["total_tokens"] == 512, "as much as the context holds")
    }

    @Test func wire_45_to_48_logprobsStreamedAndWhole() async throws {
        let members = #""logprobs": true, "top_logprobs": 2"#
        let server = try server()
        let whole = try await server.post("/v1/chat/completions", body(members)).json
        let entries = whole["choices"]?[0]?["logprobs"]?["content"]?.arrayValue ?? []
        #expect(entries.count == 7)
        #expect(entries.allSatisfy { $0["top_logprobs"]?.arrayValue?.count == 2 })
        let bytes = entries.flatMap { $0["bytes"]?.arrayValue ?? [] }.compactMap(\.intValue)
        #expect(bytes == Array("Hello😀".utf8).map(Int64.init))
        let chunks = try await server.post("/v1/chat/completions", body(members + #", "stream": true"#)).chunks
        let streamed = chunks.flatMap { $0["choices"]?[0]?["logprobs"]?["content"]?.arrayValue ?? [] }
        #expect(streamed == entries)
    }

    @Test func wire_55_tokenIdsOfEachChoice() async throws {
        let server = try server()
        let whole = try await server.post("/v1/chat/completions", body(#""return_token_ids": true"#)).json
        let ids = (Self.hello + [ByteVocabulary.end]).map { JSONValue.int(Int64($0)) }
        #expect(whole["choices"]?[0]?["token_ids"] == .array(ids))
        let chunks = try await server.post("/v1/chat/completions", body(#""return_token_ids": true, "stream": true"#))
            .chunks
        #expect(chunks.flatMap { $0["choices"]?[0]?["token_ids"]?.arrayValue ?? [] } == ids)
    }

    @Test func wire_52_ignoredFieldsAreNamedInTheHead() async throws {
        let odd = #""mirostat": 1, "a,b\r\nc": 2"#
        let record = try await server().post("/v1/chat/completions", body(odd))
        #expect(record.fields["x-michat-ignored"] == "mirostat, a%2cb%0d%0ac")
        let streamed = try await server().post("/v1/chat/completions", body(#""mirostat": 1, "stream": true"#))
        #expect(streamed.fields["x-michat-ignored"] == "mirostat")
        let strict = try server(TestServer.Options(strictFields: true))
        #expect(await strict.post("/v1/chat/completions", body(#""mirostat": 1"#)).status == 400)
    }

    @Test func wire_58_promptTooLongNamesBothCounts() async throws {
        for members in [#""max_tokens": 600"#, #""max_tokens": 600, "stream": true"#] {
            let strict = try server(TestServer.Options(strictFields: true))
            let record = await strict.post("/v1/chat/completions", body(members))
            #expect(record.status == 400 && !record.isStreamed)
            let error = try record.json["error"]
            #expect(error?["code"] == "context_length_exceeded")
            #expect(error?["message"]?.stringValue?.contains("512") == true)
            #expect(error?["message"]?.stringValue?.contains("620") == true)
        }
        let long = String(repeating: "x", count: 100_000)
        let text = #"{"messages": [{"role": "user", "content": "\#(long)"}]}"#
        #expect(
            try await server().post("/v1/chat/completions", text).json["error"]?["code"] == "context_length_exceeded")
    }

    @Test func c2_moreTokensThanThereIsRoomForAreCutToTheRoom() async throws {
        let endless = try TestServer { _, _ in 0x61 }
        let room = 512 - Self.promptTokens
        for asked in [room + 1, 32_000, 2_000_000] {
            let whole = await endless.post("/v1/chat/completions", body(#""max_tokens": \#(asked)"#))
            #expect(whole.status == 200 && whole.fields["x-michat-max-tokens"] == "\(room)")
            #expect(try whole.json["choices"]?[0]?["finish_reason"] == "length")
            #expect(try whole.json["usage"]?["completion_tokens"] == .int(Int64(room)))
            let streamed = await endless.post(
                "/v1/chat/completions", body(#""stream": true, "max_completion_tokens": \#(asked)"#))
            #expect(streamed.fields["x-michat-max-tokens"] == "\(room)" && streamed.events.last == "[DONE]")
        }
        let fitting = await endless.post("/v1/chat/completions", body(#""max_tokens": \#(room)"#))
        #expect(fitting.status == 200 && fitting.fields["x-michat-max-tokens"] == nil)
        let several = await endless.post("/v1/completions", #"{"prompt": ["ab", "abcd"], "max_tokens": 510}"#)
        #expect(several.status == 200 && several.fields["x-michat-max-tokens"] == "508")
        #expect(try several.json["usage"]?["completion_tokens"] == .int(510 + 508))
        let long = String(repeating: "x", count: 600)
        let refused = await endless.post("/v1/completions", #"{"prompt": "\#(long)", "max_tokens": 32000}"#)
        #expect(refused.status == 400, "a prompt without room for an answer is refused")
    }

    @Test func wire_57_unknownModelIs404AndDefaultIsAnswered() async throws {
        let text = #"{"model": "gpt-4", "messages": [{"role": "user", "content": "hi"}]}"#
        let record = try await server().post("/v1/chat/completions", text)
        #expect(record.status == 404)
        #expect(try record.json["error"]?["code"] == "model_not_found")
        for name in ["default", "org/tiny"] {
            let text = #"{"model": "\#(name)", "messages": [{"role": "user", "content": "hi"}]}"#
            #expect(try await server().post("/v1/chat/completions", text).status == 200)
        }
    }

    @Test func continuingAMessageCutsThePromptBehindIt() async throws {
        let server = try TestServer { _, _ in 0x61 }
        let text = #"""
            {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "so "}],
             "continue_final_message": true, "max_tokens": 1}
            """#
        let json = try await server.post("/v1/chat/completions", text).json
        #expect(json["usage"]?["prompt_tokens"] == 22, "[user]hi\\n[assistant]so without what follows")
    }

    /// Long runs of one letter make a naive search take minutes.
    @Test func continuingALongMessageFindsItsLastOccurrence() async throws {
        var options = TestServer.Options()
        options.template = "{% for m in messages %}[{{ m.role }}]{{ m.content | trim }}{% endfor %}!"
        options.context = 200_000
        let server = try TestServer(options) { _, _ in 0x61 }
        let run = String(repeating: "a", count: 200_000)
        func continued(_ content: String) async -> RecordingExchange.Record {
            let first = #"{"role": "user", "content": "\#(run)\#(run)"}"#
            let last = #"{"role": "assistant", "content": "\#(content)"}"#
            let members = #""continue_final_message": true, "add_generation_prompt": false"#
            return await server.post("/apply-template", #"{"messages": [\#(first), \#(last)], \#(members)}"#)
        }
        let found = try await continued(run + " ").json["prompt"]?.stringValue
        #expect(found == "[user]\(run)\(run)[assistant]\(run)")
        let changed = await continued(" " + run)
        #expect(changed.status == 400, "the template has removed the blank")
        #expect(try changed.json["error"]?["param"] == "continue_final_message")
    }

    @Test func hostileBodiesGetAClearError() async throws {
        let server = try server()
        let deep = String(repeating: "[", count: 100_000)
        for text in ["", "{", "nul", deep, "{\"messages\": \(deep)", "{\u{FEFF}}", #"{"a":1,"a":2}"#, #"{"n": 1e400}"#]
        {
            let record = await server.post("/v1/chat/completions", text)
            #expect(record.status == 400)
            #expect(try record.json["error"]?["code"] == "invalid_json")
        }
    }

    @Test func aDrawnSeedIsLoggedAndMakesTheSameAnswerAgain() async throws {
        let server = try TestServer { _, _ in 0x61 }
        let members = #""temperature": 2, "max_tokens": 40"#
        let drawn = try await server.post("/v1/chat/completions", body(members)).json
        let seed = try #require(server.lines.text.firstMatch(of: /seed=(-?\d+)/)?.1)
        #expect(Int64(seed).map { 0..<(1 << 53) ~= $0 } == true, "every reader of JSON keeps such a number in full")
        let again = try await server.post("/v1/chat/completions", body(members + ", \"seed\": \(seed)")).json
        #expect(again["choices"]?[0]?["message"] == drawn["choices"]?[0]?["message"])
    }

    @Test func tokensWithoutTextKeepTheirReportsInAStream() async throws {
        let said = [ByteVocabulary.mark, 0x61, ByteVocabulary.mark, 0x62]
        let server = try TestServer.saying(said, after: Self.promptTokens)
        let members = #""logprobs": true, "return_token_ids": true, "stream": true"#
        let chunks = try await server.post("/v1/chat/completions", body(members)).chunks
        let entries = chunks.flatMap { $0["choices"]?[0]?["logprobs"]?["content"]?.arrayValue ?? [] }
        #expect(entries.map { $0["token"]?.stringValue } == ["", "a", "", "b"])
        let deltas = chunks.dropFirst().dropLast().map { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }
        #expect(deltas == ["a", "b"])
        #expect(chunks.flatMap { $0["choices"]?[0]?["token_ids"]?.arrayValue ?? [] }.count == 5)
    }

    @Test func logsCarryNothingThatAUserSaid() async throws {
        let server = try server()
        let secret = "open-sesame"
        for path in ["/v1/chat/completions", "/tokenize", "/apply-template"] {
            _ = await server.post(
                path,
                #"{"user": "\#(secret)", "messages": [{"role": "user", "content": "\#(secret)"}], "\#(secret)": 1}"#)
        }
        #expect(server.lines.text.contains("answered"))
        #expect(!server.lines.text.contains(secret))
        #expect(!server.lines.text.contains("Hello"))
    }
}
