import FoundationEssentials
import JSON
import OpenAI
import Service
import Testing

/// Calls of tools from request to wire, over a scripted model.
@Suite struct ToolCallingTests {
    /// A template of the tests' own by name.
    static func template(_ name: String) throws -> String {
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(
            separator: "/")
        return try String(contentsOfFile: "\(folder)/Fixtures/templates/tools/\(name).jinja", encoding: .utf8)
    }

    static func options(_ template: String) throws -> TestServer.Options {
        var options = TestServer.Options()
        options.template = try Self.template(template)
        options.context = 4096
        return options
    }

    /// A server whose model says `text` to a request with these members.
    static func server(
        _ options: TestServer.Options, saying text: String, to members: String
    ) async throws -> TestServer {
        let prompts = try TestServer(options) { _, _ in 0 }
        let record = await prompts.post("/apply-template", ThinkingTemplate.body(members))
        let length = try record.json["prompt"]?.stringValue?.utf8.count ?? 0
        return try TestServer.saying(text.utf8.map { Int32($0) }, after: length, options)
    }

    /// An answer of a model that says `text`, whole and streamed.
    static func answer(
        _ text: String, template: String, _ more: String = "", tools: String = ToolSamples.members
    ) async throws -> ReasonedAnswer {
        let members = more.isEmpty ? tools : tools + ", " + more
        return try await ReasonedAnswer(
            server(options(template), saying: text, to: members), members: members)
    }

    static let templates: [ToolFormat: String] = Dictionary(
        uniqueKeysWithValues: ToolFormat.allCases.map { ($0, $0.rawValue) })

