import JSON
import OpenAI
import Testing

/// Every field that clients are known to send has a row, and each row does what it says.
@Suite struct FieldTableTests {
    /// The 37 properties of OpenAI's specification 2.3.0 for chat.
    static let specified = [
        "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "max_completion_tokens",
        "max_tokens", "messages", "metadata", "modalities", "model", "moderation", "n", "parallel_tool_calls",
        "prediction", "presence_penalty", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention",
        "reasoning_effort", "response_format", "safety_identifier", "seed", "service_tier", "stop", "store", "stream",
        "stream_options", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity",
        "web_search_options",
    ]

    /// What else was seen on the wire.
    static let seen = [
        "ignore_eos", "min_tokens", "top_k", "min_p", "repetition_penalty", "stop_token_ids", "skip_special_tokens",
        "continue_final_message", "add_generation_prompt", "chat_template_kwargs", "cache_salt", "priority",
        "include_reasoning", "separate_reasoning", "stream_reasoning", "no_stop_trim", "return_hidden_states",
        "guided_json", "guided_regex", "guided_choice", "guided_grammar", "structured_outputs", "grammar", "echo",
        "include_stop_str_in_output", "prompt_logprobs", "return_token_ids", "max_thinking_tokens",
    ]

    /// Fields that may be an object.
    private static let objects = [
        "logit_bias", "stream_options", "chat_template_kwargs", "reasoning", "thinking", "prediction",
        "response_format", "structured_outputs", "guided_json", "json_schema", "tool_choice",
        "nvext", "extra_body",
    ]

    @Test(arguments: specified + seen) func hasARow(name: String) {
        #expect(FieldTable.chat.field(named: name) != nil)
    }

    @Test func specificationHas37Fields() {
        #expect(Set(Self.specified).count == 37)
    }

    @Test func namesAreDistinctAndExplained() {
        for table in [FieldTable.chat, FieldTable.completion] {
            #expect(Set(table.fields.map(\.name)).count == table.fields.count)
            #expect(table.fields.allSatisfy { $0.note.hasSuffix(".") && $0.note.count > 5 })
        }
    }

    @Test func wire_51_implementedFieldsRefuseAWrongTypeByName() throws {
        for field in FieldTable.chat.fields where field.form != nil {
            let wrong = #"{"messages": [{"role": "user", "content": "hi"}], "stream": true}"#
            var body = try #require(JSONParser.parse(wrong, limits: .request).objectValue)
            body[field.name] = ["a": [nil, true]]
            if Self.objects.contains(field.name) { body[field.name] = [1, 2] }
            let error = refusal { _ = try ChatRequest(.object(body), limits: limits) }
            #expect(error?.status == 400, "\(field.name)")
            #expect(error?.parameter == field.name)
        }
    }

    @Test func wire_51_completionFieldsRefuseAWrongTypeByName() throws {
        for field in FieldTable.completion.fields where field.form != nil {
            var body: JSONObject = ["prompt": "hi", "stream": true]
            body[field.name] = ["a": [nil, true]]
            if Self.objects.contains(field.name) { body[field.name] = [1, 2] }
            let error = refusal { _ = try CompletionRequest(.object(body), limits: limits) }
            #expect(error?.status == 400, "\(field.name)")
            #expect(error?.parameter == field.name)
        }
    }

    @Test func wire_51_nullEqualsAbsentForEveryFieldButMessages() throws {
        for field in FieldTable.chat.fields where field.name != "messages" {
            var body: JSONObject = ["messages": [["role": "user", "content": "hi"]]]
            body[field.name] = .some(.null)
            _ = try ChatRequest(.object(body), limits: limits)
        }
    }

    @Test func wire_52_ignoredFieldsPassWithAnyValue() throws {
        let values: [JSONValue] = [true, 17, "x", [1, "a"], ["k": ["v": nil]]]
        for field in FieldTable.chat.fields where field.treatment == .ignored {
            for value in values {
                var body: JSONObject = ["messages": [["role": "user", "content": "hi"]]]
                body[field.name] = value
                #expect(try ChatRequest(.object(body), limits: strictLimits).ignoredFields.isEmpty)
            }
        }
    }

