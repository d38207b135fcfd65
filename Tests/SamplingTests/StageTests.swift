import Kernels
import Sampling
import Testing

/// Laws that every stage keeps.
@Suite struct StageTests {
    /// A stage that changes logits, and parameters that set it to work.
    private struct Shaping: CustomStringConvertible {
        let description: String
        let stage: @Sendable (SamplingParameters) -> any LogitStage
        let set: @Sendable (inout SamplingParameters) -> Void
    }

    /// A stage that leaves candidates out, and parameters that set it to work.
    private struct Truncating: CustomStringConvertible {
        let description: String
        let stage: @Sendable (SamplingParameters) -> any TruncatingStage
        let set: @Sendable (inout SamplingParameters) -> Void
    }

    private static let shaping: [Shaping] = [
        Shaping(
            description: "penalties", stage: { Penalties($0) },
            set: {
                $0.presencePenalty = 0.7
                $0.frequencyPenalty = 0.4
                $0.repetitionPenalty = 1.3
            }),
        Shaping(
            description: "logit_bias", stage: { LogitBias($0) }, set: { $0.logitBias = [3: 5, 7: -100, 9999: 4] }),
        Shaping(
            description: "min_tokens", stage: { MinTokens($0) },
            set: {
                $0.minTokens = 9
                $0.stopTokens = [1, 2]
            }),
    ]

    private static let truncating: [Truncating] = [
        Truncating(description: "top_k", stage: { TopK($0) }, set: { $0.topK = 9 }),
        Truncating(description: "top_p", stage: { TopP($0) }, set: { $0.topP = 0.8 }),
        Truncating(description: "min_p", stage: { MinP($0) }, set: { $0.minP = 0.1 }),
    ]

    private static let history: TokenHistory = {
        var history = TokenHistory(prompt: [0, 1, 5])
        for token: Int32 in [3, 3, 8] { history.append(token) }
        return history
    }()

    private static func row(seed: Int, banned: Set<Int32>) -> ShapedLogits {
        var dice = Dice(seed: seed)
        let logits = dice.logits(300, spread: 3)
        var row = ShapedLogits(logits.span)
        for token in banned { row.ban(token) }
        return row
    }

    /// What a stage leaves in play.
    private static func kept(
        of values: [Float], mask: TokenMask? = nil, temperature: Float = 1, _ stage: any TruncatingStage,
        on set: InstructionSet = InstructionSet.available.last ?? .scalar
    ) -> [Int32] {
        var candidates = Candidates(vocabulary: values.count, instructionSet: set)
        _ = candidates.begin(values.span, mask: mask, temperature: temperature, weighs: true)
        stage.apply(&candidates, values.span, mask: mask)
        return candidates.inPlay(values.span, mask: mask)
    }

    @Test(arguments: 1...20) func noStageRevivesABannedToken(seed: Int) {
        let banned: Set<Int32> = [3, 5, 7, 8, 100, 299, Int32(seed)]
        for item in Self.shaping {
            var parameters = SamplingParameters.neutral(seed: 1)
            item.set(&parameters)
            var row = Self.row(seed: seed, banned: banned)
            item.stage(parameters).apply(&row, history: Self.history)
            #expect(banned.allSatisfy { row.values[Int($0)] == -.infinity }, "\(item)")
            #expect(row.values.contains { $0 > -.infinity }, "\(item)")
        }
        for item in Self.truncating {
            var parameters = SamplingParameters.neutral(seed: 1)
            item.set(&parameters)
            let kept = Self.kept(of: Self.row(seed: seed, banned: banned).values, item.stage(parameters))
            #expect(banned.isDisjoint(with: kept) && !kept.isEmpty, "\(item)")
        }
    }

    @Test(arguments: 1...20) func neutralParametersChangeNothing(seed: Int) {
        let before = Self.row(seed: seed, banned: [4]).values
        for item in Self.shaping {
            var row = Self.row(seed: seed, banned: [4])
            item.stage(.neutral(seed: 1)).apply(&row, history: Self.history)
            #expect(row.values == before && item.stage(.neutral(seed: 1)).isIdle(Self.history), "\(item)")
        }
        for item in Self.truncating {
            #expect(Self.kept(of: before, item.stage(.neutral(seed: 1))).count == 299, "\(item)")
        }
    }

