import Engine
import JSON
import OpenAI
import Sampling
import Service
import Testing

/// Scripted events in, bytes out: the pure half of delivery.
@Suite struct GenerationStreamTests {
    private static let end = Usage(promptTokens: 2, cachedTokens: 0, completionTokens: 0)

    private enum Shape { case chat, completion }

    private func job(_ members: String, shape: Shape = .chat) throws -> GenerationJob {
        let options = try chatOptions(members)
        let identity = CompletionIdentity(
            prefix: "x-", randomness: Array(0..<12), created: 1, model: "m", fingerprint: "f")
        let dialect: any AnswerDialect =
            switch shape {
            case .chat: ChatDialect(identity, stream: options.stream, reasoning: .both, showsReasoning: false)
            case .completion: CompletionDialect(identity, stream: options.stream)
            }
        return try GenerationJob(
            dialect, prompts: [.init(tokens: [0x68, 0x69], echo: nil, hiddenTokens: 0)], options: options,
            tokenizer: ByteVocabulary.tokenizer(addBOS: false))
    }

    private func tokens(_ text: String) -> GenerationEvent {
        .tokens(text.utf8.map { GeneratedToken(token: Int32($0), logprobs: TokenLogprobs(logprob: -1, top: [])) })
    }

    private func text(_ outputs: [AnswerOutput]) -> String {
        outputs.map { output in
            if case .write(let bytes) = output { String(decoding: bytes, as: UTF8.self) } else { "" }
        }.joined()
    }

    @Test func wire_06_commentsTellWhereAWaitingClientStands() throws {
        var stream = GenerationStream(try job(#""stream": true"#))
        #expect(stream.keepAlive == Array(": accepted\n\n".utf8))
        #expect(stream.consume(.progress(.queued(position: 3)), sequence: 0, defers: false).isEmpty)
        #expect(stream.keepAlive == Array(": queued 3\n\n".utf8))
        _ = stream.consume(.progress(.prefill(done: 1024, total: 8000)), sequence: 0, defers: false)
        #expect(stream.keepAlive == Array(": prefill 1024/8000\n\n".utf8))
        _ = stream.consume(tokens("a"), sequence: 0, defers: false)
        #expect(stream.keepAlive == Array(": keep-alive\n\n".utf8))
    }

    @Test func wire_07_oneChunkForOneEvent() throws {
        var stream = GenerationStream(try job(#""stream": true"#))
        #expect(stream.consume(tokens("ab"), sequence: 0, defers: false).count == 2, "role, then content")
        #expect(stream.consume(tokens("cd"), sequence: 0, defers: false).count == 1)
        #expect(stream.consume(.tokens([]), sequence: 0, defers: false).isEmpty)
    }

    @Test func endingsHappenOnce() throws {
        var stream = GenerationStream(try job(#""stream": true, "n": 2"#))
        let first = stream.consume(.finished(.length, Self.end), sequence: 0, defers: false)
        #expect(!first.contains(.finish))
        #expect(stream.consume(.finished(.length, Self.end), sequence: 0, defers: false).isEmpty)
        #expect(stream.consume(tokens("late"), sequence: 0, defers: false).isEmpty)
        let last = stream.consume(.finished(.stopToken(1), Self.end), sequence: 1, defers: false)
        #expect(last.last == .finish)
        #expect(text(last).hasSuffix("data: [DONE]\n\n"))
        #expect(stream.consume(.finished(.failed("x"), Self.end), sequence: 1, defers: false).isEmpty)
    }

    @Test func aMatchedStopCancelsItsSequenceAlone() throws {
        var stream = GenerationStream(try job(#""stream": true, "n": 2, "stop": "b""#))
        let outputs = stream.consume(tokens("ab"), sequence: 1, defers: false)
        #expect(outputs.contains(.cancel(sequence: 1, .stopString)))
        #expect(!outputs.contains(.finish))
        #expect(text(outputs).contains(#""index":1,"delta":{},"logprobs":null,"finish_reason":"stop""#))
        #expect(stream.consume(.finished(.cancelled, Self.end), sequence: 1, defers: false).isEmpty)
        let rest = stream.consume(.finished(.length, Self.end), sequence: 0, defers: false)
        #expect(rest.last == .finish)
    }

    @Test func aFailureCancelsTheOthers() throws {
        var stream = GenerationStream(try job(#""stream": true, "n": 3"#))
        _ = stream.consume(.finished(.length, Self.end), sequence: 0, defers: false)
        let outputs = stream.consume(.finished(.failed("secret detail"), Self.end), sequence: 1, defers: false)
        #expect(outputs.contains(.cancel(sequence: 2, .abandoned)))
        #expect(!outputs.contains(.cancel(sequence: 0, .abandoned)))
        #expect(outputs.last == .finish)
        #expect(!text(outputs).contains("secret detail"))
        #expect(stream.consume(tokens("x"), sequence: 2, defers: false).isEmpty)
    }

    @Test func deferredTextComesWithTheNextEvent() throws {
        var stream = GenerationStream(try job(#""stream": true"#))
        #expect(stream.consume(tokens("ab"), sequence: 0, defers: true).isEmpty)
        let outputs = stream.consume(tokens("c"), sequence: 0, defers: false)
        #expect(text(outputs).contains(#""content":"abc""#))
        let last = stream.consume(.finished(.length, Self.end), sequence: 0, defers: true)
        #expect(last.last == .finish)
    }

    @Test func wire_15_streamAndWholeAreTheSameText() throws {
        var random = SplitMix(state: 11)
        for round in 0..<500 {
            let members = #""n": 2, "stop": ["ba", "cab"], "logprobs": true"#
            var stream = GenerationStream(
                try job(members + #", "stream": true"#, shape: round % 2 == 0 ? .chat : .completion))
            var whole = WholeAnswer(try job(members, shape: round % 2 == 0 ? .chat : .completion))
            var bytes = ""
            var body: [UInt8] = []
            var cancelled: Set<Int> = []
            func feed(_ event: GenerationEvent, _ sequence: Int) {
                let outputs = stream.consume(event, sequence: sequence, defers: random.below(3) == 0)
                bytes += text(outputs)
                for case .cancel(let sequence, _) in outputs { cancelled.insert(sequence) }
                for case .respond(let answer) in whole.consume(event, sequence: sequence, defers: false) {
                    body = answer
                }
            }
            for _ in 0..<random.below(12) {
                feed(tokens(String(decoding: random.bytes(1...3, alphabet: 3), as: UTF8.self)), random.below(2))
            }
            for sequence in 0..<2 { feed(.finished(.length, Self.end), sequence) }
            let answer = try JSONParser.parse(body, limits: .request)
            for index in 0..<2 {
                let choice = answer["choices"]?[index]
                let expected = choice?["message"]?["content"] ?? choice?["text"]
                #expect(.string(try joined(bytes, index: index)) == expected)
                #expect((choice?["finish_reason"] == "stop") == cancelled.contains(index))
            }
        }
    }

    /// The text of one choice over all chunks.
    private func joined(_ frames: String, index: Int) throws -> String {
        try frames.split(separator: "\n\n").filter { $0 != "data: [DONE]" }.map { frame in
            let choice = try JSONParser.parse(String(frame.dropFirst(6)), limits: .request)["choices"]?[0]
            guard choice?["index"]?.intValue == Int64(index) else { return "" }
            return choice?["delta"]?["content"]?.stringValue ?? choice?["text"]?.stringValue ?? ""
        }.joined()
    }
}
