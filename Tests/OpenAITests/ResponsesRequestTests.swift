import JSON
import OpenAI
import Testing

/// `POST /v1/responses`: what is taken, what becomes of it, and how faults are named.
@Suite struct ResponsesRequestTests {
    private func read(_ members: String, limits: RequestLimits = limits) throws -> ResponsesRequest {
        try ResponsesRequest(
            JSONParser.parse("{" + members + "}", limits: .request), limits: limits,
            defaults: ["temperature": 0.5, "top_p": 1]
        ) { String($0.prefix(64)) }
    }

    private func input(_ items: String) throws -> [Message] { try read(#""input": ["# + items + "]").chat.messages }

    private func fault(_ members: String) -> String? { refusal { _ = try read(members) }?.parameter }

    private func fault(in items: String) -> APIError? { refusal { _ = try input(items) } }

    @Test func conv_09_inputIsATextOrItemsAndNotNothing() throws {
        #expect(try read(#""input": "hi""#).chat.messages == [.user("hi")])
        #expect(try input(#"{"role": "user", "content": "hi"}"#) == [.user("hi")])
        for nothing in ["", #""input": null"#, #""input": []"#] { #expect(fault(nothing) == "input") }
        for nothing in [#"{"type": "reasoning", "summary": []}"#, #"{"type": "web_search_call"}"#] {
            #expect(fault(in: nothing)?.parameter == "input", "nothing is left to answer")
        }
        let told = try read(#""instructions": "be brief", "input": [{"role": "developer", "content": "now"}]"#)
        #expect(told.chat.messages.map(\.content) == ["be brief\n\nnow"], "one system message, instructions first")
    }

    @Test func conv_31_aCallIsCompletedWhenItsArgumentsAreWhole() {
        var item = ResponseItem(id: "fc_1", .call(id: "call_1", name: "f"))
        item.text = #"{"a": 1}"#
        #expect(item.status("incomplete") == "completed")
        item.text = #"{"a":"#
        #expect(item.status("completed") == "incomplete", "a stream cannot take it back, but no client may run it")
        #expect(ResponseItem(id: "msg_1", .message).status("incomplete") == "incomplete")
    }

    @Test func conv_07_wishesBecomeThoseOfChat() throws {
        let request = try read(
            #""input": "hi", "max_output_tokens": 7, "temperature": 0.2, "top_k": 3, "seed": 5, "stop": "x", "stream": true"#
        )
        let options = request.chat.options
        #expect(options.maximumTokens == 7 && options.sampling.temperature == 0.2 && options.sampling.topK == 3)
        #expect(options.sampling.seed == 5 && options.stopping.strings == ["x"] && options.stream != nil)
        #expect(options.reporting.topLogprobs == nil && options.choices == 1)
        #expect(try read(#""input": "hi", "top_logprobs": 2"#).chat.options.reporting.topLogprobs == 2)
        let included = #""input": "hi", "include": ["message.output_text.logprobs"]"#
        #expect(try read(included).chat.options.reporting.topLogprobs == 0)
    }

    @Test func conv_08_bookkeepingIsEchoedOrTakenWithoutAWord() throws {
        let request = try read(
            """
            "input": "hi", "user": "u", "safety_identifier": "s", "prompt_cache_key": "k", "service_tier": "flex",
            "stream_options": {"include_obfuscation": true}, "prompt_cache_retention": "24h", "client_metadata": {"a": 1},
            "reasoning": {"context": "auto", "mode": "x", "generate_summary": "auto"}, "text": {"verbosity": "low"},
            "moderation": {}, "personality": "kind"
            """)
        #expect(request.chat.ignoredFields.isEmpty)
        #expect(request.echo["user"] == "u" && request.echo["safety_identifier"] == "s")
        #expect(request.echo["prompt_cache_key"] == "k" && request.echo["service_tier"] == "default")
        #expect(request.echo["temperature"] == 0.5 && request.echo["text"]?["verbosity"] == "low")
        #expect(try read(#""input": "hi", "mood": 1"#).chat.ignoredFields == ["mood"])
        #expect(fault(#""input": "hi", "prompt": {"id": "x"}"#) == "prompt")
    }

    @Test func conv_10_whatClientsSendWithoutThinking() throws {
        let request = try read(
            """
            "include": [], "tools": [], "tool_choice": null, "input": [
            {"id": null, "status": null, "role": "user", "content": [{"type": "input_text", "text": "a", "x": 1}], "y": 2},
            {"role": "assistant", "content": [{"type": "output_text", "text": "b", "annotations": []}]},
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": null},
            {"role": "assistant", "content": "c"}, {"role": "user", "content": "d"}]
            """)
        #expect(request.chat.messages.map(\.content) == ["a", "b", "c", "d"])
        #expect(request.chat.ignoredFields.isEmpty && request.chat.prompt.tools == nil)
        #expect(try read(#""input": "hi", "tools": [], "tool_choice": "auto""#).chat.prompt.tools == nil)
    }

    @Test func conv_11_formsOfTheText() throws {
        let schema = #"{"type": "json_schema", "name": "n", "schema": {"type": "object"}}"#
        let request = try read(#""input": "hi", "text": {"format": \#(schema)}"#)
        #expect(request.chat.options.constraint?.form == .schema(["type": "object"]))
        #expect(request.chat.options.constraint?.parameter == "text.format.schema")
        #expect(request.echo["text"]?["format"]?["strict"] == true)
        #expect(try read(#""input": "hi", "text": {"format": {"type": "text"}}"#).chat.options.constraint == nil)
        let object = try read(#""input": "hi", "text": {"format": {"type": "json_object"}}"#)
        #expect(object.chat.options.constraint?.form == .jsonObject)
        for (format, name) in [
            (#"{"type": "poem"}"#, "type"), (#"{"type": "json_schema", "name": "n"}"#, "schema"),
            (#"{"type": "json_schema", "name": "a b", "schema": {}}"#, "name"),
        ] {
            #expect(fault(#""input": "hi", "text": {"format": \#(format)}"#) == "text.format." + name)
        }
        let both = #""input": "hi", "guided_regex": "a+", "text": {"format": \#(schema)}"#
        #expect(fault(both) == "text.format")
        #expect(fault(#""input": "hi", "response_format": {"type": "json_object"}"#) == "response_format")
    }

    @Test(arguments: ["none", "minimal", "low", "medium", "high", "xhigh", "max"])
    func conv_12_effort(word: String) throws {
        let request = try read(#""input": "hi", "reasoning": {"effort": "\#(word)", "summary": "auto"}"#)
        let expected = word == "max" ? "xhigh" : word
        #expect(request.chat.options.reasoning?.effort?.rawValue == expected)
        #expect(request.showsSummary && request.echo["reasoning"] == ["effort": .string(word), "summary": "auto"])
        #expect(fault(#""input": "hi", "reasoning": {"effort": "much"}"#) == "reasoning.effort")
    }

    @Test func conv_13_unknownInclusionsAreRefusedWithTheList() throws {
        let error = refusal { _ = try read(#""input": "hi", "include": ["reasoning.encrypted_content", "moon"]"#) }
        #expect(error?.parameter == "include[1]")
        #expect(error?.message.contains("message.output_text.logprobs") == true)
    }

    @Test func conv_15_metadata() throws {
        #expect(try read(#""input": "hi", "metadata": {"a": "b"}"#).echo["metadata"] == ["a": "b"])
        let long = String(repeating: "x", count: 513)
        let many = (0..<17).map { #""\#($0)": """# }.joined(separator: ",")
        for bad in [#"{"a": 1}"#, #"{"a": "\#(long)"}"#, #"{"\#(long.prefix(65))": ""}"#, "{\(many)}"] {
            #expect(fault(#""input": "hi", "metadata": \#(bad)"#)?.hasPrefix("metadata") == true)
        }
    }

    @Test func conv_16_whatNeedsAStoreIsRefusedByName() throws {
        for (name, value) in [
            ("previous_response_id", #""resp_1""#), ("conversation", #"{"id": "conv_1"}"#), ("background", "true"),
        ] {
            let error = refusal { _ = try read(#""input": "hi", "\#(name)": \#(value)"#) }
            #expect(error?.status == 400 && error?.parameter == name)
            #expect(try read(#""input": "hi", "\#(name)": null"#).chat.ignoredFields.isEmpty)
        }
        let error = fault(in: #"{"type": "item_reference", "id": "msg_1"}"#)
        #expect(error?.parameter == "input[0].type" && error?.message.contains("send the item") == true)
        for store in ["false", "null"] {
            #expect(try read(#""input": "hi", "store": \#(store)"#).chat.ignoredFields.isEmpty)
        }
        let stored = try read(#""input": "hi", "store": true"#)
        #expect(stored.chat.ignoredFields == ["store"] && stored.echo["store"] == false)
    }

    @Test func conv_17_onlyTextIsReadAndAToolsPictureIsNoted() throws {
        let error = fault(in: #"{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}"#)
        #expect(error?.parameter == "input[0].content[0]" && error?.code == "unsupported_content")
        let messages = try input(
            """
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c",
            "output": [{"type": "input_text", "text": "seen"}, {"type": "input_image", "image_url": "x"}]}
            """)
        #expect(messages.last?.content == "seen\n[image not shown: this model reads text]")
    }

    @Test func conv_19_callsAndOutputsArePaired() throws {
        let call = #"{"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{\"a\": 1}"}"#
        let output = #"{"type": "function_call_output", "call_id": "c1", "output": "2"}"#
        let user = #"{"role": "user", "content": "x"}"#
        let messages = try input("\(user), \(call), \(output), \(user)")
        #expect(messages.map(\.role) == [.user, .assistant, .tool, .user])
        #expect(messages[1].templateValue["tool_calls"]?[0]?["function"]?["arguments"] == ["a": 1])
        #expect(messages[2].templateValue["tool_call_id"] == "c1")
        for open in ["\(call), \(user)", call] {
            #expect(fault(in: open)?.message == "No tool output found for function call c1.")
        }
        #expect(
            fault(in: output)?.message == "No tool call found for function call output with call_id c1.")
        #expect(fault(in: output)?.parameter == "input")
        let nameless = #"{"type": "function_call_output", "name": "f", "output": "2"}"#
        #expect(try input("\(call), \(nameless)").count == 2)
        #expect(fault(in: "\(call), \(call.replacing("c1", with: "c2")), \(nameless)")?.parameter == "input[2].call_id")
    }

    @Test func itemsOfOneTurnAreOneMessage() throws {
        let messages = try input(
            """
            {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]},
            {"role": "assistant", "content": "one"}, {"type": "function_call", "call_id": "a", "name": "f"},
            {"type": "function_call", "call_id": "b", "name": "g"}, {"role": "assistant", "content": " two"},
            {"type": "function_call_output", "call_id": "b", "output": "B"},
            {"type": "function_call_output", "call_id": "a", "output": "A"}
            """)
        #expect(messages.map(\.role) == [.assistant, .tool, .tool])
        #expect(messages[0].content == "one two" && messages[0].reasoning == "hm")
        #expect(messages[0].templateValue["tool_calls"]?.arrayValue?.count == 2)
    }

    @Test func conv_24_toolsOfOthersAreDroppedByName() throws {
        let tools = #""tools": [{"type": "web_search"}, {"type": "function", "name": "f"}, {"type": "mcp"}]"#
        let request = try read(#""input": "hi", "# + tools)
        #expect(request.chat.ignoredFields == ["tools[0]", "tools[2]"])
        #expect(request.echo["tools"]?.arrayValue?.map { $0["name"] } == ["f"])
        #expect(request.chat.prompt.tools?.tools.map(\.name) == ["f"] && request.toolPlaces == [1])
        #expect(refusal { _ = try read(#""input": "hi", "# + tools, limits: strictLimits) }?.parameter == "tools[0]")
        let item = #""input": [{"type": "web_search_call", "id": "x"}, {"role": "user", "content": "hi"}]"#
        #expect(try read(item).chat.ignoredFields == ["input[0]"])
        #expect(fault(in: #"{"type": "moon_call"}"#)?.parameter == "input[0].type")
    }

    @Test func conv_25_choicesAmongTools() throws {
        let tools = #""input": "hi", "tools": [{"type": "function", "name": "f"}, {"type": "function", "name": "g"}]"#
        func choice(_ text: String) throws -> ToolChoice? {
            try read(tools + #", "tool_choice": "# + text).chat.prompt.tools?.choice
        }
        #expect(try choice(#""none""#) == ToolChoice.none)
        #expect(try choice(#""auto""#) == .auto)
        #expect(try choice(#""required""#) == .required)
        #expect(try choice(#"{"type": "function", "name": "g"}"#) == .function("g"))
        let allowed = #"{"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "g"}]}"#
        #expect(try choice(allowed) == .allowed(["g"], isRequired: true))
        for (bad, name) in [
            (#""perhaps""#, "tool_choice"), (#"{"type": "function", "name": "h"}"#, "tool_choice.name"),
            (#"{"type": "web_search"}"#, "tool_choice.type"), (#"{"type": "function"}"#, "tool_choice.name"),
            (#"{"type": "allowed_tools", "tools": []}"#, "tool_choice.mode"),
            (allowed.replacing(#""name": "g""#, with: #""name": "h""#), "tool_choice.tools[0].name"),
        ] {
            #expect(refusal { _ = try choice(bad) }?.parameter == name, "\(bad)")
        }
        #expect(fault(#""input": "hi", "tools": [{"type": "mcp"}], "tool_choice": "required""#) == "tool_choice")
    }

    @Test func conv_21_toolsAreFlatAndTheirFaultsNamed() throws {
        let request = try read(
            #""input": "hi", "tools": [{"type": "function", "name": "f", "parameters": null, "strict": null, "async": 1}]"#
        )
        #expect(request.chat.prompt.tools?.tools.first?.isStrict == false)
        #expect(
            request.echo["tools"]?[0]
                == ["type": "function", "name": "f", "description": nil, "parameters": nil, "strict": false])
        for (tool, name) in [
            (#"{"type": "function"}"#, "name"), (#"{"name": "f"}"#, "type"),
            (#"{"type": "function", "name": "f", "parameters": 1}"#, "parameters"),
        ] {
            #expect(fault(#""input": "hi", "tools": [\#(tool)]"#) == "tools[0]." + name)
        }
    }

    /// Whatever stands in a field, it is taken or refused by its name.
    @Test(arguments: [
        "-1", "0", "9223372036854775808", "1e308", "0.1", "\"\"", "\"\\u0000\"", "[]", "{}", "[[]]", "[null]", "[{}]",
        "{\"\": null}", "{\"type\": 1}", "[{\"type\": \"function_call_output\"}]", "true", "false",
    ])
    func hostileValuesAreTakenOrRefusedByName(text: String) throws {
        for field in FieldTable.responses.fields {
            var body: JSONObject = ["input": "hi"]
            body[field.name] = try JSONParser.parse("[" + text + "]", limits: .request)[0]
            let error = refusal {
                _ = try ResponsesRequest(.object(body), limits: limits, defaults: [:]) { $0 }
            }
            #expect(error?.parameter?.hasPrefix(field.name) != false, "\(field.name): \(text)")
        }
    }
}
