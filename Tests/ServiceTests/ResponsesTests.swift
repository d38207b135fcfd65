import HTTP
import JSON
import OpenAI
import Service
import Testing

/// `/v1/responses` from body to bytes, over a real engine with a scripted model.
@Suite struct ResponsesTests {
    private static let tools = """
        "tools": [{"type": "function", "name": "get_weather", "parameters": {"type": "object",
        "properties": {"city": {"type": "string"}}}}, {"type": "function", "name": "now"}]
        """.replacing("\n", with: " ")
    private static let call =
        "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>"

    private static func body(_ members: String, stream: Bool = false) -> String {
        let parts = [#""input": "hi""#, members, stream ? #""stream": true"# : ""].filter { !$0.isEmpty }
        return "{" + parts.joined(separator: ", ") + "}"
    }

    /// What comes of a request whose answer the model would say as `text`, whole and streamed.
    private func answer(
        _ text: String, _ members: String = "", _ options: TestServer.Options = TestServer.Options()
    ) async throws -> StreamedResponse {
        let silent = try TestServer(options) { _, _ in ByteVocabulary.end }
        // An answer that has to have a form may not end at once; one token is enough to count the prompt.
        let probe = try await silent.post("/v1/responses", Self.body(members)).json
        let length = try #require(probe["usage"]?["input_tokens"]?.intValue, "\(probe)")
        let server = try TestServer.saying(text.utf8.map { Int32($0) }, after: Int(length), options)
        let whole = await server.post("/v1/responses", Self.body(members))
        let streamed = await server.post("/v1/responses", Self.body(members, stream: true))
        return try StreamedResponse(whole: whole.json, streamed.text)
    }

    private func thinking(_ text: String, _ members: String = "") async throws -> StreamedResponse {
        var options = TestServer.Options()
        options.template = try ThinkingTemplate.modelOpensTheBlock.source
        options.context = 1024
        return try await answer(text, members, options)
    }

    private func calling(_ text: String, _ members: String = Self.tools) async throws -> StreamedResponse {
        try await answer(text, members, ToolCallingTests.options("hermes"))
    }

    @Test func conv_27_28_29_theWholeResponse() async throws {
        let whole = try await answer("Hello", #""metadata": {"a": "b"}"#).whole
        #expect(
            whole.objectValue?.keys == [
                "id", "object", "created_at", "completed_at", "status", "error", "incomplete_details", "model",
                "output", "usage", "instructions", "previous_response_id", "conversation", "parallel_tool_calls",
                "reasoning", "store", "background", "temperature", "top_p", "presence_penalty", "frequency_penalty",
                "text", "tool_choice", "tools", "top_logprobs", "truncation", "max_output_tokens", "max_tool_calls",
                "user", "safety_identifier", "prompt_cache_key", "service_tier", "metadata",
            ])
        #expect(whole["object"] == "response" && whole["status"] == "completed" && whole["model"] == "org/tiny")
        #expect(whole["id"]?.stringValue?.hasPrefix("resp_") == true)
        #expect(whole["id"]?.stringValue?.utf8.count == 5 + 32)
        #expect(whole["created_at"]?.intValue != nil && whole["completed_at"]?.intValue != nil)
        #expect(whole["text"] == ["format": ["type": "text"], "verbosity": nil])
        #expect(whole["output"]?.arrayValue?.count == 1)
        let item = whole["output"]?[0]
        #expect(item?["id"]?.stringValue?.hasPrefix("msg_") == true)
        #expect(item?["type"] == "message" && item?["status"] == "completed" && item?["role"] == "assistant")
        #expect(
            item?["content"] == [["type": "output_text", "text": "Hello", "annotations": [], "logprobs": []]])
        #expect(NamedSchema.response.fault(in: whole, limits: requestLimits) == nil)
    }

    @Test func conv_30_usageIsThatOfChat() async throws {
        let letters = "Hello".utf8.map { Int32($0) }
        let server = try TestServer.saying(letters, after: 20)
        let chat = try await server.post("/v1/chat/completions", ThinkingTemplate.body("")).json["usage"]
        let usage = try await server.post("/v1/responses", Self.body("")).json["usage"]
        #expect(usage?["input_tokens"] == chat?["prompt_tokens"])
        #expect(usage?["output_tokens"] == chat?["completion_tokens"])
        #expect(usage?["total_tokens"] == chat?["total_tokens"])
        #expect(usage?["input_tokens_details"]?.objectValue?.keys == ["cached_tokens", "cache_write_tokens"])
        #expect(usage?["output_tokens_details"] == ["reasoning_tokens": 0])
    }