    @Test(arguments: ToolSamples.wellFormed)
    func wire_32_33_36_callsOnTheWire(sample: ToolSamples.Sample) async throws {
        let answer = try await Self.answer(sample.text, template: sample.format.rawValue)
        let message = answer.choice?["message"]
        let calls = message?["tool_calls"]?.arrayValue ?? []
        #expect(
            calls.flatMap { [$0["function"]?["name"]?.stringValue, $0["function"]?["arguments"]?.stringValue] }
                == sample.reading.calls)
        #expect(
            message?["content"]
                == (sample.reading.content.isEmpty && !calls.isEmpty ? JSONValue.null : .string(sample.reading.content))
        )
        #expect(message?["refusal"]?.isNull == true)
        #expect(answer.choice?["finish_reason"] == (calls.isEmpty ? "stop" : "tool_calls"))
        #expect(calls.allSatisfy { $0["type"] == "function" && $0["id"]?.stringValue?.hasPrefix("call_") == true })
        #expect(Set(calls.map { $0["id"]?.serialized() }).count == calls.count)
        try answer.expectSameCalls()
        answer.expectEqualForms()
    }

    @Test func wire_33_argumentsArriveAsTheyAreGenerated() async throws {
        let text = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>"
        let fragments = try await Self.answer(text, template: "hermes").chunks.compactMap {
            $0["choices"]?[0]?["delta"]?["tool_calls"]?[0]
        }
        #expect(fragments.count > 10)
        #expect(fragments[0]["function"] == ["name": "get_weather", "arguments": ""])
        for fragment in fragments.dropFirst() {
            #expect(fragment.objectValue?.keys == ["index", "function"])
            #expect(fragment["function"]?.objectValue?.keys == ["arguments"])
        }
    }

    @Test func wire_22_25_usageAndFinish() async throws {
        let text = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>"
        let whole = try await Self.answer(text, template: "hermes")
        #expect(whole.whole["usage"]?["completion_tokens"]?.intValue == Int64(text.utf8.count + 1))
        let cut = try await Self.answer(text, template: "hermes", #""max_tokens": 60"#)
        #expect(cut.choice?["finish_reason"] == "length")
        #expect(cut.choice?["message"]?["tool_calls"]?[0]?["function"]?["arguments"] == #"{"city": "P"#)
        try cut.expectSameCalls()
        let named = try await Self.answer(
            text, template: "hermes", #""tool_choice": {"type": "function", "function": {"name": "get_weather"}}"#)
        #expect(named.choice?["finish_reason"] == "stop")
        #expect(named.choice?["message"]?["tool_calls"]?.arrayValue?.count == 1)
        named.expectEqualForms()
        let unread = try await Self.answer(text, template: "hermes", #""tool_choice": "none""#)
        #expect(unread.content == text && unread.choice?["finish_reason"] == "stop")
    }

    @Test func wire_35_onlyOneCallWhereSeveralAreNotAllowed() async throws {
        let one = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>\n"
        let answer = try await Self.answer(one + one, template: "hermes", #""parallel_tool_calls": false"#)
        #expect(answer.choice?["message"]?["tool_calls"]?.arrayValue?.count == 1)
        #expect(answer.choice?["finish_reason"] == "tool_calls")
        try answer.expectSameCalls()
    }

    @Test func wire_34_allowedToolsRestrictTheChoiceAlone() async throws {
        let text = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>"
        let allowed =
            #""tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "get_weather"}}]}}"#
        let answer = try await Self.answer(text, template: "hermes", allowed)
        #expect(answer.content == text, "a call of what is not allowed is text")
        let prompts = try TestServer(Self.options("hermes")) { _, _ in 0 }
        func prompt(_ members: String) async throws -> String? {
            try await prompts.post("/apply-template", ThinkingTemplate.body(members)).json["prompt"]?.stringValue
        }
        let shown = try await prompt(ToolSamples.members)
        #expect(try await prompt(ToolSamples.members + ", " + allowed) == shown)
        #expect(try await prompt(ToolSamples.members + #", "tool_choice": "none""#)?.contains("now") == false)
    }

    @Test func wire_48_logprobsOfEveryToken() async throws {
        let text = "I look.\n<tool_call>\n{\"name\": \"now\", \"arguments\": {\"é\": \"😀\"}}\n</tool_call>"
        let answer = try await Self.answer(text, template: "hermes", #""logprobs": true"#)
        func bytes(_ reports: [JSONValue]) -> [UInt8] {
            reports.flatMap { $0["bytes"]?.arrayValue ?? [] }.compactMap { $0.intValue.map { UInt8(clamping: $0) } }
        }
        #expect(bytes(answer.choice?["logprobs"]?["content"]?.arrayValue ?? []) == Array(text.utf8))
        let streamed = answer.chunks.flatMap { $0["choices"]?[0]?["logprobs"]?["content"]?.arrayValue ?? [] }
        #expect(bytes(streamed) == Array(text.utf8))
        try answer.expectSameCalls()
        answer.expectEqualForms()
    }

    @Test func wire_17_idsOfSeveralChoicesDiffer() async throws {
        let text = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>"
        let answer = try await Self.answer(text + text, template: "hermes", #""n": 3"#)
        let ids = (answer.whole["choices"]?.arrayValue ?? []).flatMap { choice in
            (choice["message"]?["tool_calls"]?.arrayValue ?? []).map { $0["id"]?.stringValue }
        }
        #expect(ids.count == 6 && Set(ids).count == 6)
        try answer.expectSameCalls()
    }

    @Test func wire_26_stopStringsDoNotEndCalls() async throws {
        let call = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"END\"}}\n</tool_call>"
        let answer = try await Self.answer("One. \(call) and END.", template: "hermes", #""stop": ["END", "tool"]"#)
        #expect(answer.content == "One. and " && answer.choice?["finish_reason"] == "tool_calls")
        #expect(answer.choice?["message"]?["tool_calls"]?[0]?["function"]?["arguments"] == #"{"city": "END"}"#)
        answer.expectEqualForms()
        let early = try await Self.answer("One END two \(call)", template: "hermes", #""stop": "END""#)
        #expect(early.content == "One " && early.choice?["finish_reason"] == "stop")
        #expect(early.choice?["message"]?["tool_calls"] == nil)
        early.expectEqualForms()
    }

    @Test(arguments: ["model-opens-the-block", "opens-the-block"])
    func wire_37_callsBehindThinking(name: String) async throws {
        guard let template = ThinkingTemplate(rawValue: name) else { return }
        let call = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>"
        let answer = try await template.answer(template.said("I call <tool_call>.", call), ToolSamples.members)
        #expect(answer.reasoning == "I call <tool_call>.")
        #expect(answer.choice?["message"]?["content"]?.isNull == true)
        #expect(answer.choice?["message"]?["tool_calls"]?[0]?["function"]?["name"] == "now")
        try answer.expectSameCalls()
        answer.expectEqualForms()
    }

    @Test func refusesToolsWhereTheyAreSwitchedOff() async throws {
        var options = try Self.options("hermes")
        options.toolFormat = .none
        let record = try await TestServer(options) { _, _ in ByteVocabulary.end }
            .post("/v1/chat/completions", ThinkingTemplate.body(ToolSamples.members))
        #expect(record.status == 400)
        #expect(try record.json["error"]?["param"] == "tools")
    }
}

extension ReasonedAnswer {
    /// Whether the stream's fragments join to the calls of the whole answer.
    func expectSameCalls() throws {
        for (index, choice) in (whole["choices"]?.arrayValue ?? []).enumerated() {
            var names: [String] = []
            var arguments: [String] = []
            for chunk in chunks {
                guard let choice = chunk["choices"]?[0], choice["index"]?.intValue == Int64(index),
                    let fragment = choice["delta"]?["tool_calls"]?[0], let number = fragment["index"]?.intValue
                else { continue }
                if let id = fragment["id"] {
                    try #require(Int(number) == names.count && id.stringValue?.isEmpty == false)
                    #expect(fragment["type"] == "function")
                    names.append(fragment["function"]?["name"]?.stringValue ?? "")
                    arguments.append("")
                }
                try #require(Int(number) == names.count - 1, "one call after the other")
                arguments[Int(number)] += fragment["function"]?["arguments"]?.stringValue ?? ""
            }
            let calls = choice["message"]?["tool_calls"]?.arrayValue ?? []
            #expect(names == calls.map { $0["function"]?["name"]?.stringValue ?? "" })
            #expect(arguments == calls.map { $0["function"]?["arguments"]?.stringValue ?? "" })
        }
    }
}
