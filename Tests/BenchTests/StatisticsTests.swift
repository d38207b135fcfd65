import Bench
import Testing

/// What is computed from what was measured.
@Suite struct StatisticsTests {
    private static func divergence(_ rows: [(reference: [Float], other: [Float])]) -> Divergence {
        var divergence = Divergence()
        for row in rows { divergence.add(reference: row.reference.span, other: row.other.span) }
        return divergence
    }

    @Test func theDivergenceIsThatOfKullbackAndLeibler() {
        // p = (1/4, 3/4), q = (1/2, 1/2): p ln(p/q) summed.
        let one = Self.divergence([([0, 1.0986123], [7, 7])])
        #expect(abs(one.mean - 0.130812) < 1e-5 && one.agreement == 0 && one.count == 1)
        let equal = Self.divergence([([1, 2, 3], [101, 102, 103])])
        #expect(equal.mean < 1e-12 && equal.mean >= 0 && equal.agreement == 1)
        let nothing = Self.divergence([])
        #expect(nothing.mean.isNaN && nothing.agreement.isNaN && nothing.quantile(0.5).isNaN)
    }

    @Test func quantilesAreValuesThatOccurred() {
        let rows = (0..<10).map { ([0, Float($0)], [Float(0), 0]) }
        let divergence = Self.divergence(rows)
        #expect(divergence.quantile(0) == 0 && divergence.quantile(0.5) < divergence.quantile(0.99))
        #expect(divergence.quantile(1) == divergence.quantile(0.99))
        #expect(
            GrammarBench.Figures.quantile([3, 1, 2], 0.5) == 2 && GrammarBench.Figures.quantile([3, 1, 2], 1) == 3)
        #expect(GrammarBench.Figures.quantile([], 0.5).isNaN)
    }

    /// The last two events of a stream are no tokens.
    @Test func gapsAreCountedWhileAllStreamsRun() {
        #expect(WireBench.averageGap([[0, 1, 2, 3, 9, 9]]) == 1)
        #expect(WireBench.averageGap([[0, 1, 2, 3, 9, 9], [1, 3, 5, 7, 9, 9]]) == 1.5)
        #expect(WireBench.averageGap([[0, 1, 1, 1], [5, 6, 6, 6]]).isNaN)
        #expect(WireBench.averageGap([[], [1]]).isNaN && WireBench.averageGap([]).isNaN)
    }

    @Test func rowsAreNamedAsByLlamaBench() throws {
        let bench = ModelBench(prompts: [512], batches: [1, 8], histories: [100, 8000], depth: 128, steps: 32)
        #expect(bench.cases.map(\.name) == ["pp512", "tg32@d128", "tg32@d128x8", "tg32@d100", "tg32@d8000"])
        #expect(bench.cases.map(\.tokens) == [512, 160, 160, 132, 8032])
        #expect(try bench.fitting(context: 4096).count == 4)
        #expect(throws: BenchError("512 tokens do not fit into the context of 100")) { try bench.fitting(context: 100) }
    }

    @Test func aProfileSaysWhatItNeeds() {
        let decode = StepProfile.Work.decode(sequences: 8, depth: 128, steps: 32)
        #expect(decode.title == "decode 8" && decode.room == (8, 160))
        let prompt = StepProfile.Work.prompt(tokens: 512)
        #expect(prompt.title == "prompt 512" && prompt.room == (1, 512))
    }
}
