import JSON
import Sampling
import Service
import Testing

/// How much is thought, and when it is enough.
@Suite struct ThinkingControlTests {
    private static let endless = String(repeating: "hm, ", count: 200)
    private static let budgets = [
        #""max_thinking_tokens": 30"#, #""thinking_budget": 30"#, #""thinking_token_budget": 30"#,
        #""thinking_budget_tokens": 30"#, #""thinking": {"type": "enabled", "budget_tokens": 30}"#,
        #""reasoning": {"max_tokens": 30}"#, #""chat_template_kwargs": {"thinking_budget": 30}"#,
    ]

    @Test(arguments: ThinkingTemplate.allCases)
    func wire_41_aSpentBudgetClosesTheBlockAndTheAnswerGoesOn(template: ThinkingTemplate) async throws {
        for budget in Self.budgets {
            for more in ["", #", "n": 2, "logprobs": true"#] {
                let said = (template == .opensTheBlock ? "" : "<think>\n") + Self.endless
                let answer = try await template.answer(said, budget + more + #", "max_tokens": 60"#)
                let thought = template == .opensTheBlock ? 21 : 21 - 8
                #expect(answer.reasoning == String(Self.endless.prefix(thought)), "\(budget)")
                #expect(answer.reasoningTokens == (more.isEmpty ? 30 : 60))
                #expect(answer.content?.utf8.count == 28 && answer.choice?["finish_reason"] == "length")
                #expect(answer.choice?["reasoning_closed_by"] == "budget")
                answer.expectEqualForms()
            }
        }
    }

    @Test func theBlockIsClosedTheWayTheTemplateWritesIt() async throws {
        let said = "<think>" + Self.endless
        let template = """
            {%- for m in messages -%}[{{ m.role }}]
            {%- if m.reasoning_content -%}<think>{{ m.reasoning_content }}</think>{%- endif -%}{{ m.content }}
            {%- endfor -%}{%- if add_generation_prompt -%}[assistant]{%- endif -%}
            """
        var options = TestServer.Options()
        options.template = template
        let server = try TestServer.saying(
            said.utf8.map { Int32($0) }, after: "[user]hi[assistant]".utf8.count, options)
        let answer = try await ReasonedAnswer(server, members: #""max_thinking_tokens": 30, "max_tokens": 40"#)
        #expect(answer.reasoning == String(Self.endless.prefix(30 - 7 - 8)), "no newline is added")
        #expect(answer.reasoningTokens == 30 && answer.content?.utf8.count == 10)
        answer.expectEqualForms()
    }

    @Test func aModelThatNoticesLateClosesTheBlockOnceMore() async throws {
        let said = String(Self.endless.prefix(20)) + "more.\n</think>\n\nSo: </think>yes </thin <think>"
        let answer = try await ThinkingTemplate.opensTheBlock.answer(said, #""max_thinking_tokens": 20"#)
        #expect(answer.choice?["reasoning_closed_by"] == "budget")
        #expect(answer.content == "re.\nSo: yes </thin <think>", "what it says now is the answer, without its tags")
        answer.expectEqualForms()
    }

    @Test func theServerBoundsWhatARequestMayAskFor() async throws {
        let template = ThinkingTemplate.opensTheBlock
        func limit(_ settings: inout TestServer.Options) {
            settings.reasoning.budget = 20
            settings.reasoning.maximumBudget = 25
        }
        let cases: [(String, Int64)] = [
            ("", 20), (#""max_thinking_tokens": -1"#, 25), (#""max_thinking_tokens": 12"#, 12),
            (#""reasoning_effort": "high""#, 25), (#""max_thinking_tokens": null"#, 20),
        ]
        for (members, tokens) in cases {
            let answer = try await template.answer(Self.endless, members, limit)
            #expect(answer.reasoningTokens == tokens, "\(members)")
        }
        let refused = try await template.answer(Self.endless, #""reasoning": {"max_tokens": 26}"#, limit).whole
        #expect(refused["error"]?["param"] == "reasoning.max_tokens")
        #expect(refused["error"]?["message"]?.stringValue?.contains("at most 25") == true)
    }

    @Test func wire_41_effortIsAShareOfTheRoom() async throws {
        let shares: [(String, Int64)] = [
            ("none", 9), ("minimal", 10), ("low", 20), ("medium", 50), ("high", 80), ("xhigh", 95),
        ]
        for (effort, tokens) in shares {
            for members in [
                #""reasoning_effort": "\#(effort)""#, #""reasoning": {"effort": "\#(effort)"}"#,
            ] {
                let answer = try await ThinkingTemplate.opensTheBlock.answer(
                    Self.endless, members + #", "max_tokens": 100"#)
                #expect(answer.reasoningTokens == tokens, "\(effort)")
                #expect(answer.reasoning == (effort == "none" ? nil : String(Self.endless.prefix(Int(tokens) - 9))))
                answer.expectEqualForms()
            }
        }
        let wrong = try await ThinkingTemplate.opensTheBlock.answer("", #""reasoning_effort": "much""#).whole
        #expect(wrong["error"]?["param"] == "reasoning_effort")
    }

    @Test func wire_41_templatesHearOfIt() async throws {
        let template = ThinkingTemplate.modelOpensTheBlock
        for off in [
            #""reasoning_effort": "none""#, #""chat_template_kwargs": {"enable_thinking": false}"#,
            #""enable_thinking": false"#, #""thinking": {"type": "disabled"}"#, #""reasoning": {"enabled": false}"#,
            #""chat_template_kwargs": {"thinking": false}"#,
        ] {
            let prompt = try await template.prompt(ThinkingTemplate.body(off))
            #expect(prompt.hasSuffix("<|im_start|>assistant\n<think>\n\n</think>\n\n"), "\(off)")
            let answer = try await template.answer("said", off)
            #expect(answer.content == "said" && answer.reasoningTokens == 0)
            // What it thinks all the same is closed at once.
            let stubborn = try await template.answer("<think>" + Self.endless, off + #", "max_tokens": 30"#)
            #expect(stubborn.reasoning == nil && stubborn.choice?["reasoning_closed_by"] == "budget")
        }
        let on = try await template.prompt(ThinkingTemplate.body(#""reasoning_effort": "low""#))
        #expect(on.hasSuffix("<|im_start|>assistant\n"))
        let given = #""reasoning_effort": "none", "chat_template_kwargs": {"enable_thinking": true}"#
        #expect(try await template.prompt(ThinkingTemplate.body(given)).hasSuffix("<|im_start|>assistant\n"))
    }

    @Test func templateVariablesHaveLimits() async throws {
        func parameter(_ kwargs: String) async throws -> JSONValue? {
            let body = ThinkingTemplate.body(#""chat_template_kwargs": \#(kwargs)"#)
            let server = try TestServer { _, _ in ByteVocabulary.end }
            return try await server.post("/v1/chat/completions", body).json["error"]?["param"]
        }
        let many = (0..<65).map { #""v\#($0)": 1"# }.joined(separator: ",")
        #expect(try await parameter("{\(many)}") == "chat_template_kwargs")
        let long = String(repeating: "x", count: 65_536)
        #expect(try await parameter(#"{"v": "\#(long)"}"#) == "chat_template_kwargs")
        #expect(try await parameter(#"{"messages": []}"#) == "chat_template_kwargs")
        #expect(try await parameter(#"{"v": [1, {"w": null}]}"#) == nil)
    }

    @Test func thinkingInCirclesIsClosed() async throws {
        let template = ThinkingTemplate.modelOpensTheBlock
        let answer = try await template.answer("<think>" + Self.endless, #""max_tokens": 60"#) {
            $0.reasoning.thinkingLoop = .init(period: 16, repeats: 4, tokens: 20)
        }
        // Four times "hm, " are not enough; with the fifth it has gone in circles for 20 tokens.
        #expect(answer.reasoning == "hm, hm, hm, hm, hm, ")
        #expect(answer.choice?["reasoning_closed_by"] == "repetition" && answer.content?.isEmpty == false)
        answer.expectEqualForms()
    }

    @Test func anAnswerInCirclesIsEndedAndSaysSo() async throws {
        func loop(_ options: inout TestServer.Options) {
            options.reasoning.answerLoop = .init(period: 16, repeats: 4, tokens: 20)
        }
        let template = ThinkingTemplate.modelOpensTheBlock
        let said = "<think>" + String(Self.endless.prefix(80)) + "</think>" + Self.endless
        let answer = try await template.answer(said, "", loop)
        #expect(answer.reasoning == String(Self.endless.prefix(80)), "only the answer is looked at")
        #expect(answer.content == "hm, hm, hm, hm, hm, ")
        #expect(answer.choice?["finish_reason"] == "length" && answer.choice?["stop_reason"] == "repetition")
        answer.expectEqualForms()
        let free = try await template.answer(said, #""ignore_eos": true, "max_tokens": 200"#, loop)
        #expect(free.choice?["stop_reason"] == nil)
        let later = try await template.answer(said, #""min_tokens": 199"#, loop)
        #expect(later.whole["usage"]?["completion_tokens"] == 199 && later.choice?["stop_reason"] == "repetition")
    }

    @Test func whatHappenedIsCounted() async throws {
        let template = ThinkingTemplate.opensTheBlock
        let server = try await template.server(
            saying: "why</think>" + Self.endless, to: ThinkingTemplate.body(""),
            { $0.reasoning.answerLoop = .init(period: 16, repeats: 4, tokens: 20) })
        _ = await server.post("/v1/chat/completions", ThinkingTemplate.body(""))
        _ = await server.post("/v1/chat/completions", ThinkingTemplate.body(#""max_thinking_tokens": 0"#))
        let metrics = await server.send("GET", "/metrics").ended().text
        for line in [
            "michat_reasoning_tokens_total{} 20", #"michat_reasoning_closed_total{,by="model"} 1"#,
            #"michat_reasoning_closed_total{,by="budget"} 1"#, "michat_answer_loops_total{} 2",
        ] {
            let labelled = line.replacing("{", with: #"{model_name="org/tiny",engine="0""#)
            #expect(metrics.contains(labelled + "\n"), "\(labelled)")
        }
    }
}
