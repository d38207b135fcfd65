import FoundationEssentials
import JSON
import Service
import Testing

/// What models read of tools, calls and results.
@Suite struct ToolPromptTests {
    private func prompt(_ template: String, _ messages: String, tools: Bool = true) async throws -> String {
        let server = try TestServer(ToolCallingTests.options(template)) { _, _ in 0 }
        let members = tools ? ", " + ToolSamples.members : ""
        let record = await server.post("/apply-template", #"{"messages": ["# + messages + "]" + members + "}")
        return try #require(try record.json["prompt"]?.stringValue, "\(record.text)")
    }

    private static let asked = #"{"role": "user", "content": "Weather and time?"}"#
    private static let called = #"""
        {"role": "assistant", "content": null, "tool_calls": [
        {"id": "call_a", "type": "function", "function": {"name": "get_weather", "arguments": "{\"city\": \"Oslo\", \"days\": 2}"}},
        {"id": "call_b", "type": "function", "function": {"name": "now", "arguments": ""}}]}
        """#
    private static let answered = #"""
        {"role": "tool", "tool_call_id": "call_b", "content": "noon"},
        {"role": "tool", "tool_call_id": "call_a", "content": [{"type": "text", "text": "rain"}]}
        """#

    /// Whatever the template knows: nothing of tools, calls and results is lost, and results stand in the calls' order.
    @Test(arguments: [
        "hermes", "xml", "llama3", "mistral", "functionary", "recipient", "pythonic", "strict", "deepseek", "nemotron",
    ])
    func wire_31_nothingOfAConversationIsDropped(template: String) async throws {
        let history = try await prompt(template, [Self.asked, Self.called, Self.answered].joined(separator: ","))
        for text in ["Weather and time?", "get_weather", "now", "city", "Oslo", "days", "2", "noon", "rain"] {
            #expect(history.contains(text), "\(text)")
        }
        let rain = try #require(history.firstRange(of: "rain")), noon = try #require(history.firstRange(of: "noon"))
        #expect(rain.lowerBound < noon.lowerBound)
        let question = try await prompt(template, Self.asked)
        #expect(question.contains("get_weather") && question.contains("Weather and time?"))
    }

    @Test func givesArgumentsAsObjectsWhereTheyArePrinted() async throws {
        let text = try await prompt("hermes", [Self.asked, Self.called, Self.answered].joined(separator: ","))
        #expect(
            text.hasSuffix(
                """
                <|im_start|>assistant
                <tool_call>
                {"name": "get_weather", "arguments": {"city": "Oslo", "days": 2}}
                </tool_call>
                <tool_call>
                {"name": "now", "arguments": {}}
                </tool_call><|im_end|>
                <|im_start|>user
                <tool_response>
                rain
                </tool_response>
                <tool_response>
                noon
                </tool_response><|im_end|>
                <|im_start|>assistant

                """))
    }

    @Test func givesArgumentsAsTextWhereTheyAreJoined() async throws {
        let text = try await prompt("recipient", [Self.asked, Self.called, Self.answered].joined(separator: ","))
        #expect(text.contains(">>>get_weather\n{\"city\": \"Oslo\", \"days\": 2}>>>now\n{}"))
    }

    @Test func splitsCallsWhereATemplateTakesOneAtATime() async throws {
        let text = try await prompt("llama3", [Self.asked, Self.called, Self.answered].joined(separator: ","))
        let turns = text.components(separatedBy: "<|start_header_id|>").dropFirst(3).map { $0.prefix { $0 != "<" } }
        #expect(turns == ["assistant", "ipython", "assistant", "ipython", "assistant"])
    }

    @Test func givesIDsOfTheLengthThatATemplateWants() async throws {
        let text = try await prompt("mistral", [Self.asked, Self.called, Self.answered].joined(separator: ","))
        let ids = text.components(separatedBy: "id\": \"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
        #expect(ids.count == 4 && ids.allSatisfy { $0.utf8.count == 9 })
        #expect(Array(ids[..<2]) == Array(ids[2...]), "results in the order of the calls")
    }

    @Test func showsDefinitionsInTheClientsOrder() async throws {
        let text = try await prompt("hermes", Self.asked)
        let weather =
            #"{"type": "function", "function": {"name": "get_weather", "description": "The weather in a city", "parameters": {"type": "object", "properties": {"city": {"type": "string"}"#
        #expect(text.contains(weather))
        #expect(
            text.contains(
                #"{"name": "now", "description": "The time", "parameters": {"type": "object", "properties": {}}}"#))
    }

    /// Templates without tools and without a system turn: the tools stand in the question.
    @Test func describesToolsThatTheTemplateDoesNotShow() async throws {
        let text = try await prompt("strict", Self.asked)
        #expect(text.hasPrefix("<start_of_turn>user\n# Tools"))
        #expect(
            text.contains(
                "<tool_call>\n{\"name\": \"function_name\", \"arguments\": {\"argument_name\": \"value\"}}\n</tool_call>"
            ))
        #expect(
            try await prompt("strict", Self.asked, tools: false)
                == "<start_of_turn>user\nWeather and time?<end_of_turn>\n<start_of_turn>model\n")
    }

    @Test(arguments: ToolFormat.allCases)
    func findsTheFormatInTheTemplate(format: ToolFormat) async throws {
        guard let sample = ToolSamples.wellFormed.first(where: { $0.format == format }) else { return }
        let answer = try await ToolCallingTests.answer(sample.text, template: format.rawValue)
        #expect(answer.choice?["message"]?["tool_calls"]?.arrayValue?.isEmpty == false)
    }
}
