import JSON
import OpenAI
import Service
import Testing

/// Answers that are made to call tools, whatever the model would rather say.
@Suite struct ToolGrammarTests {
    private static let members = """
        "tools": [{"type": "function", "function": {"name": "get_weather", "strict": true, "parameters": {
        "type": "object", "properties": {"city": {"enum": ["Paris", "Oslo"]}, "days": {"type": "integer", "minimum": 0,
        "maximum": 9}}, "required": ["city", "days"], "additionalProperties": false}}},
        {"type": "function", "function": {"name": "now"}}]
        """.replacing("\n", with: " ")

    /// A model that says something else at every place.
    private static func noise(_ seed: Int) -> ScriptedModel.Script {
        { position, token in Int32((position &* 7919 &+ Int(token) &* 104_729 &+ seed &* 31) & 255) }
    }

    private func message(_ record: RecordingExchange.Record) throws -> JSONValue? {
        try record.json["choices"]?[0]
    }

    private func expectValid(_ calls: [JSONValue]) throws {
        for call in calls {
            let text = try #require(call["function"]?["arguments"]?.stringValue)
            let arguments = try JSONParser.parse(text, limits: .request)
            guard call["function"]?["name"] == "get_weather" else {
                #expect(call["function"]?["name"] == "now" && arguments == [:])
                continue
            }
            #expect(arguments.objectValue?.keys == ["city", "days"])
            #expect(arguments["city"] == "Paris" || arguments["city"] == "Oslo")
            #expect((0...9).contains(arguments["days"]?.intValue ?? -1))
        }
    }

