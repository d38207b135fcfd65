import Glibc

/// How far the distributions of one model are from those of another, token by token.
package struct Divergence {
    /// Tokens that were compared.
    package private(set) var count = 0
    /// How often both models think the same token likeliest.
    package private(set) var agreements = 0
    private var sum = 0.0
    private var values: [Double] = []

    /// Of no token.
    package init() {}

    /// The mean of the Kullback-Leibler divergences, in nats; not a number before anything was compared.
    package var mean: Double { count > 0 ? sum / Double(count) : .nan }
    /// The share of tokens on which both agree.
    package var agreement: Double { count > 0 ? Double(agreements) / Double(count) : .nan }

    /// The divergence that so large a share of the tokens stays below.
    package func quantile(_ share: Double) -> Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    /// Adds what two rows of finite logits of the same length have to say.
    package mutating func add(reference: Span<Float>, other: Span<Float>) {
        precondition(reference.count == other.count && !reference.isEmpty, "rows of one length")
        let first = Self.likeliest(reference), second = Self.likeliest(other)
        let offset = Self.logSum(reference, highest: reference[first]) - Self.logSum(other, highest: other[second])
        let base = Self.logSum(reference, highest: reference[first])
        var divergence = 0.0
        for index in reference.indices {
            let difference = Double(reference[index]) - Double(other[index]) - offset
            divergence += exp(Double(reference[index]) - base) * difference
        }
        count += 1
        agreements += first == second ? 1 : 0
        // Rounding may bring it below zero, where it cannot be.
        values.append(max(0, divergence))
        sum += max(0, divergence)
    }

    private static func likeliest(_ row: Span<Float>) -> Int {
        var best = 0
        for index in row.indices where row[index] > row[best] { best = index }
        return best
    }

    private static func logSum(_ row: Span<Float>, highest: Float) -> Double {
        var sum = 0.0
        for index in row.indices { sum += exp(Double(row[index] - highest)) }
        return log(sum) + Double(highest)
    }
}
