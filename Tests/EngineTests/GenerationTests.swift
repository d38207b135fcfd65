import Engine
import Kernels
import Sampling
import Scheduling
import Telemetry
import Testing

/// What a request sees of the engine.
@Suite struct GenerationTests {
    @Test func eventsComeInOrderAndEndOnce() async {
        let run = EngineRun(EngineRun.limits(pages: 32, running: 2, waiting: 2))
        let events = await run.events(request(Array(0..<20), maximum: 3, seed: 1))
        #expect(events.first == .admitted(cachedTokens: 0))
        #expect(events.dropFirst().first == .progress(.prefill(done: 15, total: 20)))
        #expect(events.tokens.count == 3)
        #expect(events.ending == .length)
        #expect(events.usage == Usage(promptTokens: 20, cachedTokens: 0, completionTokens: 3))
        #expect(events.endings == 1)
    }

    /// vLLM's dashboards read these; the clock of the test says when each step is.
    @Test func part4_thePhasesOfARequestAreMeasured() async throws {
        let ticks = Counting()
        let run = EngineRun(
            EngineRun.limits(pages: 32, running: 2, waiting: 2), clock: { Double(ticks.next()) })
        let prompt = (0..<20).map { Int32($0) }
        _ = await run.events(request(prompt, maximum: 4, seed: 1))
        _ = await run.events(request(prompt, maximum: 1, seed: 1))
        _ = await run.events(request([], maximum: 1, seed: 1))
        await run.drain(graceSeconds: 1)
        let metrics = run.registry.exposition()
        func value(_ name: String) throws -> Double {
            let line = try #require(metrics.split(separator: "\n").first { $0.hasPrefix(name + " ") }, "\(name)")
            return try #require(Double(line.dropFirst(name.count + 1)))
        }
        var sums: [String: Double] = [:]
        for phase in ["prefill", "decode", "inference"] {
            #expect(try value("vllm:request_\(phase)_time_seconds_count") == 2)
            sums[phase] = try value("vllm:request_\(phase)_time_seconds_sum")
        }
        #expect(sums.values.allSatisfy { $0 > 0 })
        #expect(sums["inference"] == (sums["prefill"] ?? 0) + (sums["decode"] ?? 0))
        #expect(try value("vllm:request_time_per_output_token_seconds_count") == 1, "one token has no distance")
        #expect(try value("vllm:request_time_per_output_token_seconds_sum") == (sums["decode"] ?? 0) / 3)
        #expect(try value("vllm:prompt_tokens_total") == 40)
        #expect(try value("vllm:prompt_tokens_cached_total") == 16, "whole pages of the first prompt")
    }

    @Test func aStopTokenEndsWithoutBeingDelivered() async throws {
        let run = EngineRun.alone()
        var asked = request([1, 2, 3], maximum: 30, seed: 5)
        let free = await run.events(asked).tokens.map(\.token)
        let stop = try #require(free.dropFirst(4).first { !free.prefix(4).contains($0) })
        asked.sampling.stopTokens = [stop]
        let events = await run.events(asked)
        #expect(events.tokens.map(\.token) == Array(free.prefix { $0 != stop }))
        #expect(events.ending == .stopToken(stop))
        #expect(events.usage?.completionTokens == events.tokens.count + 1)
    }

    @Test func theContextIsTheLastLimit() async {
        let run = EngineRun.alone()
        let events = await run.events(request(Array(0..<40), maximum: nil, seed: 1))
        #expect(events.ending == .length)
        #expect(events.tokens.count == 60)
    }

    @Test func aPromptCanJustBeRead() async {
        let run = EngineRun.alone()
        var asked = request(Array(0..<40), maximum: 0, seed: 1)
        asked.promptLogprobs = 2
        let events = await run.events(asked)
        #expect(events.ending == .length && events.tokens.isEmpty)
        #expect(events.usage?.completionTokens == 0)
        #expect(events.contains { if case .promptLogprobs(let all) = $0 { all.count == 40 } else { false } })
    }

