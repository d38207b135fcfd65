import Foundation
import JSON
import Testing

/// A model that was never taught to call anything calls what it is asked to, because its answers have to have the form.
@Suite(.serialized, .enabled(if: ServerProcess.realModel != nil)) struct ToolCallingTests {
    private static let chat = "/v1/chat/completions"

    private static func body(_ question: String, _ more: String) -> String {
        """
        {"model":"default","messages":[{"role":"user","content":"\(question)"}],"max_tokens":200,
        "tools":[{"type":"function","function":{"name":"get_weather","description":"The weather in a city",
        "parameters":{"type":"object","properties":{"city":{"type":"string","maxLength":20},
        "unit":{"enum":["celsius","fahrenheit"]}},"required":["city","unit"],"additionalProperties":false}}},
        {"type":"function","function":{"name":"get_time","description":"The time in a zone",
        "parameters":{"type":"object","properties":{"zone":{"type":"string","maxLength":20}},"required":["zone"],
        "additionalProperties":false}}}],\(more)}
        """.replacing("\n", with: "")
    }

    /// The calls of a choice, each checked against its schema.
    private static func calls(_ choice: JSONValue?) throws -> [String] {
        try (choice?["message"]?["tool_calls"]?.arrayValue ?? []).map { call in
            let text = try #require(call["function"]?["arguments"]?.stringValue)
            let arguments = try JSONParser.parse(text, limits: .request)
            let name = try #require(call["function"]?["name"]?.stringValue)
            if name == "get_weather" {
                #expect(arguments.objectValue?.keys == ["city", "unit"])
                #expect(["celsius", "fahrenheit"].contains(arguments["unit"]?.stringValue))
            } else {
                #expect(name == "get_time" && arguments.objectValue?.keys == ["zone"])
            }
            return name
        }
    }

    @Test func aModelThatCannotCallCallsAllTheSame() throws {
        let server = try ServerProcess(model: ServerProcess.realModel ?? "")
        let named = #""temperature":0,"tool_choice":{"type":"function","function":{"name":"get_weather"}}"#
        for question in ["What is the weather in Paris?", "Write a poem about the sea.", "2 + 2 = ?"] {
            let one = try server.reply("POST", Self.chat, Self.body(question, named)).json()
            #expect(try Self.calls(one["choices"]?[0]) == ["get_weather"])
            #expect(one["choices"]?[0]?["finish_reason"] == "stop")
            let some = try server.reply(
                "POST", Self.chat,
                Self.body(question, #""tool_choice":"required","parallel_tool_calls":false,"temperature":1,"seed":7"#)
            ).json()
            #expect(try Self.calls(some["choices"]?[0]).count == 1)
            #expect(some["choices"]?[0]?["finish_reason"] == "tool_calls")
            #expect(some["choices"]?[0]?["message"]?["content"]?.isNull == true)
        }
    }
}