    /// A stage that says it is idle changes nothing, and one at work says so.
    @Test func idleStagesChangeNothing() {
        let histories = [TokenHistory(prompt: []), TokenHistory(prompt: [2]), Self.history]
        for item in Self.shaping {
            var parameters = SamplingParameters.neutral(seed: 1)
            item.set(&parameters)
            for history in histories {
                var row = Self.row(seed: 3, banned: [])
                item.stage(parameters).apply(&row, history: history)
                let isSame = row.values == Self.row(seed: 3, banned: []).values
                #expect(item.stage(parameters).isIdle(history) == isSame, "\(item)")
            }
        }
    }

    @Test(arguments: 1...20) func survivorsKeepTheirOrder(seed: Int) {
        for item in Self.truncating {
            var parameters = SamplingParameters.neutral(seed: 1)
            item.set(&parameters)
            let before = Self.row(seed: seed, banned: []).values
            let kept = Self.kept(of: before, temperature: 0.6, item.stage(parameters))
            #expect(kept == kept.sorted() && kept.count < 300, "\(item)")
            let worst = kept.map { before[Int($0)] }.min() ?? 0
            let lost = Set(before.indices.map { Int32($0) }).subtracting(kept).map { before[Int($0)] }
            #expect(lost.allSatisfy { $0 <= worst }, "\(item) kept a token that ranks behind a lost one")
        }
    }

    @Test func topKBreaksTiesByTheLowerID() {
        var parameters = SamplingParameters.neutral(seed: 1)
        parameters.topK = 2
        #expect(Self.kept(of: [1, 5, 5, 5, 0, 5], TopK(parameters)) == [1, 2])
    }

    @Test func topPKeepsAtLeastOneToken() {
        var parameters = SamplingParameters.neutral(seed: 1)
        parameters.topP = 0
        #expect(Self.kept(of: [1, 2, 3, 2], TopP(parameters)) == [2])
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
                var parameters = SamplingParameters.neutral(seed: 1)
                parameters.topK = count
                #expect(Self.kept(of: values, TopK(parameters)) == ranked.prefix(count).sorted().map { Int32($0) })
            }
        }
    }

    /// The nucleus by its definition, in rows that are steep, flat, full of equal values and longer than a few blocks.
    @Test(arguments: 1...40) func topPIsTheSmallestSetThatHoldsTheShare(seed: Int) {
        var dice = Dice(seed: seed)
        var values = dice.logits(1 + dice(4000), spread: [0.01, 0.5, 3, 9][seed % 4])
        if seed % 3 == 0 { values = values.map { ($0 * 2).rounded() / 2 } }
        let ranked = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
        let best = Double(values[ranked[0]])
        let weights = ranked.map { exponential(Double(values[$0]) - best) }
        let total = weights.reduce(0, +)
        for share: Float in [0.001, 0.3, 0.9, 0.999] {
            var parameters = SamplingParameters.neutral(seed: 1)
            parameters.topP = share
            let kept = Self.kept(of: values, TopP(parameters))
            #expect(kept == ranked.prefix(kept.count).sorted().map { Int32($0) })
            let mass = weights.prefix(kept.count).reduce(0, +) / total
            #expect(mass > Double(share) - 1e-5)
            #expect(mass - weights[kept.count - 1] / total < Double(share) + 1e-5)
        }
    }

    @Test(arguments: InstructionSet.comparable) func everySetKeepsTheSame(set: InstructionSet) {
        var dice = Dice(seed: 8)
        for count in [1, 255, 300, 5000] {
            let values = dice.logits(count, spread: 3)
            for item in Self.truncating {
                var parameters = SamplingParameters.neutral(seed: 1)
                item.set(&parameters)
                let stage = item.stage(parameters)
                #expect(Self.kept(of: values, stage, on: set) == Self.kept(of: values, stage, on: .scalar), "\(item)")
            }
        }
    }

    @Test func masksBanWhatTheyDoNotAllow() {
        var mask = TokenMask(vocabulary: 130)
        for token: Int32 in [0, 63, 64, 129] { mask.allow(token) }
        let values = Self.row(seed: 1, banned: [63]).values
        var parameters = SamplingParameters.neutral(seed: 1)
        parameters.topK = 100
        #expect(Self.kept(of: values, mask: mask, TopK(parameters)) == [0, 64, 129])
        mask.ban(64)
        #expect(mask.count == 3 && !mask.allows(64) && !mask.allows(-1) && !mask.allows(130))
        var all = TokenMask.all(vocabulary: 130)
        #expect(all.count == 130)
        all.formIntersection(mask)
        #expect(all == mask)
        #expect(Self.kept(of: values, mask: TokenMask(vocabulary: 0), TopK(parameters)).isEmpty)
    }
}
