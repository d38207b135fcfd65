import JSON
import OpenAI
import Testing

/// The exact bytes of what we write.
@Suite struct ResponseTests {
    private let identity = CompletionIdentity(
        prefix: "chatcmpl-", randomness: Array(0..<12), created: 1_700_000_000, model: "org/m", fingerprint: "fp_1")
    private let usage = TokenUsage(promptTokens: 7, completionTokens: 2, cachedTokens: 4)
    private static let open = #"{"id":"chatcmpl-000102030405060708090a0b","object":"#
    private static let usageText =
        #""usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,"prompt_tokens_details":"#
        + #"{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":0,"accepted_prediction_tokens":0,"#
        + #""rejected_prediction_tokens":0}}"#
    private static let created = #","created":1700000000,"model":"org/m","choices":["#
    private static let close = #","system_fingerprint":"fp_1"}"#

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func wire_28_wholeChatAnswer() {
        var choice = CompletionChoice(index: 0, text: "a\n\"é\"", finish: .stop)
        #expect(
            text(ChatResponse(identity: identity, usage: usage, reasoning: .both).body(choices: 1) { _ in choice })
                == Self.open + #""chat.completion""# + Self.created
                + #"{"index":0,"message":{"role":"assistant","content":"a\n\"é\"","refusal":null},"logprobs":null,"#
                + #""finish_reason":"stop"}],"# + Self.usageText + Self.close)
        choice.tokenIDs = [5, 6]
        let body = text(
            ChatResponse(identity: identity, usage: usage, reasoning: .both).body(choices: 1) { _ in choice })
        #expect(body.contains(#""logprobs":null,"token_ids":[5,6],"finish_reason""#))
    }

