/// How much of a distribution a truncating stage keeps.
package enum RetainedMass: Sendable, Equatable {
    /// This many most likely tokens.
    case count(Int)
    /// The smallest set of most likely tokens that holds this share of the probability, at least one.
    case share(Double)
}

/// Partial selection: finds where the ranking is to be cut without sorting the vocabulary.
///
/// One pass spreads the tokens over buckets by logit and adds up their mass. The cut lies in the bucket in which the
/// running mass reaches its goal; only that bucket is looked at again, and sorted once it is small.
extension LogitRow {
    private static let bucketCount = 1024
    private static let sortedCount = 256
    private static let maximumRounds = 4

    /// The lowest-ranking token to keep, or nil if everything in play is kept.
    mutating func cut(retaining mass: RetainedMass) -> RankedLogit? {
        let best = maximum()
        guard best > -.infinity else { return nil }
        switch mass {
        case .count(let count):
            if isNarrowed && survivors.count <= count { return nil }
            let total = spread(below: best, weighted: false)
            return total <= Double(count) ? nil : locate(goal: Double(max(1, count)), below: best, weighted: false)
        case .share(let share):
            let total = totalWeight(below: best)
            _ = spread(below: best, weighted: true)
            return locate(goal: share * total, below: best, weighted: true)
        }
    }

    /// Buckets per unit of the logit: 1024 of them reach 32 units down, the last one holds everything below.
    private static let bucketsPerUnit: Float = 32

    private mutating func totalWeight(below best: Float) -> Double {
        guard isNarrowed else {
            weigh(below: best)
            return Exponential.sum(weights.span)
        }
        return survivors.reduce(0) { $0 + Double(Exponential.exp(values[Int($1)] - best)) }
    }

    /// Fills the buckets with the mass of what is in play and returns its sum; `weigh` has been called if it is weighted.
    private mutating func spread(below best: Float, weighted: Bool) -> Double {
        buckets = [Double](repeating: 0, count: Self.bucketCount)
        if isNarrowed {
            for token in survivors {
                let value = values[Int(token)]
                let mass = weighted ? Double(Exponential.exp(value - best)) : 1
                buckets[Self.bucket(of: best - value, perUnit: Self.bucketsPerUnit)] += mass
            }
        } else if weighted {
            Self.spread(values, weights, below: best, into: &buckets)
        } else {
            Self.spread(values, below: best, into: &buckets)
        }
        return buckets.reduce(0, +)
    }

    private static func spread(
        _ values: [Float], _ weights: [Float], below best: Float, into buckets: inout [Double]
    ) {
        let (source, weights) = (values.span, weights.span)
        var masses = buckets.mutableSpan
        // Without a test for banned tokens: their weight is 0, and a branch would cost more than the addition.
        for index in source.indices {
            masses[bucket(of: best - source[index], perUnit: bucketsPerUnit)] += Double(weights[index])
        }
    }

    private static func spread(_ values: [Float], below best: Float, into buckets: inout [Double]) {
        let source = values.span
        var masses = buckets.mutableSpan
        for index in source.indices where source[index] > -.infinity {
            masses[bucket(of: best - source[index], perUnit: bucketsPerUnit)] += 1
        }
    }

    @inline(__always)
    private static func bucket(of distance: Float, perUnit: Float) -> Int {
        let place = distance * perUnit
        return place < Float(bucketCount - 1) ? Int(place) : bucketCount - 1
    }

    private mutating func locate(goal: Double, below best: Float, weighted: Bool) -> RankedLogit? {
        let (bucket, before) = Self.boundary(in: buckets.span, goal: goal)
        var members: [RankedLogit] = []
        func consider(_ token: Int32, _ value: Float) {
            guard value > -.infinity else { return }
            guard Self.bucket(of: best - value, perUnit: Self.bucketsPerUnit) == bucket else { return }
            members.append(RankedLogit(token: token, value: value))
        }
        if isNarrowed {
            for token in survivors { consider(token, values[Int(token)]) }
        } else {
            let lowest = best - Float(bucket + 2) / Self.bucketsPerUnit
            let bound = bucket == Self.bucketCount - 1 ? -Float.infinity : lowest
            let source = values.span
            for index in source.indices where source[index] >= bound { consider(Int32(index), source[index]) }
        }
        return Self.refine(members, goal: goal - before, below: best, weighted: weighted)
    }

    /// The bucket in which the running mass reaches `goal`, and the mass before it.
    private static func boundary(in masses: Span<Double>, goal: Double) -> (bucket: Int, before: Double) {
        var before = 0.0
        var last = 0
        for index in masses.indices where masses[index] > 0 {
            if before + masses[index] >= goal { return (index, before) }
            before += masses[index]
            last = index
        }
        // Rounding may leave the goal a hair above the total: then everything is kept.
        return (last, before - masses[last])
    }

    /// Finds the cut among the members of one bucket, whose range shrinks 1024-fold a round.
    private static func refine(
        _ first: [RankedLogit], goal firstGoal: Double, below best: Float, weighted: Bool
    ) -> RankedLogit? {
        var members = first
        var goal = firstGoal
        for _ in 0..<maximumRounds where members.count > sortedCount {
            guard let high = members.lazy.map(\.value).max(), let low = members.lazy.map(\.value).min() else { break }
            let scale = Float(bucketCount - 1) / (high - low)
            // Equal members stand in the order of their ids, which is their rank.
            guard high > low else { return walk(members, goal: goal, below: best, weighted: weighted) }
            guard scale.isFinite else { break }
            var masses = [Double](repeating: 0, count: bucketCount)
            for member in members {
                masses[bucket(of: high - member.value, perUnit: scale)] += mass(member, below: best, weighted: weighted)
            }
            let (chosen, before) = boundary(in: masses.span, goal: goal)
            goal -= before
            members.removeAll { bucket(of: high - $0.value, perUnit: scale) != chosen }
        }
        members.sort(by: >)
        return walk(members, goal: goal, below: best, weighted: weighted)
    }

    /// The member at which the running mass reaches `goal`; the last one if rounding keeps it below.
    private static func walk(
        _ members: [RankedLogit], goal: Double, below best: Float, weighted: Bool
    ) -> RankedLogit? {
        var running = 0.0
        for member in members {
            running += mass(member, below: best, weighted: weighted)
            if running >= goal { return member }
        }
        return members.last
    }

    private static func mass(_ member: RankedLogit, below best: Float, weighted: Bool) -> Double {
        weighted ? Double(Exponential.exp(member.value - best)) : 1
    }
}