    @Test func conv_31_theLimitCutsTheLastItem() async throws {
        let answer = try await answer("Hello", #""max_output_tokens": 3"#)
        #expect(answer.whole["status"] == "incomplete" && answer.whole["completed_at"]?.isNull == true)
        #expect(answer.whole["incomplete_details"] == ["reason": "max_output_tokens"])
        #expect(answer.whole["output"]?[0]?["status"] == "incomplete")
        #expect(answer.names.last == "response.incomplete")
        answer.expectSound()
    }

    @Test func conv_34_theEventsOfAText() async throws {
        let answer = try await answer("ab")
        #expect(
            answer.names == [
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
                "response.output_text.delta", "response.output_text.delta", "response.output_text.done",
                "response.content_part.done", "response.output_item.done", "response.completed",
            ])
        #expect(answer.endsWithDone)
        answer.expectSound()
    }

    @Test func conv_32_34_theEventsOfThinking() async throws {
        let plain = try await thinking("<think>\na\n</think>\n\nb")
        plain.expectSound()
        #expect(
            plain.distinctNames == [
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
                "response.reasoning_text.delta", "response.reasoning_text.done", "response.content_part.done",
                "response.output_item.done", "response.output_item.added", "response.content_part.added",
                "response.output_text.delta", "response.output_text.done", "response.content_part.done",
                "response.output_item.done", "response.completed",
            ])
        let item = plain.whole["output"]?[0]
        #expect(item?["summary"] == [] && item?["content"]?[0]?["type"] == "reasoning_text")
        #expect(item?["id"]?.stringValue?.hasPrefix("rs_") == true)
        let summed = try await thinking("<think>\na\n</think>\n\nb", #""reasoning": {"summary": "auto"}"#)
        summed.expectSound()
        #expect(summed.whole["output"]?[0]?["content"] == nil)
        #expect(summed.whole["output"]?[0]?["summary"]?[0]?["text"] == item?["content"]?[0]?["text"])
        #expect(summed.names.contains("response.reasoning_summary_text.delta"))
        let hidden = try await thinking("<think>\na\n</think>\n\nb", #""include_reasoning": false"#)
        hidden.expectSound()
        #expect(hidden.whole["output"]?.arrayValue?.map { $0["type"] } == ["message"])
    }

    @Test func conv_33_sealedThinkingIsNull() async throws {
        let answer = try await thinking("<think>\na\n</think>\n\nb", #""include": ["reasoning.encrypted_content"]"#)
        #expect(answer.whole["output"]?[0]?["encrypted_content"]?.isNull == true)
    }

    @Test func conv_34_39_theEventsOfACall() async throws {
        let answer = try await calling("One moment.\n" + Self.call + "\nDone")
        answer.expectSound()
        let output = answer.whole["output"]?.arrayValue ?? []
        #expect(output.map { $0["type"] } == ["message", "function_call", "message"])
        #expect(output[1]["name"] == "get_weather" && output[1]["status"] == "completed")
        #expect(output[1]["id"]?.stringValue?.hasPrefix("fc_") == true)
        #expect(output[1]["call_id"]?.stringValue?.hasPrefix("call_") == true)
        let arguments = try JSONParser.parse(output[1]["arguments"]?.stringValue ?? "", limits: .request)
        #expect(arguments == ["city": "Paris"])
        let added = answer.events.filter { $0["type"] == "response.output_item.added" }[1]["item"]
        #expect(added?["arguments"] == "" && added?["name"] == "get_weather" && added?["status"] == "in_progress")
        #expect(answer.names.filter { $0 == "response.function_call_arguments.delta" }.count > 5)
    }

    @Test func conv_26_longNamesAreShortenedAndMappedBack() async throws {
        let long = "über/" + String(repeating: "a", count: 90) + "1"
        let other = long.dropLast() + "2"
        let short = Responses.shortened(long)
        #expect(short.utf8.count == 64 && short.utf8.allSatisfy(ToolDefinition.isNameByte))
        #expect(short != Responses.shortened(String(other)) && short == Responses.shortened(long))
        #expect(Responses.shortened("get_weather") == "get_weather")
        #expect(Responses.shortened("a b").hasPrefix("a_b_"))
        let tools = #""tools": [{"type": "function", "name": "\#(long)"}, {"type": "function", "name": "\#(other)"}]"#
        let answer = try await calling("<tool_call>\n{\"name\": \"\(short)\", \"arguments\": {}}\n</tool_call>", tools)
        answer.expectSound()
        #expect(answer.whole["output"]?[0]?["name"]?.stringValue == long)
        #expect(answer.whole["tools"]?.arrayValue?.map { $0["name"]?.stringValue } == [long, String(other)])
    }

    @Test func conv_24_droppedToolsAreNamedInTheHead() async throws {
        let server = try TestServer(ToolCallingTests.options("hermes")) { _, _ in ByteVocabulary.end }
        let tools = #""tools": [{"type": "web_search"}, {"type": "function", "name": "f"}], "store": true"#
        let record = await server.post("/v1/responses", Self.body(tools))
        #expect(record.fields["x-michat-ignored"] == "tools[0], store")
        #expect(try record.json["tools"]?.arrayValue?.count == 1)
    }

    @Test func faultsNameFieldsAsThisEndpointDoes() async throws {
        let server = try TestServer(ToolCallingTests.options("hermes")) { _, _ in ByteVocabulary.end }
        let bad = """
            "tools": [{"type": "web_search"}, {"type": "function", "name": "f", "strict": true,
            "parameters": {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}}}]
            """.replacing("\n", with: " ")
        let error = try await server.post("/v1/responses", Self.body(bad)).json["error"]
        #expect(error?["param"]?.stringValue?.hasPrefix("tools[1].parameters") == true, "\(error?.serialized() ?? "")")
        #expect(error?["message"]?.stringValue?.contains("function.parameters") == false)
        let long = String(repeating: "a", count: 5000)
        let long400 = try await server.post("/v1/responses", #"{"input": "\#(long)"}"#).json["error"]
        #expect(long400?["param"] == "input" && long400?["code"] == "context_length_exceeded")
        let unknown = await server.post("/v1/responses", #"{"input": "hi", "model": "moon"}"#)
        #expect(unknown.status == 404)
    }

    @Test func conv_40_aFailureInTheMiddle() async throws {
        let server = try TestServer { position, _ in position < 24 ? 0x61 : -1 }
        let record = await server.post("/v1/responses", Self.body("", stream: true))
        let answer = try StreamedResponse(whole: nil, record.text)
        #expect(answer.names.suffix(3) == ["response.output_item.done", "error", "response.failed"])
        #expect(answer.endsWithDone && record.endings == 1)
        let error = answer.events[answer.events.count - 2]
        #expect(error["error"]?.objectValue?.keys == ["code", "message", "param", "type"])
        let response = answer.events.last?["response"]
        #expect(response?["status"] == "failed" && response?["error"]?["code"] == "server_error")
        #expect(response?["output"]?[0]?["status"] == "incomplete")
        answer.expectSound()
    }

    @Test func logprobsComeWithTheText() async throws {
        let answer = try await answer("ab", #""top_logprobs": 2, "include": ["message.output_text.logprobs"]"#)
        answer.expectSound()
        let logprobs = answer.whole["output"]?[0]?["content"]?[0]?["logprobs"]?.arrayValue ?? []
        #expect(logprobs.map { $0["token"] } == ["a", "b"])
        #expect(logprobs.allSatisfy { $0["top_logprobs"]?.arrayValue?.count == 2 })
    }

    @Test func conv_43_aRetryGetsTheSameResponse() async throws {
        let gate = Gate()
        let server = try TestServer { _, _ in
            gate.pass()
            return ByteVocabulary.end
        }
        let exchanges = (0..<2).map { attempt in
            let exchange = server.send(
                "POST", "/v1/responses", Self.body(""),
                fields: ["content-type": "application/json", "x-stainless-retry-count": "\(attempt)"])
            if attempt == 0 { gate.waitUntilReached() }
            return exchange
        }
        gate.open()
        let first = try await exchanges[0].ended().json
        #expect(first["status"] == "completed" && first["id"] != nil)
        #expect(try await exchanges[1].ended().json == first)
    }

    /// Random answers of thinking, text and calls: the stream tells what the whole answer tells.
    @Test func conv_37_streamedIsWhole() async throws {
        var random = SplitMix(state: 21)
        let pieces = ["Well, ", "é ", "\n", Self.call, "<tool_call>\n{\"name\": \"now\"", "</tool_call>", "ok"]
        for _ in 0..<40 {
            let text = (0..<random.below(6)).map { _ in pieces[random.below(pieces.count)] }.joined()
            let answer = try await calling(
                text, Self.tools + (random.below(3) == 0 ? #", "max_output_tokens": 40"# : ""))
            answer.expectSound()
        }
        for text in ["<think>\nx</think>", "<think>\nnever closed", "x", "<think>\na\n</think>\n\nb<think>c</think>"] {
            try await thinking(text).expectSound()
        }
    }
}
