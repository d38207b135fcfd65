import JSON
import OpenAI
import Testing

/// Every role, every form of content, and tool calls as history.
@Suite struct MessageTests {
    @Test(arguments: ["system", "developer", "user", "assistant"])
    func wire_29_contentIsAStringOrPartsInEveryRole(role: String) throws {
        let plain = try conversation(#"{"role": "\#(role)", "content": "a"}"#)
        #expect(plain.messages.map(\.content) == ["a"])
        let parts = try conversation(
            #"{"role": "\#(role)", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}"#)
        #expect(parts.messages.map(\.content) == ["a\nb"])
    }

    @Test func wire_29_nullContentOnlyBesideToolCalls() throws {
        let call = #"{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"x\": 1}"}}"#
        let request = try conversation(#"{"role": "assistant", "content": null, "tool_calls": [\#(call)]}"#)
        #expect(request.messages[0].content == "")
        #expect(request.messages[0].templateValue["content"] == "", "templates add it to strings")
        let arguments = request.messages[0].templateValue["tool_calls"]?[0]?["function"]?["arguments"]
        #expect(arguments == ["x": 1])
        for role in ["system", "user", "assistant"] {
            let error = refusal { _ = try conversation(#"{"role": "\#(role)", "content": null}"#) }
            #expect(error?.parameter == "messages[0].content")
        }
    }

    @Test func c5_argumentsOfEarlierCallsMayBeObjects() throws {
        let call = #"{"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"x": [1, null]}}}"#
        let request = try conversation(#"{"role": "assistant", "content": null, "tool_calls": [\#(call)]}"#)
        let function = request.messages[0].templateValue["tool_calls"]?[0]?["function"]
        #expect(function?["arguments"] == ["x": [1, .null]])
        let wrong = #"{"id": "c1", "type": "function", "function": {"name": "f", "arguments": 3}}"#
        let error = refusal {
            _ = try conversation(#"{"role": "assistant", "content": null, "tool_calls": [\#(wrong)]}"#)
        }
        #expect(error?.parameter == "messages[0].tool_calls[0].function.arguments")
    }

    @Test func wire_29_otherPartsAreNamed() {
        let image = #"{"type": "image_url", "image_url": {"url": "x"}}"#
        let error = refusal {
            _ = try conversation(#"{"role": "user", "content": [{"type": "text", "text": "a"}, \#(image)]}"#)
        }
        #expect(error?.parameter == "messages[0].content[1].type")
        #expect(error?.message.contains("image_url") == true)
    }

    @Test func wire_30_developerIsSystemAndNeverDropped() throws {
        let both = try conversation(
            #"{"role": "system", "content": "A"}, {"role": "developer", "content": "B"}, {"role": "user", "content": "C"}"#
        )
        #expect(both.messages.map(\.role) == [.system, .user])
        #expect(both.messages[0].content == "A\n\nB")
        let alone = try conversation(
            #"{"role": "developer", "content": "B"}, {"role": "user", "content": "C"}, {"role": "developer", "content": "D"}"#
        )
        #expect(alone.messages.map(\.role) == [.system, .user, .system])
        #expect(alone.messages[2].templateValue["role"] == "system")
    }

    @Test func wire_31_toolMessagesInAnyOrderAndUnknownIdsRefused() throws {
        func call(_ id: String) -> String {
            #"{"id": "\#(id)", "type": "function", "function": {"name": "f", "arguments": ""}}"#
        }
        func answer(_ id: String) -> String { #"{"role": "tool", "tool_call_id": "\#(id)", "content": "r"}"# }
        let asked = #"{"role": "assistant", "tool_calls": [\#(call("a")), \#(call("b"))]}"#
        let request = try conversation([asked, answer("b"), answer("a")].joined(separator: ","))
        #expect(request.messages.map(\.role) == [.assistant, .tool, .tool])
        #expect(request.messages[0].templateValue["tool_calls"]?[1]?["function"]?["arguments"] == [:])
        #expect(request.messages[1].templateValue["tool_call_id"] == "b")
        let error = refusal { _ = try conversation([asked, answer("c")].joined(separator: ",")) }
        #expect(error?.parameter == "messages[1].tool_call_id")
        #expect(refusal { _ = try conversation(answer("a")) }?.parameter == "messages[0].tool_call_id")
    }

    @Test func whatOurOwnAnswersSendBackIsAccepted() throws {
        let message = #"""
            {"role": "assistant", "content": "x", "refusal": null, "annotations": null, "audio": null,
             "function_call": null, "tool_calls": null}
            """#
        let request = try conversation(message)
        #expect(request.messages[0].content == "x")
        #expect(request.ignoredFields.isEmpty)
    }

    @Test func wire_37_reasoningIsAcceptedOnInput() throws {
        for name in ["reasoning", "reasoning_content"] {
            let request = try conversation(#"{"role": "assistant", "content": "x", "\#(name)": "why"}"#)
            #expect(request.messages[0].templateValue["reasoning_content"] == "why")
        }
    }

    @Test(arguments: [
        (#"{"content": "x"}"#, "messages[0].role"), (#"{"role": 1, "content": "x"}"#, "messages[0].role"),
        (#"{"role": "robot", "content": "x"}"#, "messages[0].role"), (#"3"#, "messages[0]"),
        (#"{"role": "function", "name": "f", "content": "x"}"#, "messages[0].role"),
        (#"{"role": "user"}"#, "messages[0].content"), (#"{"role": "user", "content": 5}"#, "messages[0].content"),
        (#"{"role": "user", "content": []}"#, "messages[0].content"),
        (#"{"role": "user", "content": ["x"]}"#, "messages[0].content[0]"),
        (#"{"role": "user", "content": [{"text": "x"}]}"#, "messages[0].content[0].type"),
        (#"{"role": "user", "content": [{"type": "text"}]}"#, "messages[0].content[0].text"),
        (#"{"role": "user", "content": "x", "name": 1}"#, "messages[0].name"),
        (#"{"role": "assistant", "tool_calls": [{}]}"#, "messages[0].tool_calls[0].id"),
        (
            #"{"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": []}}]}"#,
            "messages[0].tool_calls[0].function.arguments"
        ),
        (#"{"role": "tool", "content": "x"}"#, "messages[0].tool_call_id"),
    ])
    func faultsAreNamedByPath(message: String, path: String) {
        let error = refusal { _ = try conversation(message) }
        #expect(error?.status == 400)
        #expect(error?.parameter == path)
    }
}