    @Test func impossibleRequestsAreRefusedAtOnce() async {
        let run = EngineRun.alone()
        let tooLong = await run.events(request(Array(repeating: 1, count: 99), maximum: 2, seed: 1))
        #expect(
            tooLong == [
                .finished(
                    .rejected(.promptTooLong(promptTokens: 99, maximumTokens: 2, context: 100)),
                    Usage(promptTokens: 99, cachedTokens: 0, completionTokens: 0))
            ])
        #expect(await run.events(request([], maximum: 2, seed: 1)).ending == .rejected(.emptyPrompt))
        for bad in [-1, Int32(FakeModel.vocabularySize), .max, .min] {
            #expect(await run.events(request([1, bad], maximum: 2, seed: 1)).ending == .rejected(.unknownToken(bad)))
        }
        #expect(await run.events(request([1], maximum: 2, seed: 1)).ending == .length)
    }

    @Test func numbersThatAreNotFiniteEndTheSequenceAlone() async {
        let run = EngineRun(EngineRun.limits(pages: 32, running: 4, waiting: 4))
        async let bad = run.events(request([1, 2, FakeModel.poison], maximum: 5, seed: 1))
        async let good = run.events(request([1, 2, 3], maximum: 5, seed: 1))
        guard case .failed? = await bad.ending else {
            Issue.record("a poisoned sequence went on")
            return
        }
        #expect(await bad.endings == 1)
        #expect(await good.ending == .length)
    }

    @Test func poisonInsideAScoredPromptEndsItToo() async {
        let run = EngineRun.alone()
        var asked = request([1, FakeModel.poison, 2], maximum: 5, seed: 1)
        asked.promptLogprobs = 0
        let ending = await run.events(asked).ending
        #expect(ending.map { if case .failed = $0 { true } else { false } } == true)
    }

    @Test func promptLogprobsAreThoseOfEachPrefix() async throws {
        let limits = EngineRun.limits(pages: 64, running: 2, waiting: 2)
        let run = EngineRun(limits)
        var asked = request((0..<30).map { Int32($0 * 7 % 40) }, maximum: 1, seed: 1)
        asked.promptLogprobs = 3
        var expected: [TokenLogprobs?] = [nil]
        var hash: UInt64 = 0
        var row = LogitRow(vocabulary: FakeModel.vocabularySize, instructionSet: .scalar)
        for (token, following) in zip(asked.prompt, asked.prompt.dropFirst()) {
            hash = fold(hash, token)
            let logits = Array(FakeModel.logits(hash, isPoisoned: false).prefix(FakeModel.vocabularySize))
            expected.append(TokenLogprobs(logits.span, chosen: following, topCount: 3, using: &row))
        }
        for _ in 0..<2 {
            let events = await run.events(asked)
            #expect(events.contains(.promptLogprobs(expected)))
        }
        asked.promptLogprobs = nil
        _ = await run.events(asked)
        asked.promptLogprobs = 3
        #expect(await run.events(asked).contains(.promptLogprobs(expected)))
    }

    @Test func choicesShareTheirPromptAndDifferInTheirSeeds() async {
        let run = EngineRun(EngineRun.limits(pages: 128, running: 8, waiting: 8))
        let asked = request(Array(0..<42), maximum: 12, seed: 77)
        let answers = await withTaskGroup(of: (Int, [GenerationEvent]).self) { group in
            var collectors: [AsyncStream<[GenerationEvent]>] = []
            var receivers: [Collector] = []
            for _ in 0..<6 {
                let (stream, continuation) = AsyncStream<[GenerationEvent]>.makeStream()
                collectors.append(stream)
                receivers.append(
                    Collector {
                        continuation.yield($0); continuation.finish()
                    })
            }
            let all = receivers
            run.engine.submitGroup(asked, choices: 6) { all[$0].receive($1) }
            for (index, stream) in collectors.enumerated() {
                group.addTask {
                    for await events in stream { return (index, events) }; return (index, [])
                }
            }
            return await group.reduce(into: [Int: [GenerationEvent]]()) { $0[$1.0] = $1.1 }
        }
        #expect(Set(answers.values.map { $0.tokens.map(\.token) }).count == 6)
        #expect(answers.values.allSatisfy { $0.ending == .length && $0.endings == 1 })
        #expect(run.log.computedTokens <= 42 + 5 * 2 + 6 * 12)
        #expect(answers.values.filter { $0.usage?.cachedTokens == 40 }.count == 5)
        let single = await EngineRun.alone().events(asked)
        #expect(answers[0]?.tokens == single.tokens)
    }

    @Test func waitingSequencesHearOfTheirPlace() async {
        let time = Ticks()
        let gate = Gate()
        let run = EngineRun(
            EngineRun.limits(pages: 64, running: 1, waiting: 4), beforeStep: { gate.pass() }, clock: { time.next() })
        async let first = run.events(request([1, 2], maximum: 9, seed: 1))
        await gate.awaitArrival()
        let second: [GenerationEvent] = await withCheckedContinuation { continuation in
            let collector = Collector { continuation.resume(returning: $0) }
            run.engine.submit(request([3, 4], maximum: 2, seed: 1)) { collector.receive($0) }
            gate.open()
        }
        #expect(second.first == .progress(.queued(position: 0)))
        #expect(second.contains(.admitted(cachedTokens: 0)))
        #expect(await first.ending == .length)
    }

    @Test func theMetricsAddUp() async {
        let run = EngineRun(EngineRun.limits(pages: 64, running: 2, waiting: 2))
        for _ in 0..<2 { _ = await run.events(request(Array(0..<20), maximum: 5, seed: 1)) }
        await run.drain(graceSeconds: 10)
        let text = run.registry.exposition()
        for line in [
            "vllm:generation_tokens_total 10", "vllm:prompt_tokens_total 40", "vllm:prefix_cache_queries_total 40",
            "vllm:prefix_cache_hits_total 19", "vllm:request_success_total{finished_reason=\"length\"} 2",
            "vllm:num_requests_running 0", "vllm:kv_cache_usage_perc 0", "vllm:time_to_first_token_seconds_count 2",
            "vllm:inter_token_latency_seconds_count 8",
        ] {
            #expect(text.contains(line + "\n"), "\(line) is not in\n\(text)")
        }
    }
}

/// A clock that goes on by half a second whenever it is read.
final class Ticks: Sendable {
    private let count = Counting()
    func next() -> Double { Double(count.next()) / 2 }
}
