import JSON
import OpenAI
import Testing

/// What a request says about tools, and what it is told when it may not.
@Suite struct ToolOptionsTests {
    private static let f = #"{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}"#
    private static let g = #"{"type": "function", "function": {"name": "g", "description": "G", "strict": true}}"#

    private func tools(_ more: String = "") throws -> ToolOptions? {
        try chat("\"tools\": [\(Self.f), \(Self.g)]" + (more.isEmpty ? "" : ", " + more)).prompt.tools
    }

    @Test func readsDefinitions() throws {
        let options = try #require(try tools())
        #expect(options.tools.map(\.name) == ["f", "g"] && options.tools.map(\.isStrict) == [false, true])
        #expect(options.choice == .auto && options.allowsSeveral && !options.isForced)
        #expect(options.tools[1].parameters == ["type": "object", "properties": [:]])
        #expect(
            options.tools[1].templateValue.serialized()
                == #"{"type":"function","function":{"name":"g","description":"G","parameters":{"type":"object","properties":{}}}}"#
        )
        #expect(try chat(#""tools": []"#).prompt.tools == nil)
        #expect(try chat(#""tools": null, "tool_choice": null"#).prompt.tools == nil)
        #expect(try chat(#""parallel_tool_calls": false"#).prompt.tools == nil)
        #expect(try tools(#""parallel_tool_calls": false"#)?.allowsSeveral == false)
    }

    @Test(arguments: [
        (#""none""#, ToolChoice.none), (#""auto""#, .auto), (#""required""#, .required),
        (#"{"type": "function", "function": {"name": "g"}}"#, .function("g")),
        (
            #"{"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "g"}}]}}"#,
            .allowed(["g"], isRequired: false)
        ),
        (
            #"{"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}]}"#,
            .allowed(["f"], isRequired: true)
        ),
    ])
    func wire_34_everyFormOfChoice(text: String, choice: ToolChoice) throws {
        #expect(try tools("\"tool_choice\": \(text)")?.choice == choice)
    }

    @Test(arguments: [
        (#""any""#, "tool_choice"), ("3", "tool_choice"), ("[]", "tool_choice"), ("{}", "tool_choice.type"),
        (#"{"type": "function"}"#, "tool_choice.function"),
        (#"{"type": "function", "function": {}}"#, "tool_choice.function.name"),
        (#"{"type": "function", "function": {"name": "h"}}"#, "tool_choice.function.name"),
        (#"{"type": "function", "name": "f"}"#, "tool_choice.function"),
        (#"{"type": "custom", "custom": {"name": "f"}}"#, "tool_choice.type"),
        (#"{"type": "allowed_tools"}"#, "tool_choice.mode"),
        (#"{"type": "allowed_tools", "allowed_tools": {"mode": "auto"}}"#, "tool_choice.allowed_tools.tools"),
        (
            #"{"type": "allowed_tools", "allowed_tools": {"mode": "none", "tools": []}}"#,
            "tool_choice.allowed_tools.mode"
        ),
        (
            #"{"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}"#,
            "tool_choice.allowed_tools.tools"
        ),
        (
            #"{"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "h"}]}"#,
            "tool_choice.tools[0].name"
        ),
    ])
    func wire_34_otherChoicesAreNamed(text: String, parameter: String) {
        let error = refusal { _ = try tools("\"tool_choice\": \(text)") }
        #expect(error?.status == 400 && error?.parameter == parameter)
    }

    @Test(arguments: [
        (#"3"#, "tools"), (#"[3]"#, "tools[0]"), (#"[{}]"#, "tools[0].type"),
        (#"[{"type": "web_search"}]"#, "tools[0].type"), (#"[{"type": "function"}]"#, "tools[0].function"),
        (#"[{"type": "function", "function": {}}]"#, "tools[0].function.name"),
        (#"[{"type": "function", "function": {"name": ""}}]"#, "tools[0].function.name"),
        (#"[{"type": "function", "function": {"name": "a b"}}]"#, "tools[0].function.name"),
        (#"[{"type": "function", "function": {"name": "é"}}]"#, "tools[0].function.name"),
        (#"[{"type": "function", "function": {"name": "f", "parameters": []}}]"#, "tools[0].function.parameters"),
        (#"[{"type": "function", "function": {"name": "f", "strict": 1}}]"#, "tools[0].function.strict"),
        (#"[{"type": "function", "function": {"name": "f", "description": 1}}]"#, "tools[0].function.description"),
        ("[\(f), \(f)]", "tools[1].function.name"),
    ])
    func wire_51_wrongDefinitionsAreNamed(text: String, parameter: String) {
        let error = refusal { _ = try chat("\"tools\": \(text)") }
        #expect(error?.status == 400 && error?.parameter == parameter)
    }

    @Test func boundsNumberAndSize() {
        let long = String(repeating: "n", count: 65)
        let named = refusal { _ = try chat(#""tools": [{"type": "function", "function": {"name": "\#(long)"}}]"#) }
        #expect(named?.parameter == "tools[0].function.name")
        let many = (0...512).map { #"{"type": "function", "function": {"name": "f\#($0)"}}"# }.joined(separator: ",")
        #expect(refusal { _ = try chat("\"tools\": [\(many)]") }?.parameter == "tools")
        let text = String(repeating: "d", count: 1 << 20)
        let large = #"{"type": "function", "function": {"name": "f", "description": "\#(text)"}}"#
        #expect(refusal { _ = try chat("\"tools\": [\(large)]") }?.parameter == "tools")
    }

    @Test func olderFieldsAreRefusedByName() {
        for field in [#""functions": [{"name": "f"}]"#, #""function_call": "auto""#] {
            let error = refusal { _ = try chat(field) }
            #expect(error?.code == "unsupported_parameter" && error?.message.contains("'tools'") == true)
        }
    }
}
