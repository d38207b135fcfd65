import Engine
import Sampling
import Testing

/// A real model with a drafting layer: every kind of drafting gives the bits of none, for requests that leave it nothing
/// to draft as for all others.
@Suite struct DraftedInvarianceTests {
    private static let fixture = "mimo-tiny-trained"

    /// What a client sees: not which tokens were drafted, nor which came together.
    private struct Seen: Equatable {
        var tokens: [GeneratedToken] = []
        var promptReports: [[TokenLogprobs?]] = []
        var ending: FinishReason?

        init(_ events: [GenerationEvent]) {
            for event in events {
                switch event {
                case .tokens(let some): tokens += some.map { GeneratedToken(token: $0.token, logprobs: $0.logprobs) }
                case .promptLogprobs(let reports): promptReports.append(reports)
                case .finished(let reason, _): ending = reason
                case .admitted, .progress: break
                }
            }
        }
    }

    /// Prompts of one token, of just over a step and repeated ones, each read only, with one token and with many.
    private static let requests: [GenerationRequest] = {
        let long = (0..<41).map { Int32($0 % 7 * 11 + 5) }
        let prompts: [[Int32]] = [
            [5], long, [5], [9, 8, 9, 8, 9, 8], Array(long.prefix(21)), long, [9, 8, 9, 8, 9, 8],
        ]
        var requests: [GenerationRequest] = []
        for (index, prompt) in prompts.enumerated() {
            for (turn, maximum) in [0, 1, 14].enumerated() {
                var sampling = SamplingParameters.neutral(seed: UInt64(index))
                sampling.temperature = index.isMultiple(of: 2) ? 0 : 0.9
                sampling.topLogprobs = 1
                var request = GenerationRequest(
                    prompt: prompt, maximumTokens: maximum, sampling: sampling,
                    promptLogprobs: (index + turn).isMultiple(of: 3) ? 1 : nil, priority: 0, cacheSalt: [])
                if turn != 1 { request.prediction = [9, 8, 5, 16, 27] }
                requests.append(request)
            }
        }
        return requests
    }()

    @Test(arguments: [SpeculationKind.mtp, .ngram, .auto]) func h3_everyKindOfDraftsGivesTheBitsOfNone(
        kind: SpeculationKind
    ) async throws {
        let plain = try EngineInvarianceTests.Life(
            threads: 1, pages: 64, running: 1, stepTokens: 64, fixture: Self.fixture)
        var alone: [Seen] = []
        for request in Self.requests { alone += await plain.answers([request]).map { Seen($0) } }
        #expect(alone.allSatisfy { $0.ending == .length })
        let drafting = try EngineInvarianceTests.Life(
            threads: 2, pages: 80, running: 5, stepTokens: 40, fixture: Self.fixture,
            speculation: SpeculationOptions(kind: kind, draftTokens: 2, isConstant: true))
        #expect(await drafting.answers(Self.requests).map { Seen($0) } == alone, "together")
        #expect(await drafting.answers(Self.requests).map { Seen($0) } == alone, "cached")
        for (request, expected) in zip(Self.requests, alone) {
            #expect(await drafting.answers([request]).map { Seen($0) } == [expected], "one by one")
        }
    }
}
