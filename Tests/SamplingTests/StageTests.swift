import Sampling
import Testing

/// Laws that every stage keeps.
@Suite struct StageTests {
    private struct Case: CustomStringConvertible {
        let description: String
        let stage: @Sendable (SamplingParameters) -> any LogitStage
        let set: @Sendable (inout SamplingParameters) -> Void
        let truncates: Bool
    }

    private static let cases: [Case] = [
        Case(description: "temperature", stage: { Temperature($0) }, set: { $0.temperature = 0.6 }, truncates: true),
        Case(description: "top_k", stage: { TopK($0) }, set: { $0.topK = 9 }, truncates: true),
        Case(description: "top_p", stage: { TopP($0) }, set: { $0.topP = 0.8 }, truncates: true),
        Case(description: "min_p", stage: { MinP($0) }, set: { $0.minP = 0.1 }, truncates: true),
        Case(
            description: "penalties", stage: { Penalties($0) },
            set: {
                $0.presencePenalty = 0.7
                $0.frequencyPenalty = 0.4
                $0.repetitionPenalty = 1.3
            }, truncates: false),
        Case(
            description: "logit_bias", stage: { LogitBias($0) }, set: { $0.logitBias = [3: 5, 7: -100, 9999: 4] },
            truncates: false),
        Case(
            description: "min_tokens", stage: { MinTokens($0) },
            set: {
                $0.minTokens = 9
                $0.stopTokens = [1, 2]
            }, truncates: false),
    ]

    private static let history: TokenHistory = {
        var history = TokenHistory(prompt: [0, 1, 5])
        for token: Int32 in [3, 3, 8] { history.append(token) }
        return history
    }()

    private static func row(seed: Int, banned: Set<Int32>) -> LogitRow {
        var dice = Dice(seed: seed)
        var row = LogitRow(vocabulary: 300)
        let logits = dice.logits(300, spread: 3)
        row.load(logits.span, count: 300)
        for token in banned { row.ban(token) }
        return row
    }

    @Test(arguments: 1...20) func noStageRevivesABannedToken(seed: Int) {
        let banned: Set<Int32> = [3, 5, 7, 8, 100, 299, Int32(seed)]
        for item in Self.cases {
            var parameters = SamplingParameters.neutral(seed: 1)
            item.set(&parameters)
            var row = Self.row(seed: seed, banned: banned)
            item.stage(parameters).apply(&row, history: Self.history)
            #expect(banned.isDisjoint(with: row.inPlay()), "\(item)")
            #expect(!row.inPlay().isEmpty, "\(item)")
        }
    }

    @Test(arguments: 1...20) func neutralParametersChangeNothing(seed: Int) {
        for item in Self.cases {
            var row = Self.row(seed: seed, banned: [4])
            let before = row.values
            item.stage(.neutral(seed: 1)).apply(&row, history: Self.history)
            #expect(row.values == before && row.inPlay().count == 299, "\(item)")
        }
    }

    @Test(arguments: 1...20) func survivorsKeepTheirOrderAndWorth(seed: Int) {
        for item in Self.cases where item.truncates {
            var parameters = SamplingParameters.neutral(seed: 1)
            item.set(&parameters)
            var row = Self.row(seed: seed, banned: [])
            let before = row.values
            item.stage(parameters).apply(&row, history: Self.history)
            let kept = row.inPlay()
            #expect(kept == kept.sorted(), "\(item)")
            let worst = kept.map { before[Int($0)] }.min() ?? 0
            let lost = Set(before.indices.map { Int32($0) }).subtracting(kept).map { before[Int($0)] }
            #expect(lost.allSatisfy { $0 <= worst }, "\(item) kept a token that ranks behind a lost one")
            let ranked = kept.sorted { before[Int($0)] > before[Int($1)] }.map { row.values[Int($0)] }
            #expect(ranked == ranked.sorted(by: >), "\(item) changed the order")
        }
    }

    @Test func topKBreaksTiesByTheLowerID() {
        var row = LogitRow(vocabulary: 6)
        row.load(([1, 5, 5, 5, 0, 5] as [Float]).span, count: 6)
        var parameters = SamplingParameters.neutral(seed: 1)
        parameters.topK = 2
        TopK(parameters).apply(&row, history: TokenHistory(prompt: []))
        #expect(row.inPlay() == [1, 2])
    }

    @Test func topPKeepsAtLeastOneToken() {
        var row = LogitRow(vocabulary: 4)
        row.load(([1, 2, 3, 2] as [Float]).span, count: 4)
        var parameters = SamplingParameters.neutral(seed: 1)
        parameters.topP = 0
        TopP(parameters).apply(&row, history: TokenHistory(prompt: []))
        #expect(row.inPlay() == [2])
    }

    /// One value far away, many equal ones, values far below, an odd size: where bucket arithmetic could slip.
    @Test func selectionIsExactOnHostileRows() {
        var dice = Dice(seed: 5)
        var rows: [[Float]] = [
            [Float](repeating: 0, count: 3000), [1e30] + [Float](repeating: -1e30, count: 2000),
            (0..<3000).map { Float($0 % 7) }, (0..<3000).map { -Float($0) * 1e3 }, [3],
            (0..<3000).map { _ in Float(dice.unit()) * 1e-6 }, [1e9] + dice.logits(2999, spread: 1e-3),
        ]
        rows.append((0..<3000).map { _ in 10 - Float(dice(3)) * 40 })
        for values in rows {
            let ranked = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
            for count in [1, 2, 3, 299, 1500, values.count, values.count + 5] {
                var row = LogitRow(vocabulary: values.count)
                row.load(values.span, count: values.count)
                var parameters = SamplingParameters.neutral(seed: 1)
                parameters.topK = count
                TopK(parameters).apply(&row, history: TokenHistory(prompt: []))
                #expect(row.inPlay() == ranked.prefix(count).sorted().map { Int32($0) })
            }
        }
    }

    @Test func masksBanWhatTheyDoNotAllow() {
        var mask = TokenMask(vocabulary: 130)
        for token: Int32 in [0, 63, 64, 129] { mask.allow(token) }
        var row = Self.row(seed: 1, banned: [63])
        row.restrict(to: mask)
        #expect(row.inPlay() == [0, 64, 129])
        mask.ban(64)
        #expect(mask.count == 3 && !mask.allows(64) && !mask.allows(-1) && !mask.allows(130))
        var all = TokenMask.all(vocabulary: 130)
        #expect(all.count == 130)
        all.formIntersection(mask)
        #expect(all == mask)
        row.restrict(to: TokenMask(vocabulary: 130))
        #expect(row.inPlay().isEmpty)
    }
}
