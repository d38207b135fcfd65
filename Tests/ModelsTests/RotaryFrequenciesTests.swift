import Glibc
import Models
import Testing

/// The frequencies against their definitions; whole models with each scaling are compared in the golden tests.
@Suite struct RotaryFrequenciesTests {
    private func frequencies(
        _ scaling: RotaryScaling, divisors: [Float]? = nil, factor: Double = 1
    ) -> RotaryFrequencies {
        RotaryFrequencies(base: 10_000, dimension: 64, scaling: scaling, divisors: divisors, attentionFactor: factor)
    }

    @Test func plain() {
        let plain = frequencies(.none)
        #expect(plain.inverseFrequencies.count == 32)
        #expect(plain.inverseFrequencies[0] == 1)
        #expect(plain.inverseFrequencies[16] == 0.01)
        #expect(plain.magnitude == 1)
        #expect(frequencies(.none, factor: 1.5).magnitude == 1.5)
    }

    @Test func linear() {
        let plain = frequencies(.none).inverseFrequencies
        #expect(frequencies(.linear(factor: 4)).inverseFrequencies == plain.map { $0 / 4 })
    }

    @Test func divisors() {
        let plain = frequencies(.none).inverseFrequencies
        let divisors = (0..<32).map { Float(1 << ($0 / 8)) }
        #expect(frequencies(.none, divisors: divisors).inverseFrequencies == zip(plain, divisors).map { $0 / $1 })
    }

    /// With 32768 trained positions and base 10000, pair 32·ln(32768 / (32·2π)) / ln(10000) = 17.7 turns 32 times
    /// and pair 29.7 once.
    @Test func yarn() {
        let plain = frequencies(.none).inverseFrequencies
        let yarn = frequencies(.yarn(YarnScaling(factor: 4, originalContext: 32_768, betaFast: 32, betaSlow: 1)))
        #expect(abs(yarn.magnitude - Float(1 + 0.1 * log(4))) < 1e-7)
        #expect(yarn.inverseFrequencies[...17] == plain[...17], "fast pairs keep their frequency")
        #expect(yarn.inverseFrequencies[30...].elementsEqual(plain[30...].map { $0 / 4 }), "slow pairs are divided")
        for pair in 18..<30 {
            let share = Float(pair - 17) / 13
            let expected = plain[pair] * (1 - share) + plain[pair] / 4 * share
            #expect(abs(yarn.inverseFrequencies[pair] / expected - 1) < 1e-5)
        }
    }

    @Test("A ramp without width is a step, not a division by zero")
    func step() {
        let yarn = frequencies(.yarn(YarnScaling(factor: 2, originalContext: 1, betaFast: 1e6, betaSlow: 1e5)))
        #expect(yarn.inverseFrequencies.allSatisfy { $0.isFinite })
        #expect(yarn.inverseFrequencies[0] == 1)
        #expect(yarn.inverseFrequencies[31] == frequencies(.none).inverseFrequencies[31] / 2)
    }
}

extension RotaryFrequenciesTests {
    /// L2: a folder with LLaMA 3's numbers and a file with the divisors made of them turn by the same bits; the shapes of
    /// Llama-3.1-8B, Llama-3.2-1B and -3B, and of models with other bases and contexts.
    @Test(arguments: [
        (500_000.0, 128, 8.0, 8192.0), (500_000, 64, 32, 8192), (500_000, 128, 32, 8192), (10_000, 32, 8, 768),
        (1_000_000, 96, 4, 4096), (250_000, 256, 16, 2048),
    ])
    func l2_aConvertedModelTurnsByTheSameBits(base: Double, dimension: Int, factor: Double, original: Double) {
        let scaling = LongWaveScaling(factor: factor, originalContext: original, lowTurns: 1, highTurns: 4)
        let folder = RotaryFrequencies(
            base: base, dimension: dimension, scaling: .llama3(scaling), divisors: nil, attentionFactor: 1)
        let file = RotaryFrequencies(
            base: base, dimension: dimension, scaling: .none,
            divisors: scaling.divisors(base: base, dimension: dimension), attentionFactor: 1)
        #expect(folder.inverseFrequencies.map(\.bitPattern) == file.inverseFrequencies.map(\.bitPattern))
    }
}
