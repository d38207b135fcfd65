import HTTP
import JSON
import Testing

/// Everything that `/v1/completions` takes beside one text: lists, tokens, echoes, candidates, streams of several.
@Suite struct CompletionFormsTests {
    private static let path = "/v1/completions"

    /// A server whose tokens count up from the last one of the prompt.
    private func counting() throws -> TestServer { try TestServer { _, token in token + 1 } }

    private func texts(_ server: TestServer, _ members: String) async throws -> [String] {
        try await (server.post(Self.path, "{\(members)}").json["choices"]?.arrayValue ?? []).compactMap {
            $0["text"]?.stringValue
        }
    }

    /// Texts, finishes and offsets of a stream, by choice.
    private func streamed(_ record: RecordingExchange.Record, choices: Int) throws -> [Streamed] {
        var all = [Streamed](repeating: Streamed(), count: choices)
        for chunk in try record.chunks {
            for choice in chunk["choices"]?.arrayValue ?? [] {
                let index = Int(choice["index"]?.intValue ?? -1)
                all[index].text += choice["text"]?.stringValue ?? ""
                all[index].finishes += choice["finish_reason"]?.stringValue.map { [$0] } ?? []
                all[index].offsets += choice["logprobs"]?["text_offset"]?.arrayValue ?? []
                all[index].tokens += choice["logprobs"]?["tokens"]?.arrayValue ?? []
                all[index].logprobs += choice["logprobs"]?["token_logprobs"]?.arrayValue ?? []
            }
        }
        return all
    }

    private struct Streamed: Equatable {
        var text = ""
        var finishes: [String] = []
        var offsets: [JSONValue] = []
        var tokens: [JSONValue] = []
        var logprobs: [JSONValue] = []
    }

