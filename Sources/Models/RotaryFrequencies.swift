import Glibc

/// The angle that each pair of a head turns per position, and the length that the pairs are given.
package struct RotaryFrequencies: Sendable, Equatable {
    /// Radians per position of each pair, fastest first; computed in double precision, rounded once.
    package let inverseFrequencies: [Float]
    /// Factor on both cosine and sine.
    package let magnitude: Float

    /// Frequencies for heads of `dimension` elements.
    ///
    /// `divisors`, where given, hold one number per pair (the stored form of LLaMA 3's scaling).
    /// `attentionFactor` multiplies the magnitude whatever the scaling.
    package init(base: Double, dimension: Int, scaling: RotaryScaling, divisors: [Float]?, attentionFactor: Double) {
        precondition(dimension.isMultiple(of: 2) && dimension > 0, "pairs need an even dimension")
        precondition(divisors.map { $0.count == dimension / 2 } ?? true, "one divisor per pair")
        var frequencies = (0..<dimension / 2).map { pow(base, -Double(2 * $0) / Double(dimension)) }
        if let divisors {
            for (pair, divisor) in divisors.enumerated() { frequencies[pair] /= Double(divisor) }
        }
        var magnitude = attentionFactor
        switch scaling {
        case .none: break
        case .linear(let factor):
            frequencies = frequencies.map { $0 / factor }
        case .yarn(let yarn):
            let kept = yarn.keptShare(base: base, dimension: dimension)
            frequencies = zip(frequencies, kept).map { $0 * $1 + $0 / yarn.factor * (1 - $1) }
            magnitude *= yarn.magnitude
        case .llama3(let scaling):
            for (pair, divisor) in scaling.divisors(base: base, dimension: dimension).enumerated() {
                frequencies[pair] /= Double(divisor)
            }
        }
        self.inverseFrequencies = frequencies.map { Float($0) }
        self.magnitude = Float(magnitude)
    }
}

extension LongWaveScaling {
    /// One divisor for each pair of a head, rounded as files store them: a folder and a file made of it turn by the same
    /// bits.
    package func divisors(base: Double, dimension: Int) -> [Float] {
        (0..<dimension / 2).map { Float(divisor(ofFrequency: pow(base, -Double(2 * $0) / Double(dimension)))) }
    }

    /// 1 for fast frequencies, the factor for slow ones; `frequency` is in radians per position.
    func divisor(ofFrequency frequency: Double) -> Double {
        let turns = originalContext * frequency / (2 * .pi)
        if turns < lowTurns { return factor }
        if turns > highTurns { return 1 }
        let kept = (turns - lowTurns) / (highTurns - lowTurns)
        return 1 / ((1 - kept) / factor + kept)
    }
}

extension YarnScaling {
    /// Longer contexts flatten attention; this much on queries and keys sharpens it again.
    /// YaRN, arXiv:2309.00071, section 3.4.
    var magnitude: Double { 0.1 * log(factor) + 1 }

    /// For each pair the share of its own frequency that is kept: 1 for fast ones, 0 for slow ones.
    func keptShare(base: Double, dimension: Int) -> [Double] {
        /// The pair, as a fraction of pairs, that makes `turns` turns within the original context.
        func pair(turns: Double) -> Double {
            Double(dimension) * log(originalContext / (turns * 2 * .pi)) / (2 * log(base))
        }
        let low = max(pair(turns: betaFast).rounded(.down), 0)
        let high = min(pair(turns: betaSlow).rounded(.up), Double(dimension - 1))
        // A ramp of no width becomes a step.
        let width = max(high - low, 0.001)
        return (0..<dimension / 2).map { 1 - min(max((Double($0) - low) / width, 0), 1) }
    }
}
