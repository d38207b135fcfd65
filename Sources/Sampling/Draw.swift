/// The draw: from weights to one token.
extension LogitRow {
    /// The token at which the running weight passes `uniform` of the whole; nil if nothing is in play.
    mutating func draw(_ uniform: Double) -> Int32? {
        let best = maximum()
        guard best > -.infinity else { return nil }
        if isNarrowed {
            weights.removeAll(keepingCapacity: true)
            for token in survivors { weights.append(Exponential.exp(values[Int(token)] - best)) }
        } else {
            weigh(below: best)
        }
        guard let place = placeOfWeight(at: uniform) else { return nil }
        return isNarrowed ? survivors[place] : Int32(place)
    }

    /// Fills `weights` for the whole vocabulary.
    mutating func weigh(below best: Float) {
        if weights.count != values.count {
            weights.removeAll(keepingCapacity: true)
            weights.append(contentsOf: repeatElement(0, count: values.count))
        }
        Self.weigh(values, below: best, into: &weights)
    }

    private static func weigh(_ values: [Float], below best: Float, into weights: inout [Float]) {
        var target = weights.mutableSpan
        Exponential.weigh(values.span, below: best, into: &target)
    }

    /// Where the running sum passes `uniform` of the total, block by block; nil if there is no weight.
    private mutating func placeOfWeight(at uniform: Double) -> Int? {
        let count = weights.count
        func block(_ index: Int) -> Range<Int> {
            index * Exponential.blockCount..<min(count, (index + 1) * Exponential.blockCount)
        }
        sums.removeAll(keepingCapacity: true)
        for index in 0..<(count + Exponential.blockCount - 1) / Exponential.blockCount {
            sums.append(Exponential.sum(weights.span.extracting(block(index))))
        }
        let total = sums.reduce(0, +)
        guard total > 0 else { return nil }
        let goal = uniform * total
        // Rounding may keep the running sum a hair below the goal: then the last token with a weight is taken.
        var running = 0.0
        var chosen: (block: Int, before: Double)?
        for index in sums.indices where sums[index] > 0 {
            chosen = (index, running)
            running += sums[index]
            if running > goal { break }
        }
        guard let chosen else { return nil }
        running = chosen.before
        var last: Int?
        for index in block(chosen.block) where weights[index] > 0 {
            running += Double(weights[index])
            last = index
            if running > goal { break }
        }
        return last
    }
}
