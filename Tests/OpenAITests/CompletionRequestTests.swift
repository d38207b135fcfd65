import JSON
import OpenAI
import Testing

/// The legacy endpoint's bodies.
@Suite struct CompletionRequestTests {
    @Test func wire_63_promptTakesFourForms() throws {
        #expect(try completion(#""prompt": "a""#).prompts == [.text("a")])
        #expect(try completion(#""prompt": ["a", "b"]"#).prompts == [.text("a"), .text("b")])
        #expect(try completion(#""prompt": [1, 2]"#).prompts == [.tokens([1, 2])])
        #expect(try completion(#""prompt": [[1], [2, 3]]"#).prompts == [.tokens([1]), .tokens([2, 3])])
    }

    @Test(arguments: [
        (#""prompt": []"#, "prompt"), (#""prompt": 5"#, "prompt"), (#""prompt": [1, "a"]"#, "prompt[1]"),
        (#""prompt": ["a", 1]"#, "prompt[1]"), (#""prompt": [1000]"#, "prompt[0]"), (#""prompt": [-1]"#, "prompt[0]"),
        (#""prompt": [[1], [1e300]]"#, "prompt[1][0]"), (#""prompt": [true]"#, "prompt[0]"),
        (#""max_tokens": 1"#, "prompt"), (#""prompt": "a", "suffix": "b""#, "suffix"),
        (#""prompt": "a", "max_tokens": 0"#, "max_tokens"), (#""prompt": "a", "logprobs": 21"#, "logprobs"),
        (#""prompt": "a", "logprobs": true"#, "logprobs"), (#""prompt": "a", "n": 3, "best_of": 2"#, "best_of"),
        (#""prompt": "a", "best_of": 2, "stream": true"#, "best_of"),
    ])
    func faultsAreNamed(members: String, path: String) {
        let error = refusal { _ = try completion(members) }
        #expect(error?.status == 400)
        #expect(error?.parameter == path)
    }

    @Test func promptsAreBounded() throws {
        func prompts(_ count: Int) -> String { Array(repeating: "\"a\"", count: count).joined(separator: ",") }
        #expect(try completion("\"prompt\": [\(prompts(32))]").prompts.count == 32)
        #expect(refusal { _ = try completion("\"prompt\": [\(prompts(33))]") }?.parameter == "prompt")
    }

    @Test func evaluationHarnessesAreServed() throws {
        let request = try completion(#""prompt": "a", "echo": true, "max_tokens": 0, "logprobs": 1, "suffix": """#)
        #expect(request.echoesPrompt && request.options.maximumTokens == 0)
        #expect(request.options.reporting.topLogprobs == 1)
        #expect(try completion(#""prompt": "a""#).options.maximumTokens == 16)
        #expect(try completion(#""prompt": "a", "best_of": 4, "n": 2"#).candidates == 4)
    }

    @Test func wire_64_tokenizeSpeaksBothDialects() throws {
        func tokenize(_ body: String) throws -> TokenizeRequest {
            try TokenizeRequest(JSONParser.parse(body, limits: .request), limits: limits)
        }
        let llama = try tokenize(#"{"content": "a", "with_pieces": true}"#)
        #expect(!llama.addsSpecialTokens && llama.wantsPieces)
        #expect(try tokenize(#"{"content": "a", "add_special": true}"#).addsSpecialTokens)
        let other = try tokenize(#"{"prompt": "a", "return_token_strs": true}"#)
        #expect(other.addsSpecialTokens && other.wantsTokenStrings)
        guard
            case .conversation(let template) = try tokenize(#"{"messages": [{"role": "user", "content": "x"}]}"#)
                .subject
        else {
            Issue.record("messages are a conversation")
            return
        }
        #expect(template.messages.count == 1)
        #expect(refusal { _ = try tokenize("{}") }?.parameter == "prompt")
        let bad = try JSONParser.parse(#"{"tokens": [1, 1000]}"#, limits: .request)
        #expect(refusal { _ = try DetokenizeRequest(bad, limits: limits) }?.parameter == "tokens[1]")
    }
}
