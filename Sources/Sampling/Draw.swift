/// The draw: from weights to one token.
extension LogitRow {
    /// The token at which the running weight passes `uniform` of the whole; nil if nothing is in play.
    mutating func draw(_ uniform: Double) -> Int32? {
        let best = maximum()
        guard best > -.infinity else { return nil }
        if isNarrowed {
            weights = survivors.map { Exponential.exp(values[Int($0)] - best) }
        } else {
            weigh(below: best)
        }
        guard let place = Self.place(in: weights.span, at: uniform) else { return nil }
        return isNarrowed ? survivors[place] : Int32(place)
    }

    /// Fills `weights` for the whole vocabulary.
    mutating func weigh(below best: Float) {
        if weights.count != values.count { weights = [Float](repeating: 0, count: values.count) }
        Self.weigh(values, below: best, into: &weights)
    }

    private static func weigh(_ values: [Float], below best: Float, into weights: inout [Float]) {
        var target = weights.mutableSpan
        Exponential.weigh(values.span, below: best, into: &target)
    }

    /// Where the running sum passes `uniform` of the total, block by block; nil if there is no weight.
    private static func place(in weights: Span<Float>, at uniform: Double) -> Int? {
        let starts = stride(from: 0, to: weights.count, by: Exponential.blockCount)
        func block(_ start: Int) -> Range<Int> { start..<min(weights.count, start + Exponential.blockCount) }
        let sums = starts.map { Exponential.sum(weights.extracting(block($0))) }
        let total = sums.reduce(0, +)
        guard total > 0 else { return nil }
        let goal = uniform * total
        // Rounding may keep the running sum a hair below the goal: then the last token with a weight is taken.
        var running = 0.0
        var chosen: (start: Int, before: Double)?
        for (start, sum) in zip(starts, sums) where sum > 0 {
            chosen = (start, running)
            running += sum
            if running > goal { break }
        }
        guard let chosen else { return nil }
        running = chosen.before
        var last: Int?
        for index in block(chosen.start) where weights[index] > 0 {
            running += Double(weights[index])
            last = index
            if running > goal { break }
        }
        return last
    }
}
