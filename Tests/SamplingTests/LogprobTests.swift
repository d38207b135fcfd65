import Sampling
import Testing

/// What is reported beside a token.
@Suite struct LogprobTests {
    private static func report(of logits: [Float], chosen: Int32, topCount: Int) -> TokenLogprobs {
        var row = logitRow(logits.count)
        return TokenLogprobs(logits.span, chosen: chosen, topCount: topCount, using: &row)
    }

    @Test(arguments: 1...30) func reportsTheModelsOwnLogSoftmax(seed: Int) throws {
        var dice = Dice(seed: seed)
        let logits = dice.logits(700, spread: 4)
        let probabilities = Reference(parameters: .neutral(seed: 1), prompt: [], generated: []).probabilities(logits)
        let order = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
        let report = Self.report(of: logits, chosen: 11, topCount: 20)
        #expect(abs(exponential(Double(report.logprob)) - probabilities[11]) < 1e-6 * probabilities[11] + 1e-9)
        #expect(report.top.map(\.token) == order.prefix(20).map { Int32($0) })
        for entry in report.top {
            let expected = probabilities[Int(entry.token)]
            #expect(abs(exponential(Double(entry.logprob)) - expected) < 2e-6 * expected)
        }
    }

    @Test func theReportIsOfTheUntouchedRow() throws {
        var dice = Dice(seed: 1)
        let logits = dice.logits(100, spread: 2)
        var parameters = SamplingParameters.neutral(seed: 1)
        parameters.topLogprobs = 5
        parameters.temperature = 0.2
        parameters.topK = 1
        parameters.logitBias = [42: 100]
        var row = logitRow(100)
        let sampled = try Sampler(parameters, prompt: [], vocabulary: 100).sample(logits.span, mask: nil, using: &row)
        #expect(sampled.token == 42)
        #expect(sampled.logprobs == Self.report(of: logits, chosen: 42, topCount: 5))
    }

    @Test func nothingIsReportedUnasked() throws {
        var row = logitRow(3)
        let sampled = try Sampler(.neutral(seed: 1), prompt: [], vocabulary: 3)
            .sample(([1, 2, 3] as [Float]).span, mask: nil, using: &row)
        #expect(sampled.logprobs == nil)
    }

    @Test func theFloorIsKept() {
        let logits: [Float] = [20_000, -20_000, 0]
        let report = Self.report(of: logits, chosen: 1, topCount: 3)
        #expect(report.logprob == -9999)
        #expect(report.top.map(\.logprob) == [0, -9999, -9999])
        #expect(Self.report(of: logits, chosen: 3, topCount: 0) == TokenLogprobs(logprob: -9999, top: []))
    }
}