    @Test(arguments: ToolFormat.allCases, 0..<6)
    func wire_35_requiredCallsAreValidWhateverTheModelSays(format: ToolFormat, seed: Int) async throws {
        let server = try TestServer(ToolCallingTests.options(format.rawValue), script: Self.noise(seed))
        let body = ThinkingTemplate.body(
            Self.members + #", "tool_choice": "required", "temperature": 2, "seed": \#(seed)"#)
        let choice = try message(await server.post("/v1/chat/completions", body))
        let calls = choice?["message"]?["tool_calls"]?.arrayValue ?? []
        #expect((1...8).contains(calls.count))
        #expect(choice?["message"]?["content"]?.isNull == true)
        #expect(choice?["finish_reason"] == "tool_calls")
        try expectValid(calls)
    }

    @Test(arguments: ToolFormat.allCases)
    func wire_25_34_aNamedFunctionIsCalledOnce(format: ToolFormat) async throws {
        let members = Self.members + #", "tool_choice": {"type": "function", "function": {"name": "get_weather"}}"#
        let server = try TestServer(ToolCallingTests.options(format.rawValue), script: Self.noise(3))
        let answer = try await ReasonedAnswer(server, members: members)
        let calls = answer.choice?["message"]?["tool_calls"]?.arrayValue ?? []
        #expect(calls.map { $0["function"]?["name"] } == ["get_weather"])
        #expect(answer.choice?["finish_reason"] == "stop")
        try expectValid(calls)
        try answer.expectSameCalls()
        answer.expectEqualForms()
    }

    @Test func wire_34_requiredAmongTheAllowed() async throws {
        let allowed = #"{"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "now"}]}"#
        let server = try TestServer(ToolCallingTests.options("hermes"), script: Self.noise(1))
        let body = ThinkingTemplate.body(
            Self.members + #", "parallel_tool_calls": false, "tool_choice": "# + allowed)
        let choice = try message(await server.post("/v1/chat/completions", body))
        let calls = choice?["message"]?["tool_calls"]?.arrayValue ?? []
        #expect(calls.map { $0["function"]?["name"] } == ["now"])
        #expect(choice?["finish_reason"] == "tool_calls")
    }

    @Test(arguments: [
        "Hi. <tool_call>\n{}", "Hi. <tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": 3",
    ])
    func wire_35_strictCallsAreValidWhereTheModelBeginsThem(said: String) async throws {
        let server = try await ToolCallingTests.server(
            ToolCallingTests.options("hermes"), saying: said, to: Self.members)
        let choice = try message(
            await server.post("/v1/chat/completions", ThinkingTemplate.body(Self.members + #", "max_tokens": 400"#)))
        #expect(choice?["message"]?["content"]?.stringValue?.hasPrefix("Hi.") == true)
        let calls = choice?["message"]?["tool_calls"]?.arrayValue ?? []
        #expect(!calls.isEmpty)
        try expectValid(calls)
    }

    @Test func strictToolsLeaveOtherTextAlone() async throws {
        let said = "1 < 2 <tool> {\"a\": [1]} é"
        let server = try await ToolCallingTests.server(
            ToolCallingTests.options("hermes"), saying: said, to: Self.members)
        let choice = try message(await server.post("/v1/chat/completions", ThinkingTemplate.body(Self.members)))
        #expect(choice?["message"]?["content"]?.stringValue == said && choice?["finish_reason"] == "stop")
    }

    @Test func wire_42_aFormOfTheTextBindsWhatIsNoCall() async throws {
        let form = """
            , "response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": true, "schema": {"type":
            "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"], "additionalProperties": false}}}
            """.replacing("\n", with: " ")
        for (said, isCall) in [("{\"ok\": maybe", false), ("<tool_call>\nnonsense", true)] {
            let server = try await ToolCallingTests.server(
                ToolCallingTests.options("hermes"), saying: said, to: Self.members)
            let choice = try message(
                await server.post("/v1/chat/completions", ThinkingTemplate.body(Self.members + form)))
            let calls = choice?["message"]?["tool_calls"]?.arrayValue ?? []
            try expectValid(calls)
            #expect(calls.isEmpty != isCall)
            guard !isCall else { continue }
            let content = try #require(choice?["message"]?["content"]?.stringValue)
            #expect(try JSONParser.parse(content, limits: .request)["ok"]?.boolValue != nil)
        }
    }

    @Test func wire_40_callsAreMadeBehindTheThinking() async throws {
        let template = ThinkingTemplate.opensTheBlock
        let answer = try await template.answer(
            template.said("Shall I call <tool_call>?", "No."), Self.members + #", "tool_choice": "required""#)
        #expect(answer.reasoning == "Shall I call <tool_call>?")
        let calls = answer.choice?["message"]?["tool_calls"]?.arrayValue ?? []
        #expect(!calls.isEmpty)
        try expectValid(calls)
        try answer.expectSameCalls()
    }

    @Test func wire_35_schemasThatCannotBeMetAreNamed() async throws {
        func members(strict: Bool) -> String {
            """
            "tools": [{"type": "function", "function": {"name": "now"}}, {"type": "function", "function": {"name": "f",
            "strict": \(strict), "parameters": {"type": "object", "properties": {"a": {"type": "array",
            "contains": {"type": "string", "pattern": "(?<=x)y"}}}}}}], "tool_choice": "required"
            """.replacing("\n", with: " ")
        }
        let server = try TestServer(ToolCallingTests.options("hermes"), script: Self.noise(2))
        let refused = await server.post("/v1/chat/completions", ThinkingTemplate.body(members(strict: true)))
        #expect(refused.status == 400)
        let parameter = try refused.json["error"]?["param"]?.stringValue
        #expect(parameter?.hasPrefix("tools[1].function.parameters") == true, "\(parameter ?? "")")
        let taken = await server.post(
            "/v1/chat/completions", ThinkingTemplate.body(members(strict: false) + #", "max_tokens": 5"#))
        #expect(taken.status == 200)
    }

    @Test(arguments: ["{}", #"{"type": "object"}"#, #"{"type": "object", "properties": {}}"#, "null"])
    func c3_aToolWithoutArgumentsIsCalledWithNone(parameters: String) async throws {
        let members =
            #""tools": [{"type": "function", "function": {"name": "now", "parameters": \#(parameters)}}], "#
            + #""tool_choice": "required", "parallel_tool_calls": false"#
        let server = try TestServer(ToolCallingTests.options("hermes"), script: Self.noise(5))
        let choice = try message(await server.post("/v1/chat/completions", ThinkingTemplate.body(members)))
        let calls = choice?["message"]?["tool_calls"]?.arrayValue ?? []
        #expect(calls.map { $0["function"]?["arguments"] } == ["{}"])
    }
}
