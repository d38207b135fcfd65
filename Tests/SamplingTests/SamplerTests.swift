import Sampling
import Testing

/// The whole chain, against a naive reference and against statistics.
@Suite struct SamplerTests {
    private static func parameters(_ dice: inout Dice) -> SamplingParameters {
        var parameters = SamplingParameters.neutral(seed: UInt64(dice(1 << 30)))
        parameters.temperature = [0.3, 0.7, 1, 1.6][dice(4)]
        parameters.topK = [0, 1, 5, 40, 900][dice(5)]
        parameters.topP = [1, 0.95, 0.5, 0.01][dice(4)]
        parameters.minP = [0, 0, 0.02, 0.3][dice(4)]
        parameters.presencePenalty = dice(2) == 0 ? 0 : 1.25
        parameters.frequencyPenalty = dice(2) == 0 ? 0 : -0.5
        parameters.repetitionPenalty = dice(2) == 0 ? 1 : 1.4
        parameters.logitBias = dice(2) == 0 ? [:] : [2: 3, 4: -100, 6: 1.5]
        parameters.minTokens = dice(2) == 0 ? 0 : 20
        parameters.stopTokens = [1, 8]
        return parameters
    }

    private static func sampler(_ parameters: SamplingParameters, generated: [Int32], vocabulary: Int) -> Sampler {
        var sampler = Sampler(parameters, prompt: [2, 3, 5], vocabulary: vocabulary)
        for token in generated { sampler.accept(token) }
        return sampler
    }

    /// The token that the draw picks must be the one whose share of the reference's distribution the draw hits.
    @Test(arguments: 1...300) func theDrawHitsTheReferencesDistribution(seed: Int) throws {
        var dice = Dice(seed: seed)
        let logits = dice.logits(1000, spread: [0.5, 3, 8][dice(3)])
        let parameters = Self.parameters(&dice)
        let generated = (0..<dice(30)).map { _ in Int32(dice(12)) }
        let sampler = Self.sampler(parameters, generated: generated, vocabulary: 1000)
        var row = logitRow(1000)
        let token = try sampler.sample(logits.span, mask: nil, using: &row).token
        let expected = Reference(parameters: parameters, prompt: [2, 3, 5], generated: generated).probabilities(logits)
        let before = expected.prefix(Int(token)).reduce(0, +)
        let draw = RandomSource(seed: parameters.seed).uniform(at: generated.count)
        #expect(draw > before - 1e-5 && draw < before + expected[Int(token)] + 1e-5, "\(parameters)")
    }

    @Test(arguments: 1...100) func greedyTakesTheBestShapedLogit(seed: Int) throws {
        var dice = Dice(seed: seed)
        let logits = dice.logits(1000, spread: 3)
        var parameters = Self.parameters(&dice)
        parameters.temperature = 0
        let generated = (0..<dice(30)).map { _ in Int32(dice(12)) }
        let sampler = Self.sampler(parameters, generated: generated, vocabulary: 1000)
        var row = logitRow(1000)
        var shaped = logits.map { Double($0) }
        Reference(parameters: parameters, prompt: [2, 3, 5], generated: generated).shape(&shaped)
        let best = shaped.firstIndex(of: shaped.max() ?? 0)
        #expect(try sampler.sample(logits.span, mask: nil, using: &row).token == Int32(best ?? -1))
    }