    @Test func wire_12_to_20_chatChunks() {
        let writer = ChatChunkWriter(identity: identity, reasoning: .both)
        let head = Self.open + #""chat.completion.chunk""# + Self.created
        #expect(
            text(writer.chunk(index: 1, .role, reports: nil, tokenIDs: nil, usage: .absent))
                == head + #"{"index":1,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"#
                + #""finish_reason":null}]"# + Self.close)
        #expect(
            text(writer.chunk(index: 0, .content("hi"), reports: nil, tokenIDs: [3], usage: .null))
                == head + #"{"index":0,"delta":{"content":"hi"},"logprobs":null,"token_ids":[3],"#
                + #""finish_reason":null}],"usage":null"# + Self.close)
        #expect(
            text(writer.chunk(index: 0, .finish(.length, .init()), reports: nil, tokenIDs: nil, usage: .counts(usage)))
                == head + #"{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}],"#
                + Self.usageText + Self.close)
        #expect(text(writer.usageChunk(usage)) == head + "]," + Self.usageText + Self.close)
    }

    @Test func wire_45_to_47_logprobs() {
        let report = TokenReport(
            id: 4, bytes: [0xC3], logprob: -0.25,
            alternatives: [.init(id: 4, bytes: [0x61], logprob: -.infinity), .init(id: 5, bytes: [], logprob: .nan)])
        var choice = CompletionChoice(index: 0, text: "é", finish: .stop)
        choice.reports = [report]
        let body = text(
            ChatResponse(identity: identity, usage: usage, reasoning: .both).body(choices: 1) { _ in choice })
        #expect(
            body.contains(
                #""logprobs":{"content":[{"token":"\#u{FFFD}","logprob":-0.25,"bytes":[195],"top_logprobs":"#
                    + #"[{"token":"a","logprob":-9999.0,"bytes":[97]},{"token":"","logprob":-9999.0,"bytes":[]}]}],"#
                    + #""refusal":null}"#))
        choice.reports = []
        let empty = text(
            ChatResponse(identity: identity, usage: usage, reasoning: .both).body(choices: 1) { _ in choice })
        #expect(empty.contains(#""logprobs":{"content":[],"refusal":null}"#))
    }

    @Test func wire_48_legacyLogprobs() {
        let reports = [
            TokenReport(id: 1, bytes: Array("é".utf8), logprob: nil, alternatives: []),
            TokenReport(
                id: 2, bytes: [0x62], logprob: -0.1,
                alternatives: [
                    .init(id: 2, bytes: [0x62], logprob: -0.1), .init(id: 9, bytes: [0x62], logprob: -3),
                ]),
            TokenReport(id: 3, bytes: [0x63], logprob: -1.5, alternatives: []),
        ]
        var choice = CompletionChoice(index: 0, text: "ébc", finish: .length)
        choice.reports = reports
        let identity = CompletionIdentity(
            prefix: "chatcmpl-", randomness: Array(0..<12), created: 1_700_000_000, model: "org/m", fingerprint: "fp_1")
        #expect(
            text(CompletionResponse(identity: identity, usage: usage).body(choices: 1) { _ in choice })
                == Self.open + #""text_completion""# + Self.created
                + #"{"text":"ébc","index":0,"logprobs":{"tokens":["é","b","c"],"token_logprobs":[null,-0.1,-1.5],"#
                + #""top_logprobs":[null,{"b":-0.1},{"c":-1.5}],"text_offset":[0,1,2]},"finish_reason":"length"}],"#
                + Self.usageText + Self.close)
    }

    @Test func wire_12_legacyChunks() {
        let writer = CompletionChunkWriter(identity: identity)
        let head = Self.open + #""text_completion""# + Self.created
        let piece = CompletionChunkWriter.Piece(index: 2, text: "x", offset: 5, finish: nil)
        #expect(
            text(writer.chunk(piece, usage: .absent))
                == head + #"{"text":"x","index":2,"logprobs":null,"finish_reason":null}]"# + Self.close)
        #expect(text(writer.usageChunk(usage)) == head + "]," + Self.usageText + Self.close)
    }

    @Test func wire_56_errorBodies() {
        #expect(
            text(APIError.invalid("n", "no \"n\"").body())
                == #"{"error":{"message":"no \"n\"","type":"invalid_request_error","param":"n","code":"invalid_value"}}"#
        )
        #expect(
            text(APIError.server("x").body())
                == #"{"error":{"message":"x","type":"server_error","param":null,"code":null}}"#)
        let errors: [(APIError, Int, String?)] = [
            (.invalidAPIKey(isPresent: true), 401, "invalid_api_key"),
            (.modelNotFound("x", served: ["a"]), 404, "model_not_found"),
            (.overloaded(retryAfterSeconds: 3), 429, "rate_limit_exceeded"),
            (.unavailable("x", code: "loading"), 503, "loading"),
            (.unsupportedMediaType("x"), 415, "unsupported_media_type"),
        ]
        for (error, status, code) in errors {
            #expect(error.status == status)
            #expect(error.code == code)
        }
    }

    @Test func wire_58_bothCountsAreNamed() {
        let error = APIError.contextLengthExceeded(
            context: 2048, promptTokens: 3000, completionTokens: 100, parameter: "messages")
        #expect(error.code == "context_length_exceeded" && error.status == 400)
        #expect(error.message.contains("2048") && error.message.contains("3000") && error.message.contains("3100"))
    }

    @Test func errorsNeverCarryAMegabyteBack() {
        let name = String(repeating: "x", count: 1_000_000)
        #expect(APIError.modelNotFound(name, served: ["a"]).body().count < 500)
        #expect(refusal { _ = try conversation(#"{"role": "\#(name)", "content": "x"}"#) }?.message.count ?? 0 < 500)
    }

    @Test func wire_62_modelCards() {
        let card = ModelCard(id: "org/m", created: 5, contextTokens: 64)
        let body = #"{"id":"org/m","object":"model","created":5,"owned_by":"michat","max_model_len":64}"#
        #expect(text(card.body()) == body)
        #expect(text(ModelCard.list([card])) == #"{"object":"list","data":["# + body + "]}")
    }

    @Test func wire_64_tokenizeAnswers() throws {
        let request = try TokenizeRequest(
            JSONParser.parse(#"{"content": "x", "with_pieces": true, "return_token_strs": true}"#, limits: .request),
            limits: limits)
        let answer = TokenizeResponse(tokens: [1, 2], contextTokens: 64)
        #expect(
            text(answer.body(for: request) { $0 == 1 ? [0x61] : [0xC3] })
                == #"{"count":2,"max_model_len":64,"tokens":[{"id":1,"piece":"a"},{"id":2,"piece":[195]}],"#
                + #""token_strs":["a","\#u{FFFD}"]}"#)
    }

    @Test func wire_48_tokensThatAreNoTextKeepNamesOfTheirOwn() {
        let report = TokenReport(
            id: 4, bytes: [0xE2, 0x98], logprob: -0.5,
            alternatives: [
                .init(id: 4, bytes: [0xE2, 0x98], logprob: -0.5), .init(id: 5, bytes: [0xE2, 0x09], logprob: -1.5),
            ])
        var choice = CompletionChoice(index: 0, text: "", finish: .stop)
        choice.reports = [report]
        let body = text(CompletionResponse(identity: identity, usage: usage).body(choices: 1) { _ in choice })
        #expect(body.contains(#""tokens":["bytes:\\xe2\\x98"]"#))
        #expect(body.contains(#""top_logprobs":[{"bytes:\\xe2\\x98":-0.5,"bytes:\\xe2\\x09":-1.5}]"#))
    }
}
