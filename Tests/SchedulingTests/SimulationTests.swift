import Scheduling
import Testing

/// The real scheduler under random load, with a model that notices every slip.
@Suite struct SimulationTests {
    private static let seeds = 500
    private static let stepsPerSeed = 240

    @Test func everyAnswerIsTheOneGivenAlone() throws {
        var counts = SimulationCounts()
        for seed in 1...Self.seeds {
            var run = SimulationRun(seed: seed)
            do throws(SimulationFailure) {
                try run.run(steps: Self.stepsPerSeed)
            } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
            counts += run.counts
        }
        #expect(counts.steps >= 100_000)
        #expect(!counts.all.contains(0), "something never happened: \(counts)")
    }
}
