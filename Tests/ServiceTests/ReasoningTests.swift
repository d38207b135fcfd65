import JSON
import OpenAI
import Service
import Testing

/// Thinking on the wire, over a model that says what a test wants.
@Suite struct ReasoningTests {
    @Test(arguments: ThinkingTemplate.allCases)
    func wire_37_38_39_theBlockIsSplitFromTheAnswer(template: ThinkingTemplate) async throws {
        let said = template.said("Let me see: 2 < 3.", "Yes, 2 </b>\n")
        for members in ["", #""n": 3"#, #""logprobs": true, "top_logprobs": 1"#, #""skip_special_tokens": false"#] {
            let answer = try await template.answer(said, members)
            #expect(answer.content == "Yes, 2 </b>\n")
            #expect(answer.reasoning == "Let me see: 2 < 3.")
            let count = members.hasPrefix(#""n""#) ? 3 : 1
            let tag = said.utf8.count - "\n\nYes, 2 </b>\n".utf8.count
            #expect(answer.reasoningTokens == Int64(count * tag), "tags are part of the thinking")
            answer.expectEqualForms()
        }
    }

    @Test func wire_38_reasoningComesFirstAndNoChunkIsEmpty() async throws {
        let answer = try await ThinkingTemplate.opensTheBlock.answer("why\n</think>\n\nso", #""logprobs": true"#)
        let deltas = answer.chunks.compactMap { $0["choices"]?[0]?["delta"]?.objectValue }.filter { !$0.isEmpty }
        let kinds = deltas.dropFirst().map { Array($0.keys) }
        #expect(kinds.prefix(3).allSatisfy { $0 == ["reasoning_content", "reasoning"] })
        #expect(kinds.dropFirst(3) == [["content"], ["content"]])
        #expect(deltas.dropFirst().allSatisfy { !$0.contains { $0.value == "" } })
        let reports = answer.choice?["logprobs"]?["content"]?.arrayValue ?? []
        let bytes = reports.flatMap { $0["bytes"]?.arrayValue ?? [] }.compactMap { $0.intValue.map { UInt8($0) } }
        #expect(String(decoding: bytes, as: UTF8.self) == "why\n</think>\n\nso", "every token is reported")
        let streamed = answer.chunks.flatMap { $0["choices"]?[0]?["logprobs"]?["content"]?.arrayValue ?? [] }
        #expect(streamed == reports)
    }

    @Test(arguments: ThinkingTemplate.allCases)
    func wire_38_cutWhileThinking(template: ThinkingTemplate) async throws {
        let answer = try await template.answer(template.said("Let me see", "Yes"), #""max_tokens": 14"#)
        #expect(answer.content == "")
        #expect(answer.choice?["finish_reason"] == "length")
        #expect(answer.reasoningTokens == 14)
        #expect(answer.reasoning == (template == .opensTheBlock ? "Let me see\n</t" : "Let me"))
        answer.expectEqualForms()
    }

    @Test func wire_26_stopStringsMatchInTheAnswerOnly() async throws {
        let answer = try await ThinkingTemplate.opensTheBlock.answer(
            "END of it\n</think>\n\nThe END of all", #""stop": ["END", "</think>", "think"]"#)
        #expect(answer.content == "The " && answer.reasoning == "END of it")
        #expect(answer.choice?["finish_reason"] == "stop")
        answer.expectEqualForms()
    }

    @Test func wire_39_aTagInTheMiddleIsText() async throws {
        for template in ThinkingTemplate.allCases where template != .opensTheBlock {
            let answer = try await template.answer("Write <think> and </think>.", "")
            #expect(answer.content == "Write <think> and </think>." && answer.reasoning == nil)
            answer.expectEqualForms()
        }
        let said = "a</think>Write <think> or </think>."
        let behind = try await ThinkingTemplate.opensTheBlock.answer(said, "")
        #expect(behind.content == "Write <think> or </think>." && behind.reasoning == "a")
        behind.expectEqualForms()
    }

    @Test func wire_39_whatStandsBeforeALateCloseIsReasoning() async throws {
        let answer = try await ThinkingTemplate.modelOpensTheBlock.answer("thought\n</think>\n\nsaid", "")
        #expect(answer.content == "said" && answer.reasoning == "thought")
        #expect(answer.joined("content") == "thought\nsaid", "what was sent cannot be taken back; the tag is not sent")
        #expect(answer.reasoningTokens == 16)
        #expect(answer.chunks.last?["usage"]?["completion_tokens_details"]?["reasoning_tokens"] == 16)
        let plain = try await ThinkingTemplate.knowsNoBlock.answer("Write </think>.", "")
        #expect(
            plain.content == "Write </think>." && plain.reasoning == nil, "a model that does not think loses no text")
        plain.expectEqualForms()
    }

    @Test func wire_37_theSettingsAndTheRequestSayWhatIsSent() async throws {
        let template = ThinkingTemplate.opensTheBlock
        for fields in [ReasoningFields.reasoning, .reasoningContent] {
            let answer = try await template.answer("why</think>so", "") { $0.reasoning.fields = fields }
            let others = ["reasoning", "reasoning_content"].filter { $0 != fields.rawValue }
            #expect(answer.choice?["message"]?[fields.rawValue] == "why")
            #expect(others.allSatisfy { answer.choice?["message"]?[$0] == nil })
            answer.expectEqualForms()
        }
        for members in [#""include_reasoning": false"#, #""reasoning": {"exclude": true}"#] {
            let answer = try await template.answer("why</think>so", members + #", "logprobs": true"#)
            #expect(answer.content == "so" && answer.reasoning == nil && answer.reasoningTokens == 11)
            #expect(answer.choice?["logprobs"]?["content"]?.arrayValue?.count == 2)
            answer.expectEqualForms()
        }
        let raw = try await template.answer("why</think>so", #""separate_reasoning": false"#)
        #expect(raw.content == "why</think>so" && raw.reasoning == nil && raw.reasoningTokens == 11)
        raw.expectEqualForms()
        let never = try await template.answer("why</think>so", "") { $0.reasoning.mode = .never }
        #expect(never.content == "why</think>so" && never.reasoningTokens == 0)
        let always = try await ThinkingTemplate.knowsNoBlock.answer("why</think>so", "") {
            $0.reasoning.mode = .always
        }
        #expect(always.content == "so" && always.reasoning == "why")
        always.expectEqualForms()
    }

    @Test func aModelThatThinksAlwaysHasTheMember() async throws {
        let quiet = try await ThinkingTemplate.modelOpensTheBlock.answer("said", "")
        #expect(quiet.choice?["message"]?["reasoning_content"]?.isNull == true)
        let plain = try await ThinkingTemplate.knowsNoBlock.answer("said", "")
        #expect(plain.choice?["message"]?["reasoning_content"] == nil)
        let empty = try await ThinkingTemplate.modelOpensTheBlock.answer("<think>\n\n</think>\n\nsaid", "")
        #expect(empty.content == "said" && empty.choice?["message"]?["reasoning_content"]?.isNull == true)
        #expect(empty.reasoningTokens == 17)
    }

    @Test func wire_63_legacyCompletionsStayRaw() async throws {
        let text = "<think>why</think>so"
        let server = try TestServer.saying(text.utf8.map { Int32($0) }, after: 7)
        let body = #"{"prompt": "<think>", "max_tokens": 99}"#
        let answer = try await server.post("/v1/completions", body).json
        #expect(answer["choices"]?[0]?["text"] == .string(text))
        #expect(answer["usage"]?["completion_tokens_details"]?["reasoning_tokens"] == 0)
    }
}
