import Foundation
import JSON
import Testing

/// Drafts change speed alone: the same bytes with them and without, whatever runs beside.
@Suite struct SpeculationTests {
    private static let model = URL(fileURLWithPath: ServerProcess.tinyModel).deletingLastPathComponent()
        .appendingPathComponent("checkpoints/mimo-tiny-trained").path
    private static let chat = "/v1/chat/completions"

    /// Requests of every kind that drafts could disturb.
    private static func requests(_ count: Int) -> [String] {
        let texts = [
            "The draft layer guesses", "Repeat: a b c d e f a b c d e f a b c", "The small server reads a request",
            "Count the pages of the cache.",
        ]
        let kinds = [
            #""temperature":0"#, #""temperature":0.8,"seed":5"#, #""temperature":1.2,"top_p":0.9,"seed":9"#,
            #""temperature":0,"logprobs":true,"top_logprobs":3"#, #""temperature":0,"stop":["the","er "]"#,
            #""temperature":0.7,"seed":3,"n":2"#, #""temperature":0,"repetition_penalty":1.3"#,
            #""temperature":0,"prediction":{"type":"content","content":"The draft layer guesses the next token"}"#,
            #""temperature":0,"ignore_eos":true,"min_tokens":6"#,
        ]
        return (0..<count).map { index in
            let text = texts[index % texts.count] + (index % 3 == 0 ? " \(index)" : "")
            return """
                {"model":"default","max_tokens":\(8 + index % 50),\(kinds[index % kinds.count]),\
                "messages":[{"role":"user","content":"\(text)"}]}
                """
        }
    }

    /// The choices of each request, `together` many at the same time.
    private static func choices(_ server: ServerProcess, _ requests: [String], together: Int) throws -> [JSONValue?] {
        var found: [JSONValue?] = []
        for start in stride(from: 0, to: requests.count, by: together) {
            let clients = try requests[start..<min(start + together, requests.count)].map { request in
                let client = try server.connect()
                try client.send("POST", chat, request)
                return client
            }
            found += try clients.map { try $0.readReply().json()["choices"] }
        }
        return found
    }

    private static func count(_ name: String, _ kind: String, in exposition: String) -> Int {
        let line = exposition.split(separator: "\n").first {
            $0.contains("vllm:spec_decode_num_\(name)_total{") && $0.contains("kind=\"\(kind)\"")
        }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) } ?? 0
    }

    @Test func everyKindOfDraftsGivesTheBytesOfNone() throws {
        let requests = Self.requests(144)
        let plain = try Self.choices(
            ServerProcess(["--speculative", "none"], model: Self.model), requests, together: 1)
        #expect(plain.allSatisfy { $0?.arrayValue?.isEmpty == false })
        for (mode, drafts) in [("mtp", "1"), ("mtp", "3"), ("ngram", "0"), ("auto", "0")] {
            let server = try ServerProcess(
                [
                    "--speculative", mode, "--draft-tokens", drafts, "--engine.draft_always", "true",
                    "--engine.max_running", "12",
                    "--engine.page_tokens", "8", "--context", "256", "--engine.kv_bytes", "200000",
                ], model: Self.model)
            #expect(try Self.choices(server, requests, together: 24) == plain, "\(mode), \(drafts) drafts")
            #expect(try Self.choices(server, requests, together: 1) == plain, "\(mode), \(drafts) drafts, one by one")
            let metrics = try server.reply("GET", "/metrics").body
            let kind = mode == "ngram" ? "ngram" : "mtp"
            #expect(Self.count("draft_tokens", kind, in: metrics) > 0, "\(mode) drafted nothing")
            #expect(Self.count("accepted_tokens", kind, in: metrics) > 0, "no draft of \(mode) was right")
        }
    }

    @Test func whatWasDraftedIsOnTheBill() throws {
        // Whether drafting pays depends on the machine; what was drafted does not then.
        let server = try ServerProcess(["--speculative", "mtp", "--engine.draft_always", "true"], model: Self.model)
        let request = Self.requests(1)[0].replacingOccurrences(of: "\"max_tokens\":8", with: "\"max_tokens\":60")
        let usage = try server.reply("POST", Self.chat, request).json()["usage"]
        let details = usage?["completion_tokens_details"]
        let accepted = details?["accepted_prediction_tokens"]?.intValue ?? 0
        #expect(accepted > 0 && accepted < usage?["completion_tokens"]?.intValue ?? 0)
        let asked = request.dropLast() + #","stream":true,"stream_options":{"include_usage":true}}"#
        let streamed = try server.reply("POST", Self.chat, String(asked)).body
        #expect(streamed.contains("\"accepted_prediction_tokens\":"))
    }

    /// Requests that leave nothing to follow: only read, one token, read again from the cache, cut before the last token.
    @Test(arguments: ["auto", "mtp", "ngram"]) func h3_aPromptThatIsOnlyReadEndsNothing(mode: String) throws {
        let server = try ServerProcess(
            [
                "--speculative", mode, "--engine.draft_always", "true", "--engine.step_tokens", "20",
                "--engine.max_running", "4",
            ],
            model: Self.model)
        let prompts = [
            #""hello world, this is a longer prompt""#, "[5]", "[[5],[5]]",
            "[" + Array(repeating: "7", count: 21).joined(separator: ",") + "]",
            "[" + Array(repeating: "7", count: 41).joined(separator: ",") + "]",
        ]
        for prompt in prompts + prompts {
            for extra in [#""echo":true"#, #""echo":true,"logprobs":2"#, #""echo":true,"n":3"#] {
                let body = #"{"model":"default","prompt":\#(prompt),"max_tokens":0,\#(extra)}"#
                #expect(try server.reply("POST", "/v1/completions", body).status == 200, "\(prompt) \(extra)")
            }
            let answer = #"{"model":"default","prompt":\#(prompt),"max_tokens":1,"temperature":0}"#
            #expect(try server.reply("POST", "/v1/completions", answer).status == 200)
        }
    }

    @Test func rowsBehindTheTokenizerAreNeverSampled() throws {
        let server = try ServerProcess(["--speculative", "auto"], model: Self.model)
        for seed in 0..<4 {
            let body = """
                {"model":"default","prompt":[5,6,7],"max_tokens":200,"temperature":2,"seed":\(seed),"n":4,\
                "ignore_eos":true,"return_token_ids":true}
                """
            let choices = try server.reply("POST", "/v1/completions", body).json()["choices"]?.arrayValue ?? []
            let tokens = choices.flatMap { $0["token_ids"]?.arrayValue?.compactMap(\.intValue) ?? [] }
            #expect(tokens.count == 800)
            // The tokenizer has 683 tokens, the model 768 rows.
            #expect(tokens.allSatisfy { $0 < 683 })
        }
    }

    @Test func aModelWithoutTheLayerIsNamed() throws {
        let run = try ServerProcess(["--speculative", "mtp"])
        #expect(run.port == nil)
        #expect(run.log.contains("has no multi-token-prediction layer"))
    }
}
