import JSON
import OpenAI

/// Limits as the tests assume them: 8 choices, 1000 tokens in the vocabulary.
let limits = testLimits(strict: false)

/// The same, with unknown fields refused.
let strictLimits = testLimits(strict: true)

private func testLimits(strict: Bool) -> RequestLimits {
    var limits = RequestLimits(
        choices: 8, prompts: 32, vocabulary: 1000, refusesUnknownFields: strict,
        lists: ListLimits(messages: 64, stops: 16, stopBytes: 1024, logitBiases: 1024))
    limits.knownTokens = 1000
    return limits
}

/// A chat request with one user message and the members of `text` beside it.
func chat(_ text: String) throws -> ChatRequest {
    let extra = text.isEmpty ? "" : ", " + text
    return try parse(#"{"model": "m", "messages": [{"role": "user", "content": "hi"}]"# + extra + "}")
}

/// A chat request from a whole body.
func parse(_ body: String) throws -> ChatRequest {
    try ChatRequest(JSONParser.parse(body, limits: .request), limits: limits)
}

/// A chat request over the messages in `text`.
func conversation(_ text: String) throws -> ChatRequest { try parse(#"{"messages": ["# + text + "]}") }

/// A legacy request with the members of `text`.
func completion(_ text: String) throws -> CompletionRequest {
    try CompletionRequest(JSONParser.parse("{" + text + "}", limits: .request), limits: limits)
}

/// The error that `body` throws, if it is one for a client.
func refusal(_ body: () throws -> Void) -> APIError? {
    do {
        try body()
        return nil
    } catch {
        return error as? APIError
    }
}
