import JSON
import Service
import Testing

/// Thinking in conversations that clients send.
@Suite struct ThinkingHistoryTests {
    private static func conversation(_ assistant: String, _ members: String, continues: Bool) -> String {
        let next = continues ? "" : #", {"role": "user", "content": "and?"}"#
        let flag = continues ? #", "continue_final_message": true"# : ""
        return
            #"{"messages": [{"role": "system", "content": ""}, {"role": "user", "content": "hi"}, "#
            + #"{"role": "assistant", \#(assistant)}\#(next)]\#(flag)\#(members.isEmpty ? "" : ", " + members)}"#
    }

    @Test(arguments: ThinkingTemplate.allCases)
    func earlierThinkingIsLeftOutWhicheverWayItComes(template: ThinkingTemplate) async throws {
        for assistant in [
            #""content": "<think>\nwhy\n</think>\n\nso""#, #""content": "so", "reasoning_content": "why""#,
            #""content": "so", "reasoning": "why""#, #""content": "so""#,
        ] {
            let prompt = try await template.prompt(Self.conversation(assistant, "", continues: false))
            #expect(prompt.contains("<|im_start|>assistant\nso<|im_end|>\n"), "\(assistant)")
            #expect(!prompt.contains("why"))
            #expect(prompt.hasPrefix("<|im_start|>system\n<|im_end|>\n"), "an empty instruction is one")
        }
        let open = try await template.prompt(
            Self.conversation(#""content": null, "reasoning_content": "why""#, "", continues: false))
        #expect(open.contains("<|im_start|>assistant\n<|im_end|>\n"))
    }

    @Test func aTagThatIsQuotedStays() async throws {
        let quoted = #""content": "Write <think> and </think>.""#
        let prompt = try await ThinkingTemplate.knowsNoBlock.prompt(Self.conversation(quoted, "", continues: false))
        #expect(prompt.contains("assistant\nWrite <think> and </think>.<|im_end|>"))
    }

    @Test(arguments: ThinkingTemplate.allCases)
    func anOpenBlockGoesOn(template: ThinkingTemplate) async throws {
        for assistant in [
            #""content": "<think>\nI was""#, #""content": "", "reasoning_content": "I was""#,
            #""reasoning": "I was""#,
        ] {
            let body = Self.conversation(assistant, "", continues: true)
            let prompt = try await template.prompt(body)
            #expect(prompt.hasSuffix("<|im_start|>assistant\n<think>\nI was"), "\(assistant)")
            let server = try await template.server(saying: " here\n</think>\n\nYes", to: body)
            let message = try await server.post("/v1/chat/completions", body).json["choices"]?[0]?["message"]
            #expect(message?["reasoning_content"] == " here" && message?["content"] == "Yes")
        }
    }

    @Test(arguments: ThinkingTemplate.allCases)
    func aClosedBlockIsFollowedByTheAnswer(template: ThinkingTemplate) async throws {
        for (assistant, end) in [
            (#""content": "<think>\nwhy\n</think>\n\nBecause""#, "<think>\nwhy\n</think>\n\nBecause"),
            (#""content": "Because", "reasoning_content": "why""#, "<think>\nwhy\n</think>\n\nBecause"),
            (#""content": "<think>\nwhy\n</think>""#, "<think>\nwhy\n</think>"),
        ] {
            let body = Self.conversation(assistant, "", continues: true)
            #expect(try await template.prompt(body).hasSuffix("<|im_start|>assistant\n" + end))
            let server = try await template.server(saying: " of it. </think>", to: body)
            let message = try await server.post("/v1/chat/completions", body).json["choices"]?[0]?["message"]
            #expect(message?["content"] == " of it. </think>" && message?["reasoning_content"]?.stringValue == nil)
        }
    }

    @Test func aPlainAnswerGoesOnWithoutThinking() async throws {
        let body = Self.conversation(#""content": "Because""#, "", continues: true)
        for template in [ThinkingTemplate.opensTheBlock, .knowsNoBlock] {
            let prompt = try await template.prompt(body)
            #expect(prompt.hasSuffix("<|im_start|>assistant\nBecause"))
            let server = try await template.server(saying: " <think>", to: body)
            let message = try await server.post("/v1/chat/completions", body).json["choices"]?[0]?["message"]
            #expect(message?["content"] == " <think>")
        }
    }
}
