import JSON
import OpenAI

/// Limits as the tests assume them.
let requestLimits = RequestLimits(
    choices: 8, prompts: 8, vocabulary: ByteVocabulary.count, refusesUnknownFields: false,
    lists: ListLimits(messages: 64, stops: 16, stopBytes: 1024, logitBiases: 1024))

/// The options of a chat request with these members beside its one message.
func chatOptions(_ members: String) throws -> GenerationOptions {
    let extra = members.isEmpty ? "" : ", " + members
    let body = #"{"messages": [{"role": "user", "content": "hi"}]"# + extra + "}"
    return try ChatRequest(JSONParser.parse(body, limits: .request), limits: requestLimits).options
}
