import Engine
import Sampling
import Scheduling
import Telemetry
import Testing

/// A small generator for repeatable randomness.
struct Dice {
    private var state: UInt64

    init(seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// A number in 0..<n.
    mutating func callAsFunction(_ n: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int((state >> 11) % UInt64(n))
    }
}

/// An answer depends on its request alone.
@Suite struct EqualityTests {
    private static func requests(seed: Int, count: Int) -> [GenerationRequest] {
        var dice = Dice(seed: seed)
        var prompts: [[Int32]] = []
        return (0..<count).map { index in
            var prompt = (0..<1 + dice(40)).map { Int32($0 % 23) } + (0..<dice(4)).map { _ in Int32(dice(40)) }
            // One token, and the same prompt again, of which the cache leaves one token.
            if dice(8) == 0 { prompt = [Int32(dice(40))] }
            if dice(4) == 0, !prompts.isEmpty { prompt = prompts[dice(prompts.count)] }
            prompts.append(prompt)
            let maximum = dice(5) == 0 ? dice(2) : 1 + dice(30)
            var asked = request(prompt, maximum: maximum, seed: UInt64(dice(1000)))
            asked.sampling.temperature = [0, 0.7, 1.3][dice(3)]
            asked.sampling.topK = [0, 5][dice(2)]
            asked.sampling.topP = [1, 0.8][dice(2)]
            asked.sampling.presencePenalty = [0, 1][dice(2)]
            asked.sampling.repetitionPenalty = [1, 1.2][dice(2)]
            asked.sampling.topLogprobs = [nil, 0, 4][dice(3)]
            asked.sampling.stopTokens = [[], [9, 11]][dice(2)]
            asked.sampling.minTokens = [0, 3][dice(2)]
            asked.promptLogprobs = dice(6) == 0 ? 1 : nil
            asked.priority = index % 5 == 0 ? 1 : 0
            asked.cacheSalt = dice(5) == 0 ? [1] : []
            asked.tenant = dice(3) == 0 ? [1] : []
            if dice(4) == 0 { asked.constraint = FormTests.Pattern(length: 1 + dice(20)) }
            if dice(3) == 0 {
                asked.constraint = ThinkingTests.constraint(
                    budget: dice(20), isInside: dice(2) == 0, form: asked.constraint, ends: asked.sampling.stopTokens)
            }
            if dice(3) == 0 {
                asked = MediaTests.request(asked, pictures: (0..<1 + dice(2)).map { _ in dice(4) }, dice(9))
            }
            return asked
        }
    }

    /// The events of requests that are all there before the engine takes its first step, however busy the machine is.
    private static func events(
        of requests: [GenerationRequest], from run: EngineRun, opening gate: Gate
    ) async -> [Int: [GenerationEvent]] {
        await withTaskGroup(of: (Int, [GenerationEvent]).self) { group in
            for (index, asked) in requests.enumerated() {
                let (stream, continuation) = AsyncStream<[GenerationEvent]>.makeStream()
                let collector = Collector { events in
                    continuation.yield(events)
                    continuation.finish()
                }
                run.engine.submit(asked) { collector.receive($0) }
                group.addTask { (index, await stream.first { _ in true } ?? []) }
            }
            gate.open()
            return await group.reduce(into: [Int: [GenerationEvent]]()) { $0[$1.0] = $1.1 }
        }
    }

    /// What a client sees of tokens: not whether they were drafted.
    private static func seen(_ events: [GenerationEvent]) -> [GeneratedToken] {
        events.tokens.map {
            var token = GeneratedToken(token: $0.token, logprobs: $0.logprobs)
            token.note = $0.note
            return token
        }
    }

    @Test(arguments: 1...8, [SpeculationKind.mtp, .ngram, .auto])
    func draftedEqualsPlain(seed: Int, kind: SpeculationKind) async {
        let requests = Self.requests(seed: seed, count: 40).map { asked in
            var drafted = asked
            // Half of the predictions are true.
            if asked.prompt.count.isMultiple(of: 2) { drafted.prediction = [3, 4, 5, 6] }
            // What a tokenizer knows and the model does not is no draft.
            if asked.prompt.count.isMultiple(of: 3) { drafted.prediction += [1000, -1] }
            return drafted
        }
        let gate = Gate()
        let run = EngineRun(
            EngineRun.draftingLimits(pages: 40, running: 7, waiting: 80),
            speculation: SpeculationOptions(kind: kind, draftTokens: seed % 4), beforeStep: { gate.pass() })
        let together = await Self.events(of: requests, from: run, opening: gate)
        for (index, asked) in requests.enumerated() {
            let alone = await EngineRun.alone().events(asked)
            let cached = await run.events(asked)
            for other in [together[index] ?? [], cached] {
                #expect(Self.seen(other) == alone.tokens)
                #expect(other.ending == alone.ending && other.endings == 1)
                #expect(other.usage?.completionTokens == alone.usage?.completionTokens)
            }
        }
        await run.drain(graceSeconds: 0)
        let text = run.registry.exposition()
        for name in ["draft_tokens", "accepted_tokens"] where kind != .ngram {
            #expect(!text.contains("vllm:spec_decode_num_\(name)_total{kind=\"mtp\"} 0\n"), "nothing was drafted")
        }
        #expect(run.engine.load.usedPages == 0)
    }

    @Test(arguments: 1...6) func aloneEqualsUnderLoadEqualsCached(seed: Int) async {
        let requests = Self.requests(seed: seed, count: 40)
        let gate = Gate()
        let run = EngineRun(EngineRun.limits(pages: 26, running: 7, waiting: 80), beforeStep: { gate.pass() })
        let together = await Self.events(of: requests, from: run, opening: gate)
        for (index, asked) in requests.enumerated() {
            let alone = await EngineRun.alone().events(asked)
            let cached = await run.events(asked)
            for other in [together[index] ?? [], cached] {
                #expect(other.tokens == alone.tokens)
                #expect(other.ending == alone.ending && other.endings == 1)
                #expect(other.filter(\.isPromptReport) == alone.filter(\.isPromptReport))
            }
        }
        await run.drain(graceSeconds: 0)
        let text = run.registry.exposition()
        #expect(!text.contains("vllm:num_preemptions_total 0\n"), "nobody was preempted")
        #expect(!text.contains("vllm:prefix_cache_hits_total 0\n"), "nothing was cached")
        #expect(run.log.copiedPages > 0)
        #expect(run.engine.load.usedPages == 0)
    }
}

extension GenerationEvent {
    var isPromptReport: Bool { if case .promptLogprobs = self { true } else { false } }
}