    @Test func equalLogitsGoToTheLowestID() throws {
        var parameters = SamplingParameters.neutral(seed: 1)
        parameters.temperature = 0
        var row = logitRow(40)
        var logits = [Float](repeating: -1, count: 40)
        logits[9] = 2
        logits[33] = 2
        #expect(
            try Sampler(parameters, prompt: [], vocabulary: 40).sample(logits.span, mask: nil, using: &row).token == 9)
        parameters.logitBias = [0: -1]
        #expect(
            try Sampler(parameters, prompt: [], vocabulary: 40).sample(logits.span, mask: nil, using: &row).token == 9)
    }

    /// Chi-square of 200,000 draws over eight tokens: 29.9 is exceeded by chance once in ten thousand times.
    @Test func drawsFollowTheDistribution() throws {
        let logits: [Float] = [0, 1, 2, -1, 0.5, 1.5, -2, 2.2]
        let expected = Reference(parameters: .neutral(seed: 1), prompt: [], generated: []).probabilities(logits)
        let draws = 200_000
        var counts = [Int](repeating: 0, count: 8)
        var sampler = Sampler(.neutral(seed: 2024), prompt: [], vocabulary: 8)
        var row = logitRow(8)
        for _ in 0..<draws {
            let token = try sampler.sample(logits.span, mask: nil, using: &row).token
            sampler.accept(token)
            counts[Int(token)] += 1
        }
        let square = zip(counts, expected).map { count, share in
            let mean = share * Double(draws)
            return (Double(count) - mean) * (Double(count) - mean) / mean
        }.reduce(0, +)
        #expect(square < 29.9)
    }

    /// The same over the first draw of neighbouring seeds, and over the seeds of a request's choices.
    @Test func neighbouringSeedsAreIndependent() {
        for source in [{ (n: Int) in UInt64(n) }, { RandomSource.seed(7, choice: $0) }] {
            var counts = [Int](repeating: 0, count: 256)
            let draws = 65_536
            for index in 0..<draws {
                let first = RandomSource(seed: source(index)).uniform(at: 0)
                let second = RandomSource(seed: source(index)).uniform(at: 1)
                counts[Int(first * 16) * 16 + Int(second * 16)] += 1
            }
            let mean = Double(draws) / 256
            let square = counts.map { (Double($0) - mean) * (Double($0) - mean) / mean }.reduce(0, +)
            // 255 degrees of freedom: the mean is 255, the standard deviation 22.6.
            #expect(square > 165 && square < 345)
        }
    }

    @Test func aDrawDependsOnSeedAndIndexAlone() {
        #expect(RandomSource(seed: 42).uniform(at: 7) == RandomSource(seed: 42).uniform(at: 7))
        #expect(RandomSource(seed: 42).uniform(at: 7) != RandomSource(seed: 42).uniform(at: 8))
        #expect(RandomSource(seed: 42).uniform(at: 7) != RandomSource(seed: 43).uniform(at: 7))
        #expect(RandomSource.seed(5, choice: 0) == 5)
        #expect(Set((0..<1000).map { RandomSource.seed(5, choice: $0) }).count == 1000)
    }

    @Test func paddingAndBannedTokensAreNeverSampled() throws {
        var logits = [Float](repeating: 0, count: 64)
        for index in 50..<64 { logits[index] = 90 }
        var mask = TokenMask.all(vocabulary: 50)
        mask.ban(3)
        var row = logitRow(50)
        for temperature: Float in [0, 0.5, 2] {
            var parameters = SamplingParameters.neutral(seed: 9)
            parameters.temperature = temperature
            var sampler = Sampler(parameters, prompt: [], vocabulary: 50)
            for _ in 0..<500 {
                let token = try sampler.sample(logits.span, mask: mask, using: &row).token
                sampler.accept(token)
                #expect(token < 50 && token != 3)
            }
        }
    }

    /// Few allowed tokens among many are chosen from as if there were no others.
    @Test(arguments: [4, 40, 120, 300, 900]) func aMaskIsAVocabularyOfItsOwn(allowedCount: Int) throws {
        var dice = Dice(seed: allowedCount)
        var row = logitRow(1000)
        var small = logitRow(allowedCount)
        for round in 0..<60 {
            let logits = dice.logits(1000, spread: 3)
            var allowed: Set<Int32> = [Int32(999 * (round % 2))]
            while allowed.count < allowedCount { allowed.insert(Int32(dice(1000))) }
            let tokens = allowed.sorted()
            var mask = TokenMask(vocabulary: 1000)
            for token in tokens { mask.allow(token) }
            var parameters = SamplingParameters.neutral(seed: UInt64(round))
            parameters.temperature = [0, 0.7, 1, 2][round % 4]
            parameters.topK = [0, 3][round / 4 % 2]
            parameters.topP = [1, 0.8][round / 8 % 2]
            parameters.minP = [0, 0.05][round / 16 % 2]
            let sampled = try Sampler(parameters, prompt: [], vocabulary: 1000)
                .sample(logits.span, mask: mask, using: &row).token
            let few = tokens.map { logits[Int($0)] }
            let place = try Sampler(parameters, prompt: [], vocabulary: allowedCount)
                .sample(few.span, mask: nil, using: &small).token
            #expect(sampled == tokens[Int(place)])
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func numbersThatAreNotFiniteAreRefused(bad: Float) {
        for place in [0, 13, 32] {
            var logits = [Float](repeating: 1, count: 33)
            logits[place] = bad
            var row = logitRow(33)
            #expect(throws: SamplingFailure.nonFiniteLogits) {
                try Sampler(.neutral(seed: 1), prompt: [], vocabulary: 33).sample(logits.span, mask: nil, using: &row)
            }
        }
    }

    @Test func aMaskThatAllowsNothingIsAFailure() {
        let logits = [Float](repeating: 1, count: 33)
        for temperature: Float in [0, 1] {
            var parameters = SamplingParameters.neutral(seed: 1)
            parameters.temperature = temperature
            var row = logitRow(33)
            #expect(throws: SamplingFailure.nothingAllowed) {
                try Sampler(parameters, prompt: [], vocabulary: 33)
                    .sample(logits.span, mask: TokenMask(vocabulary: 33), using: &row)
            }
        }
    }

    @Test func extremeNumbersNeitherTrapNorLeaveTheVocabulary() throws {
        var dice = Dice(seed: 3)
        var logits = dice.logits(500, spread: 5)
        logits[7] = .greatestFiniteMagnitude
        logits[8] = -.greatestFiniteMagnitude
        var row = logitRow(500)
        for temperature: Float in [1e-38, 1e-5, 2, .greatestFiniteMagnitude, .nan] {
            for repetition: Float in [1e-38, 1, 10] {
                var parameters = SamplingParameters.neutral(seed: 1)
                parameters.temperature = temperature
                parameters.repetitionPenalty = repetition
                parameters.topP = 0.9
                parameters.topK = .max
                parameters.minP = 1e-38
                parameters.topLogprobs = .max
                let sampler = Sampler(parameters, prompt: [7, 8, 9, 499, 70_000, -4], vocabulary: 500)
                let sampled = try sampler.sample(logits.span, mask: nil, using: &row)
                #expect((0..<500).contains(sampled.token))
                #expect(sampled.logprobs?.top.allSatisfy { $0.logprob.isFinite } == true)
            }
        }
    }
}
