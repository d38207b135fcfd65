import JSON
import OpenAI
import Testing

/// What a chat request may say, and what it is told when it may not.
@Suite struct ChatRequestTests {
    @Test func c4_minusOneIsNoLimitOfTheRequest() throws {
        for name in ["max_tokens", "max_completion_tokens"] {
            let request = try chat(#""\#(name)": -1"#)
            #expect(request.options.maximumTokens == nil)
        }
        let error = refusal {
            _ = try chat(#""max_completion_tokens": 0"#)
        }
        #expect(error?.parameter == "max_completion_tokens")
    }

    /// Forms and query strings send text; a template takes the text "false" for true.
    @Test(arguments: ["enable_thinking", "thinking"])
    func f6_variablesThatMeanYesOrNoAreReadAsSuch(name: String) throws {
        func request(_ value: String) throws -> ChatRequest {
            try chat(
                #""chat_template_kwargs": {"\#(name)": \#(value)}"#)
        }
        for value in ["false", "0", #""false""#, #""False""#, #""off""#, #""no""#, #""0""#] {
            let said = try request(value)
            #expect(said.options.reasoning?.isEnabled == false, "\(value)")
            #expect(said.prompt.variables[name] == false, "\(value)")
        }
        for value in ["true", "1", #""True""#, #""on""#] {
            let said = try request(value)
            #expect(said.options.reasoning?.isEnabled == true, "\(value)")
            #expect(said.prompt.variables[name] == true, "\(value)")
        }
        #expect(try request("null").options.reasoning?.isEnabled == nil)
        for value in [#""maybe""#, "2", "[]", "{}"] {
            let error = refusal { _ = try request(value) }
            #expect(error?.parameter == "chat_template_kwargs.\(name)", "\(value)")
        }
    }

    /// Templates read one of the two names; whoever gives one means both.
    @Test func f6_theVariableThatTheTemplateReadsIsSet() throws {
        func variables(_ given: String) throws -> JSONObject {
            try chat(#""chat_template_kwargs": \#(given)"#).prompt.variables
        }
        for (given, expected) in [
            (#"{"thinking": false}"#, [false, false]), (#"{"enable_thinking": false}"#, [false, false]),
            (#"{"thinking": "on"}"#, [true, true]), (#"{"enable_thinking": null, "thinking": 0}"#, [false, false]),
            (#"{"enable_thinking": true, "thinking": "no"}"#, [true, false]),
        ] {
            let variables = try variables(given)
            #expect([variables["enable_thinking"], variables["thinking"]] == expected.map { .bool($0) }, "\(given)")
        }
        #expect(try variables(#"{"mood": 1}"#).keys == ["mood"])
    }

    @Test func defaultsAreLeftToTheServer() throws {
        let request = try chat("")
        #expect(request.model == "m")
        #expect(request.options.maximumTokens == nil)
        #expect(request.options.choices == 1)
        #expect(request.options.sampling.temperature == nil)
        #expect(request.options.stream == nil)
        #expect(request.options.reporting.topLogprobs == nil)
        #expect(request.options.reporting.skipsSpecialTokens)
        #expect(request.prompt.addsGenerationPrompt)
        #expect(request.ignoredFields.isEmpty)
    }

    @Test func wire_49_newerLimitWins() throws {
        #expect(try chat(#""max_tokens": 9, "max_completion_tokens": 4"#).options.maximumTokens == 4)
        #expect(try chat(#""max_tokens": 9, "max_completion_tokens": null"#).options.maximumTokens == 9)
    }

    @Test(arguments: [
        ("temperature", ["-0.1", "2.1", "1e400"]), ("top_p", ["-0.01", "1.5"]), ("min_p", ["-1", "2"]),
        ("presence_penalty", ["-2.5", "2.5"]), ("frequency_penalty", ["-3", "3"]),
        ("repetition_penalty", ["0", "-1", "11"]), ("n", ["0", "-1", "9", "129", "1000000", "1.5"]),
        ("max_tokens", ["0", "-2", "9223372036854775808", "1.5", "2147483648"]),
        ("max_completion_tokens", ["0", "-5", "1e30"]), ("top_k", ["-2", "0.5", "9223372036854775807"]),
        ("seed", ["9223372036854775808", "-9223372036854775809", "0.5", "1e300"]),
        ("min_tokens", ["-1", "1e99"]), ("prompt_logprobs", ["-1", "21"]),
        ("priority", ["1e18", "-9223372036854775808"]), ("stop_token_ids[0]", ["[-1]", "[1000]", "[1e300]"]),
        ("logit_bias", [#"{"1000": 1}"#, #"{"-1": 1}"#, #"{"1": 101}"#, #"{"x": 1}"#, #"{"1": 1e308}"#]),
        ("stop[0]", [#"[""]"#]),
        ("stop", [#""""#, #"["1","2","3","4","5","6","7","8","9","a","b","c","d","e","f","g","h"]"#]),
    ])
    func wire_50_outOfRangeIsRefusedByName(name: String, values: [String]) {
        let key = String(name.prefix { $0 != "[" })
        for value in values {
            // A number that overflows is no JSON for us; everything else names the field.
            let error = refusal { _ = try chat("\"\(key)\": \(value)") }
            if value == "1e400" { continue }
            #expect(error?.status == 400, "\(key): \(value)")
            #expect(error?.parameter == name, "\(key): \(value)")
        }
    }

    @Test func wire_50_theBoundsThemselvesPass() throws {
        let request = try chat(
            #""temperature": -0, "top_p": 1, "n": 8, "presence_penalty": -2, "top_k": -1, "min_p": 0, "seed": -1"#)
        #expect(request.options.sampling.temperature == 0)
        #expect(request.options.sampling.topK == 0)
        #expect(request.options.sampling.seed == UInt64.max)
        #expect(request.options.choices == 8)
        #expect(try chat(#""temperature": 2.0, "max_tokens": 3.0"#).options.maximumTokens == 3)
        #expect(try chat(#""seed": 9223372036854775807"#).options.sampling.seed == UInt64(Int64.max))
        let stops = (0..<16).map { "\"s\($0)\"" }.joined(separator: ",")
        #expect(try chat("\"stop\": [\(stops)]").options.stopping.strings.count == 16)
        #expect(try chat(#""stop": "END""#).options.stopping.strings == ["END"])
    }

    @Test func wire_21_streamOptionsNeedAStream() throws {
        for members in [#""stream_options": {}"#, #""stream": false, "stream_options": {"include_usage": true}"#] {
            #expect(refusal { _ = try chat(members) }?.parameter == "stream_options")
        }
        let stream = try chat(#""stream": true, "stream_options": {"include_usage": true, "other": 1}"#).options.stream
        #expect(stream?.includesUsage == true)
        #expect(stream?.continuousUsage == false)
        #expect(try chat(#""stream": true, "stream_options": null"#).options.stream?.includesUsage == false)
    }

    @Test func wire_11_streamNullEqualsAbsent() throws {
        #expect(try chat(#""stream": null"#).options.stream == nil)
        #expect(try chat(#""stream": false"#).options.stream == nil)
        #expect(try chat(#""stream": true"#).options.stream != nil)
    }

    @Test func wire_46_topLogprobsNeedLogprobs() throws {
        #expect(refusal { _ = try chat(#""top_logprobs": 2"#) }?.parameter == "top_logprobs")
        #expect(refusal { _ = try chat(#""logprobs": true, "top_logprobs": 21"#) }?.parameter == "top_logprobs")
        #expect(try chat(#""logprobs": true"#).options.reporting.topLogprobs == 0)
        #expect(try chat(#""logprobs": true, "top_logprobs": 20"#).options.reporting.topLogprobs == 20)
        #expect(try chat(#""logprobs": false"#).options.reporting.topLogprobs == nil)
    }

    @Test func wire_54_logitBias() throws {
        let biases = try chat(#""logit_bias": {"5": -100, "999": 0.5}"#).options.sampling.logitBias
        #expect(biases == [5: -100, 999: 0.5])
        #expect(refusal { _ = try chat(#""logit_bias": {"5": 1, "05": 2}"#) }?.parameter == "logit_bias")
    }

    @Test func wire_34_toolChoiceNeedsTools() {
        for choice in [#""none""#, #""auto""#, #"{"type": "function", "function": {"name": "f"}}"#] {
            #expect(refusal { _ = try chat("\"tool_choice\": \(choice)") }?.parameter == "tool_choice")
            #expect(refusal { _ = try chat("\"tools\": [], \"tool_choice\": \(choice)") }?.parameter == "tool_choice")
        }
    }

    @Test func wire_55_extensionsAreRead() throws {
        let request = try chat(
            #"""
            "top_k": 40, "min_p": 0.1, "repetition_penalty": 1.1, "min_tokens": 3, "ignore_eos": true,
            "stop_token_ids": [1, 2], "include_stop_str_in_output": true, "skip_special_tokens": false,
            "add_generation_prompt": false, "continue_final_message": true, "prompt_logprobs": 2,
            "return_token_ids": true, "priority": -3, "cache_salt": "salt", "chat_template_kwargs": {"a": 1}
            """#)
        let options = request.options
        #expect(options.sampling.topK == 40 && options.sampling.minP == 0.1)
        #expect(options.sampling.repetitionPenalty == 1.1)
        #expect(options.stopping.minimumTokens == 3 && options.stopping.ignoresEnd)
        #expect(options.stopping.tokens == [1, 2] && options.stopping.includesText)
        #expect(!options.reporting.skipsSpecialTokens && options.reporting.returnsTokenIDs)
        #expect(options.reporting.promptLogprobs == 2)
        #expect(options.priority == -3 && options.cacheSalt == "salt")
        #expect(request.prompt.continuesFinalMessage && !request.prompt.addsGenerationPrompt)
        #expect(request.prompt.variables["a"] == 1)
    }

    @Test func contradictionsAreRefused() {
        let cases = [
            (#""min_tokens": 5, "max_tokens": 4"#, "min_tokens"),
            (#""stream": true, "prompt_logprobs": 1"#, "prompt_logprobs"),
            (#""continue_final_message": true, "add_generation_prompt": true"#, "continue_final_message"),
            (#""chat_template_kwargs": {"messages": []}"#, "chat_template_kwargs"),
            (#""chat_template_kwargs": {"tools": []}"#, "chat_template_kwargs"),
            (#""cache_salt": """#, "cache_salt"),
        ]
        for (members, name) in cases {
            #expect(refusal { _ = try chat(members) }?.parameter == name, "\(members)")
        }
    }

    @Test func bodiesThatAreNoRequestAreRefused() {
        for body in ["[]", "1", "null", "\"x\""] {
            #expect(refusal { _ = try parse(body) }?.code == "invalid_json")
        }
        #expect(refusal { _ = try parse("{}") }?.code == "missing_required_parameter")
        #expect(refusal { _ = try parse(#"{"messages": []}"#) }?.parameter == "messages")
    }
}