    @Test(arguments: ["false", "true"]) func wire_63_severalPromptsStreamAsTheyAreWhole(echo: String) async throws {
        let server = try counting()
        let members = #"""
            "prompt": ["ab", [97, 65], "xyz"], "max_tokens": 3, "n": 2, "echo": \#(echo), "logprobs": 1,
            "temperature": 1.5, "seed": 4
            """#
        let whole = try await server.post(Self.path, "{\(members)}").json
        let stream = await server.post(
            Self.path, #"{\#(members), "stream": true, "stream_options": {"include_usage": true}}"#)
        let choices = whole["choices"]?.arrayValue ?? []
        #expect(choices.map { $0["index"]?.intValue } == [0, 1, 2, 3, 4, 5])
        let expected = choices.map { choice in
            let logprobs = choice["logprobs"]
            return Streamed(
                text: choice["text"]?.stringValue ?? "", finishes: [choice["finish_reason"]?.stringValue ?? ""],
                offsets: logprobs?["text_offset"]?.arrayValue ?? [], tokens: logprobs?["tokens"]?.arrayValue ?? [],
                logprobs: logprobs?["token_logprobs"]?.arrayValue ?? [])
        }
        #expect(try streamed(stream, choices: 6) == expected)
        #expect(stream.events.last == "[DONE]")
        let usage = try stream.chunks.last?["usage"]
        #expect(usage?["prompt_tokens"] == 7 && usage?["completion_tokens"] == 18, "each prompt once, each answer")
        #expect(usage?["total_tokens"] == whole["usage"]?["total_tokens"])
    }

    @Test func wire_63_tokensAreAnsweredLikeTheirText() async throws {
        let server = try counting()
        let text = try await texts(server, #""prompt": ["ab"], "max_tokens": 3, "echo": true"#)
        #expect(try await texts(server, #""prompt": [97, 98], "max_tokens": 3, "echo": true"#) == text)
        #expect(try await texts(server, #""prompt": [[97, 98]], "max_tokens": 3, "echo": true"#) == text)
        #expect(try await texts(server, #""prompt": [[97, 98], "ab"], "max_tokens": 3, "echo": true"#) == text + text)
    }

    @Test(arguments: [
        (#""prompt": []"#, "prompt"), (#""prompt": [[]]"#, "prompt"), (#""prompt": {}"#, "prompt"),
        (#""prompt": 5"#, "prompt"), (#""prompt": [1.5]"#, "prompt"), (#""prompt": [-1]"#, "prompt"),
        (#""prompt": ["a", 5]"#, "prompt"), (#""prompt": [[97], [100000]]"#, "prompt"), (#""prompt": null"#, "prompt"),
        (#""max_tokens": 1"#, "prompt"), (#""prompt": "a", "suffix": "b""#, "suffix"),
        (#""prompt": "a", "suffix": 5"#, "suffix"), (#""prompt": "a", "logprobs": 21"#, "logprobs"),
        (#""prompt": "a", "logprobs": -1"#, "logprobs"), (#""prompt": "a", "best_of": 0"#, "best_of"),
        (#""prompt": "a", "best_of": 1, "n": 2"#, "best_of"), (#""prompt": "a", "echo": "yes""#, "echo"),
        (#""prompt": "a", "best_of": 2, "stream": true"#, "best_of"),
        (#""prompt": "a", "max_tokens": 0"#, "max_tokens"),
        (#""prompt": "a", "max_tokens": -2"#, "max_tokens"),
        (#""prompt": ["a", "b", "c", "d", "e", "f", "g", "h", "i"]"#, "prompt"),
    ]) func wire_50_51_63_whatCannotBeAnsweredNamesItsField(members: String, field: String) async throws {
        let record = await (try counting()).post(Self.path, "{\(members)}")
        #expect(record.status == 400)
        let parameter = try record.json["error"]?["param"]?.stringValue
        #expect(parameter?.hasPrefix(field) == true, "\(parameter ?? "none")")
    }

    @Test func suffixThatSaysNothingIsNoSuffix() async throws {
        let server = try counting()
        for suffix in [#""""#, "null"] {
            #expect(try await texts(server, #""prompt": "a", "max_tokens": 1, "suffix": \#(suffix)"#) == ["b"])
        }
    }

    @Test func stopStringsAreSoughtInTheAnswerAlone() async throws {
        let server = try counting()
        let members = #""prompt": "abc", "max_tokens": 9, "echo": true, "stop": ["b", "fg"], "logprobs": 1"#
        let json = try await server.post(Self.path, "{\(members)}").json
        #expect(json["choices"]?[0]?["text"] == "abcde")
        #expect(json["choices"]?[0]?["finish_reason"] == "stop")
        let stream = await server.post(Self.path, #"{\#(members), "stream": true}"#)
        #expect(try streamed(stream, choices: 1).first?.text == "abcde")
    }

    @Test func anEchoAloneStreams() async throws {
        let members = #""prompt": ["ab", "c"], "max_tokens": 0, "echo": true, "logprobs": 0, "stream": true"#
        let record = await (try counting()).post(Self.path, "{\(members)}")
        let all = try streamed(record, choices: 2)
        #expect(all.map(\.text) == ["ab", "c"] && all.map(\.finishes) == [["length"], ["length"]])
        #expect(all[0].logprobs.first?.isNull == true && all[0].logprobs.count == 2)
    }

    /// What lm-eval sends for a log likelihood, and what it computes from the answer.
    @Test func wire_63_logLikelihoodsAsHarnessesAskForThem() async throws {
        let context = 2
        let members = #"""
            "model": "default", "prompt": [[97, 98, 99, 100], [97, 98, 120, 100]], "temperature": 0, "max_tokens": 1,
            "logprobs": 1, "seed": 1234, "echo": true
            """#
        let json = try await counting().post(Self.path, "{\(members)}").json
        let sums = (json["choices"]?.arrayValue ?? []).map { choice -> (sum: Double, isGreedy: Bool) in
            let tokens = choice["logprobs"]?["token_logprobs"]?.arrayValue?.dropLast().dropFirst(context) ?? []
            let best = choice["logprobs"]?["top_logprobs"]?.arrayValue?.dropLast().dropFirst(context) ?? []
            let isGreedy = zip(tokens, best).allSatisfy { token, alternatives in
                token.doubleValue == alternatives.objectValue?.keys.compactMap { alternatives[$0]?.doubleValue }.max()
            }
            return (tokens.reduce(0) { $0 + ($1.doubleValue ?? .nan) }, isGreedy)
        }
        #expect(sums.count == 2)
        #expect(sums.first?.isGreedy == true && sums.last?.isGreedy == false)
        #expect((sums.first?.sum ?? -9) > (sums.last?.sum ?? 0))
    }

    @Test func theTokenThatWasDrawnIsAmongTheAlternatives() async throws {
        let members = #""prompt": "a", "max_tokens": 8, "logprobs": 1, "temperature": 2, "seed": 11"#
        let logprobs = try await counting().post(Self.path, "{\(members)}").json["choices"]?[0]?["logprobs"]
        let tokens = logprobs?["tokens"]?.arrayValue ?? []
        #expect(tokens.count == 8)
        for (index, token) in tokens.enumerated() {
            let alternatives = logprobs?["top_logprobs"]?[index]
            #expect(alternatives?[token.stringValue ?? ""] == logprobs?["token_logprobs"]?[index])
            #expect((1...2).contains(alternatives?.objectValue?.count ?? 0))
        }
    }
}
