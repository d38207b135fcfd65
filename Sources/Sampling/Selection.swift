/// How much of a distribution a truncating stage keeps.
package enum RetainedMass: Sendable, Equatable {
    /// This many most likely tokens.
    case count(Int)
    /// The smallest set of most likely tokens that holds this share of the probability, at least one.
    case share(Double)
}

/// Partial selection: finds where the ranking is to be cut without sorting the vocabulary.
///
/// From the best logit downwards, ring by ring, the tokens of a ring are gathered; only blocks whose best logit reaches
/// the ring are looked at. In the ring in which the running mass reaches its goal, the cut is found by partitioning.
extension LogitRow {
    /// How far the first ring reaches down, in units of the logit, and how much wider each next one is.
    private static let firstReach: Float = 3
    private static let widening: Float = 2
    /// Below this distance from the best, one ring takes all that is left.
    private static let lastReach: Float = 200

    /// The lowest-ranking token to keep, or nil if everything in play is kept.
    mutating func cut(retaining mass: RetainedMass) -> RankedLogit? {
        let best = maximum()
        guard best > -.infinity else { return nil }
        switch mass {
        case .count(let count):
            if count >= (isNarrowed ? survivors.count : values.count) { return nil }
            return isNarrowed
                ? cutOfSurvivors(goal: Double(max(1, count)), below: nil)
                : cut(goal: Double(max(1, count)), below: nil, firstReach: best - peak(ranking: count))
        case .share(let share):
            let goal = share * totalWeight(below: best)
            return isNarrowed
                ? cutOfSurvivors(goal: goal, below: best)
                : cut(goal: goal, below: best, firstReach: Self.firstReach)
        }
    }

    private mutating func totalWeight(below best: Float) -> Double {
        guard isNarrowed else {
            weigh(below: best)
            return Exponential.sum(weights.span)
        }
        return survivors.reduce(0) { $0 + Double(Exponential.exp(values[Int($1)] - best)) }
    }

    /// A logit that at least `rank` tokens reach, if there are so many blocks: the peak of that rank.
    private mutating func peak(ranking rank: Int) -> Float {
        order.removeAll(keepingCapacity: true)
        order.append(contentsOf: peaks)
        return Partition.value(of: &order, ranking: min(max(1, rank), order.count))
    }

    private mutating func cutOfSurvivors(goal: Double, below best: Float?) -> RankedLogit? {
        candidates.removeAll(keepingCapacity: true)
        for token in survivors { candidates.append(RankedLogit(token: token, value: values[Int(token)])) }
        return Partition.cut(&candidates, goal: goal, below: best)
    }

    /// The token with which the running mass reaches `goal`: a count, or weights below `best`.
    private mutating func cut(goal: Double, below weighed: Float?, firstReach: Float) -> RankedLogit? {
        let best = maximum()
        var (before, high, reach) = (0.0, Float.infinity, max(firstReach, 0))
        while true {
            let isLast = !(reach < Self.lastReach)
            let low = isLast ? -Float.greatestFiniteMagnitude : best - reach
            let mass = gather(from: low, below: high, isWeighed: weighed != nil)
            if isLast, weighed == nil, before + mass <= goal { return nil }
            if isLast || before + mass >= goal {
                return Partition.cut(&candidates, goal: goal - before, below: weighed)
            }
            before += mass
            high = low
            reach = max(reach * Self.widening, Self.firstReach)
        }
    }

    /// Makes the tokens of a ring the candidates; returns their mass.
    private mutating func gather(from low: Float, below high: Float, isWeighed: Bool) -> Double {
        candidates.removeAll(keepingCapacity: true)
        guard isWeighed else {
            forEach(from: low, below: high) { row, token, value in
                row.candidates.append(RankedLogit(token: token, value: value))
            }
            return Double(candidates.count)
        }
        var mass = 0.0
        forEach(from: low, below: high) { row, token, value in
            row.candidates.append(RankedLogit(token: token, value: value))
            mass += Double(row.weights[Int(token)])
        }
        return mass
    }
}