    @Test func refusedFieldsAreNamed() throws {
        for field in FieldTable.chat.fields {
            guard case .refused = field.treatment else { continue }
            for value: JSONValue in [["type": "x"], [["type": "function"]], 3, true] {
                var body: JSONObject = ["messages": [["role": "user", "content": "hi"]]]
                body[field.name] = value
                let error = refusal { _ = try ChatRequest(.object(body), limits: limits) }
                #expect(error?.status == 400, "\(field.name)")
                #expect(error?.parameter == field.name)
                #expect(error?.code == "unsupported_parameter")
            }
        }
    }

    /// Values that have brought other servers down; here each is taken or refused by name, in every field.
    @Test(arguments: [
        "-1", "0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e308", "-1e308", "1e-400",
        "-0", "-0.0", "0.1", "1.5", "2147483647", "2147483648", "4294967296", "1e19", "9007199254740993.0", "\"\"",
        "\"\\u0000\"", "\"NaN\"", "[]", "{}", "[[]]", "[null]", "[-1]", "[1e308]", "{\"\": null}",
        "{\"9999999999\": 1}", "true", "false",
    ])
    func hostileValuesAreTakenOrRefusedByName(text: String) throws {
        let value = try #require(JSONParser.parse("[" + text + "]", limits: .request)[0])
        for field in FieldTable.chat.fields {
            var body: JSONObject = ["messages": [["role": "user", "content": "hi"]], "stream": true]
            body[field.name] = value
            let error = refusal { _ = try ChatRequest(.object(body), limits: limits) }
            #expect(error?.parameter?.hasPrefix(field.name) != false, "\(field.name): \(text)")
        }
        for field in FieldTable.completion.fields {
            var body: JSONObject = ["prompt": "hi", "stream": true]
            body[field.name] = value
            let error = refusal { _ = try CompletionRequest(.object(body), limits: limits) }
            #expect(error?.parameter?.hasPrefix(field.name) != false, "\(field.name): \(text)")
        }
    }

    /// What SDKs send without being asked must not break them.
    @Test(arguments: [
        #""tools": []"#, #""functions": []"#, #""response_format": {"type": "text"}"#, #""modalities": ["text"]"#,
        #""echo": false"#, #""guided_choice": []"#, #""parallel_tool_calls": true"#, #""store": false"#,
        #""metadata": {"a": "b"}"#, #""user": "u""#, #""service_tier": "auto""#, #""n": null"#, #""stream": null"#,
        #""logit_bias": {}"#, #""stop": []"#, #""tools": null, "tool_choice": null"#, #""verbosity": "medium""#,
        #""prediction": {"type": "content", "content": "x"}"#, #""grammar": """#,
    ])
    func harmlessValuesPass(members: String) throws {
        _ = try chat(members)
    }

    @Test func aPredictionIsATextOrParts() throws {
        #expect(try chat(#""prediction": {"type": "content", "content": "a"}"#).prediction == "a")
        let parts = #"[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]"#
        #expect(try chat(#""prediction": {"type": "content", "content": \#(parts)}"#).prediction == "a\nb")
        for (bad, field) in [
            (#""a""#, "prediction"), ("{}", "prediction.type"), (#"{"type": "x"}"#, "prediction.type"),
            (#"{"type": "content"}"#, "prediction.content"),
            (#"{"type": "content", "content": 1}"#, "prediction.content"),
        ] {
            #expect(refusal { _ = try chat(#""prediction": \#(bad)"#) }?.parameter == field)
        }
    }

    @Test func wire_52_unknownFieldsAreNamedOrRefused() throws {
        #expect(try chat(#""mirostat": 2, "foo": null"#).ignoredFields == ["mirostat", "foo"])
        let inner = #"{"role": "user", "content": "hi", "mood": 1}"#
        #expect(try conversation(inner + "," + inner).ignoredFields == ["messages[].mood"])
        let body = try JSONParser.parse(
            #"{"messages": [{"role": "user", "content": "hi"}], "mirostat": 2}"#, limits: .request)
        #expect(refusal { _ = try ChatRequest(body, limits: strictLimits) }?.parameter == "mirostat")
    }
}
