import Engine
import Scheduling
import Synchronization
import Telemetry
import Testing

/// A long prompt beside a stream some of whose tokens show its reader nothing, in virtual time.
@Suite struct SilenceTests {
    /// Steps of more than eight tokens that it took to read a prompt of 1500 beside a stream.
    private func stepsWithPrompts(silentTokens: [Bool]) async throws -> Int {
        let log = FakeModelLog()
        var registry = Registry(commonLabels: [:])
        // A step takes 5 ms, and 1 ms for every token.
        let environment = EngineEnvironment(
            metrics: EngineMetrics(in: &registry), trace: .off, interTokenSeconds: 0.1, speculation: .off,
            silentTokens: silentTokens,
            clock: { 1000 + 0.005 * Double(log.steps) + 0.001 * Double(log.computedTokens) })
        let limits = SchedulerLimits(
            pages: PageBudget(count: 1024, tokens: 4), step: StepBudget(tokens: 512, outputs: 8), running: 4,
            waiting: 4, context: 2048)
        let engine = Engine(
            model: FakeModel(limits.pages, log: log, beforeStep: {}), limits: limits, environment: environment)
        let requests = [(1, 400), (1500, 1)].map { prompt, maximum in
            request((0..<Int32(prompt)).map { $0 % 40 }, maximum: maximum, seed: 7)
        }
        // Both at once, so that steps do not depend on who came first.
        let admission = try engine.admit(requests, choices: 1)
        await withCheckedContinuation { continuation in
            let endings = Counting()
            engine.submit(admission) { _, event in
                guard case .finished = event, endings.next() == requests.count else { return }
                continuation.resume()
            }
        }
        let text = registry.exposition()
        return count(text, "vllm:iteration_tokens_total_count ")
            - count(text, "vllm:iteration_tokens_total_bucket{le=\"8\"} ")
    }

    private func count(_ text: String, _ name: String) -> Int {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return Int(line.dropFirst(name.count)) ?? -1
        }
        return -1
    }

    @Test func stepsBehindSilentTokensAreShort() async throws {
        let usual = try await stepsWithPrompts(silentTokens: [])
        let silent = try await stepsWithPrompts(silentTokens: [Bool](repeating: true, count: FakeModel.vocabularySize))
        #expect(usual > 10 && usual < 40)
        // Not all of them: a stream that shows nothing at all does not hold a prompt up for ever.
        #expect(2 * silent > 3 * usual && silent < 4 * usual)
    }
}
