import Kernels
import Sampling

/// A small generator for repeatable randomness.
struct Dice {
    private var state: UInt64

    init(seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// A uniform number in 0..<1.
    mutating func unit() -> Double {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Double(state >> 11) * 0x1p-53
    }

    /// A number in 0..<n.
    mutating func callAsFunction(_ n: Int) -> Int { Int(unit() * Double(n)) }

    /// Logits with a bell-like shape, the best around 4 × `spread`.
    mutating func logits(_ count: Int, spread: Double) -> [Float] {
        (0..<count).map { _ in Float((unit() + unit() + unit() + unit() - 2) * 2 * spread) }
    }
}

/// Memory to sample in, with the fastest kernels of this processor.
func logitRow(_ vocabulary: Int) -> LogitRow {
    LogitRow(vocabulary: vocabulary, instructionSet: InstructionSet.available.last ?? .scalar)
}

/// The chain as one would write it down from its definition: sorts everything and works in double precision.
struct Reference {
    var parameters: SamplingParameters
    var prompt: Set<Int32>
    var generated: [Int32]

    /// Probability of every token after the whole chain.
    func probabilities(_ logits: [Float]) -> [Double] {
        var row = logits.map { Double($0) }
        shape(&row)
        let temperature = Double(parameters.temperature)
        row = row.map { $0 / temperature }
        var probabilities = softmax(row)
        minP(&probabilities)
        let order = row.indices.sorted { (row[$0], $1) > (row[$1], $0) }
        if parameters.topK > 0 {
            let kept = order.filter { probabilities[$0] > 0 }.prefix(parameters.topK)
            keep(Set(kept), &probabilities)
        }
        if parameters.topP < 1 {
            var sum = 0.0
            var kept: Set<Int> = []
            for index in order where probabilities[index] > 0 {
                kept.insert(index)
                sum += probabilities[index]
                if sum >= Double(parameters.topP) { break }
            }
            keep(kept, &probabilities)
        }
        return probabilities
    }

    /// The logits before temperature.
    func shape(_ row: inout [Double]) {
        if generated.count < parameters.minTokens {
            for token in parameters.stopTokens where row.indices.contains(Int(token)) { row[Int(token)] = -.infinity }
        }
        for (token, bias) in parameters.logitBias { row[Int(token)] += Double(bias) }
        for token in prompt.union(generated) where row[Int(token)] > -.infinity {
            let factor = Double(parameters.repetitionPenalty)
            row[Int(token)] = row[Int(token)] > 0 ? row[Int(token)] / factor : row[Int(token)] * factor
        }
        for token in Set(generated) where row[Int(token)] > -.infinity {
            let count = generated.filter { $0 == token }.count
            row[Int(token)] -= Double(parameters.frequencyPenalty) * Double(count) + Double(parameters.presencePenalty)
        }
    }

    private func softmax(_ row: [Double]) -> [Double] {
        let best = row.max() ?? 0
        let weights = row.map { exponential($0 - best) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    private func minP(_ probabilities: inout [Double]) {
        let bar = (probabilities.max() ?? 0) * Double(parameters.minP)
        keep(Set(probabilities.indices.filter { probabilities[$0] >= bar && probabilities[$0] > 0 }), &probabilities)
    }

    private func keep(_ kept: Set<Int>, _ probabilities: inout [Double]) {
        for index in probabilities.indices where !kept.contains(index) { probabilities[index] = 0 }
        let sum = probabilities.reduce(0, +)
        for index in probabilities.indices { probabilities[index] /= sum }
    }
}

/// e to the power x by its series, after halving until the series converges at once; independent of the product's.
func exponential(_ x: Double) -> Double {
    guard x > -700 else { return 0 }
    let small = x / 1024
    var term = 1.0
    var sum = 1.0
    for n in 1...18 {
        term *= small / Double(n)
        sum += term
    }
    for _ in 0..<10 { sum *= sum }
    return sum
}
