import Engine
import Models
import Sampling
import Scheduling
import Testing

/// A real model whose prompts hold rows of media: the same bits alone, in company, wherever the prompt was cut, from the
/// cache, after preemption, and with every kind of drafting.
@Suite struct MediaInvarianceTests {
    private typealias Life = EngineInvarianceTests.Life

    /// Rows that no encoder has made: numbers of the size of embeddings.
    private static func rows(_ picture: Int, width: Int) -> MediaRows? {
        var state = UInt64(picture + 1) &* 0x9E37_79B9_7F4A_7C15
        let values = (0..<(2 + picture * 3) * width).map { _ -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 33)) * 0x1p-33
        }
        return MediaRows(width: width, values: values)
    }

    /// Texts with up to two pictures of five in them, and some without.
    private static func requests(width: Int, vocabulary: Int32) -> [GenerationRequest] {
        (0..<15).map { index in
            var prompt: [Int32] = []
            var media: [MediaSpan] = []
            for part in 0...index % 3 {
                prompt += (0..<5 + index % 4).map { Int32($0 * 7 + part * 3) % vocabulary }
                let picture = (index / 2 + part) % 5
                guard part > 0, let rows = rows(picture, width: width) else { continue }
                let range = prompt.count..<prompt.count + rows.count
                prompt += [Int32](repeating: 3, count: rows.count) + (index % 2 == 0 ? [8, 9, 8, 9] : [])
                media.append(MediaSpan(range: range, key: .init(repeating: UInt8(picture), count: 32), rows: rows))
            }
            var sampling = SamplingParameters.neutral(seed: UInt64(index))
            sampling.temperature = [0, 0.9][index % 2]
            sampling.repetitionPenalty = [1, 1.1][index / 2 % 2]
            sampling.topLogprobs = 2
            var request = GenerationRequest(
                prompt: prompt, maximumTokens: 6 + index % 4 * 5, sampling: sampling,
                promptLogprobs: index % 5 == 4 ? 1 : nil, priority: 0, cacheSalt: index % 7 == 6 ? [1] : [])
            request.media = media
            return request
        }
    }

    @Test(arguments: [1, 2]) func theSameBitsAloneBatchedCutCachedPreempted(threads: Int) async throws {
        let requests = Self.requests(width: try Self.width("llama3-tiny"), vocabulary: 80)
        var alone: [[GenerationEvent]] = []
        for request in requests {
            alone += try await Life(threads: 1, pages: 16, running: 1, stepTokens: 64).answers([request])
        }
        #expect(alone.allSatisfy { $0.count > 2 })
        #expect(Set(alone.map { "\($0)" }).count > 10, "pictures change answers")

        let roomy = try Life(threads: threads, pages: 200, running: 8, stepTokens: 23)
        #expect(await roomy.answers(requests) == alone, "batched")
        let hits = roomy.total("vllm:prefix_cache_hits_total")
        #expect(await roomy.answers(requests) == alone, "cached")
        #expect(roomy.total("vllm:prefix_cache_hits_total") > hits)
        for stepTokens in [3, 5] {
            let cut = try Life(threads: threads, pages: 64, running: 2, stepTokens: stepTokens)
            #expect(await cut.answers(requests) == alone, "\(stepTokens) rows a step")
        }
        let scarce = try Life(threads: threads, pages: 15, running: 6, stepTokens: 16)
        #expect(await scarce.answers(requests) == alone, "preempted")
        await withCheckedContinuation { done in scarce.engine.drain(graceSeconds: 0) { done.resume() } }
        #expect(scarce.total("vllm:num_preemptions_total") > 0)
    }

    @Test(arguments: [SpeculationKind.mtp, .ngram, .auto])
    func draftsSeeTokensOnly(_ kind: SpeculationKind) async throws {
        let fixture = "mimo-tiny-trained"
        let requests = Self.requests(width: try Self.width(fixture), vocabulary: 60)
        var alone: [[GenerationEvent]] = []
        for request in requests {
            let life = try Life(threads: 1, pages: 16, running: 1, stepTokens: 64, fixture: fixture)
            alone += await life.answers([request])
        }
        let drafting = try Life(
            threads: 2, pages: 80, running: 5, stepTokens: 40, fixture: fixture,
            speculation: SpeculationOptions(kind: kind, draftTokens: 2, isConstant: true))
        for _ in 0..<2 {
            let answers = await drafting.answers(requests)
            for (one, other) in zip(alone, answers) { #expect(Self.tokens(one) == Self.tokens(other)) }
        }
    }

    /// Until such a model is served with its encoder, media would stand at wrong positions.
    @Test(arguments: ["omni-tiny"]) func threePositionsAreRefusedByName(_ fixture: String) async throws {
        let life = try Life(threads: 1, pages: 16, running: 1, stepTokens: 64, fixture: fixture)
        let requests = Self.requests(width: try Self.width(fixture), vocabulary: 60)
        guard let asked = requests.first(where: { !$0.media.isEmpty }) else { return }
        var text = asked
        text.media = []
        let answers = await life.answers([asked]) + life.answers([text])
        #expect(Self.refusal(answers[0])?.contains("M-RoPE") == true)
        #expect(Self.refusal(answers[1]) == nil)
    }

    private static func refusal(_ events: [GenerationEvent]) -> String? {
        guard case .finished(.rejected(let error), _)? = events.last else { return nil }
        return error.description
    }

    private static func width(_ fixture: String) throws -> Int {
        try ModelLoader.shape(of: try Fixture.model(fixture)).hidden
    }

    private static func tokens(_ events: [GenerationEvent]) -> [GeneratedToken] {
        events.flatMap { event -> [GeneratedToken] in
            guard case .tokens(let tokens) = event else { return [] }
            return tokens.map { GeneratedToken(token: $0.token, logprobs: $0.logprobs) }
        }
    }
}
