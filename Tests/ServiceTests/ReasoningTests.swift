import JSON
import Service
import Testing

/// Thinking on the wire, over a model that says what a test wants.
@Suite struct ReasoningTests {
    static let opening = """
        {%- for m in messages -%}[{{ m.role }}]{{ m.content }}\n{% endfor -%}
        {%- if add_generation_prompt -%}[assistant]<think>\n{% endif -%}
        """
    static let silent = TestServer.template

    static func body(_ members: String) -> String {
        #"{"messages": [{"role": "user", "content": "hi"}]\#(members.isEmpty ? "" : ", " + members)}"#
    }

    /// A server whose model says `text` to the user's "hi".
    static func server(
        _ text: String, _ template: String?, _ configure: (inout TestServer.Options) -> Void = { _ in }
    ) throws -> TestServer {
        var options = TestServer.Options()
        options.template = template
        configure(&options)
        let prompt = "[user]hi\n[assistant]" + (template?.contains("<think>\n") == true ? "<think>\n" : "")
        return try TestServer.saying(text.utf8.map { Int32($0) }, after: prompt.utf8.count, options)
    }

    @Test func wire_37_39_theBlockIsSplitFromTheAnswer() async throws {
        for (text, template) in [
            ("a thought\n</think>\n\nAnswer", Self.opening), ("<think>\na thought\n</think>\n\nAnswer", Self.silent),
        ] {
            let server = try Self.server(text, template)
            let whole = try await server.post("/v1/chat/completions", Self.body("")).json
            let message = whole["choices"]?[0]?["message"]
            #expect(message?["content"] == "Answer")
            #expect(message?["reasoning_content"] == "a thought")
            #expect(message?["reasoning"] == "a thought")
            let tokens = text.utf8.count - "\n\nAnswer".utf8.count
            #expect(whole["usage"]?["completion_tokens_details"]?["reasoning_tokens"]?.intValue == Int64(tokens))
            let chunks = try await server.post("/v1/chat/completions", Self.body(#""stream": true"#)).chunks
            func joined(_ name: String) -> String {
                chunks.compactMap { $0["choices"]?[0]?["delta"]?[name]?.stringValue }.joined()
            }
            #expect(joined("content") == "Answer")
            #expect(joined("reasoning_content") == "a thought")
            #expect(joined("reasoning") == "a thought")
        }
    }

    @Test func wire_41_aSpentBudgetClosesTheBlockAndTheAnswerGoesOn() async throws {
        var options = TestServer.Options()
        options.template = Self.opening
        // It thinks for ever; only behind newlines, which it would not write, it answers.
        let endless = try TestServer(options) { position, token in
            token == 0x0a && position > 32 ? 0x59 : token == 0x59 ? ByteVocabulary.end : 0x61
        }
        let whole = try await endless.post(
            "/v1/chat/completions", Self.body(#""max_thinking_tokens": 40, "max_tokens": 100"#)
        ).json
        let choice = whole["choices"]?[0]
        #expect(choice?["message"]?["content"] == "Y")
        #expect(choice?["finish_reason"] == "stop")
        #expect(choice?["reasoning_closed_by"] == "budget")
        #expect(whole["usage"]?["completion_tokens_details"]?["reasoning_tokens"] == 40)
    }
}
