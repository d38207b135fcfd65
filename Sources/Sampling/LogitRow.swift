/// A token with its working logit; ranked by logit, then by lower id.
package struct RankedLogit: Sendable, Equatable, Comparable {
    /// The token's id.
    package let token: Int32
    /// Its logit after the stages so far.
    package let value: Float

    /// Ranks `self` behind `other`: a lower logit, or the same logit with a higher id.
    package static func < (self: RankedLogit, other: RankedLogit) -> Bool {
        self.value != other.value ? self.value < other.value : self.token > other.token
    }
}

/// One row of logits while the stages work on it: a value per token, and the tokens still in play.
///
/// The row belongs to the code that samples and is used for one sequence after another, so its arrays are allocated once.
/// While no stage has narrowed it, every token above −∞ is in play; afterwards `survivors` alone are. The best logit of
/// every block of tokens is kept too: it tells which blocks hold what a stage is looking for.
package struct LogitRow: Sendable {
    /// The working logit of every token; −∞ is banned. Stale for non-survivors once the row is narrowed.
    package internal(set) var values: [Float]
    /// The tokens still in play in ascending order, once a stage has narrowed the row.
    package private(set) var survivors: [Int32]
    /// Whether `survivors` is in force.
    package private(set) var isNarrowed: Bool
    /// Room for a weight per token.
    var weights: [Float]
    /// Room for the sums of blocks of weights.
    var sums: [Double]
    /// Room for the tokens among which a cut lies.
    var candidates: [RankedLogit]
    /// Room for peaks in another order.
    var order: [Float]
    /// The best logit of each block of `Survey.blockCount` tokens, if `arePeaksKnown`.
    private(set) var peaks: [Float]
    private var arePeaksKnown: Bool
    private var knownMaximum: Float?

    /// A row for at most `vocabulary` tokens.
    package init(vocabulary: Int) {
        values = [Float](repeating: 0, count: vocabulary)
        survivors = []
        weights = []
        sums = []
        candidates = []
        order = []
        peaks = []
        isNarrowed = false
        arePeaksKnown = false
        knownMaximum = nil
        weights.reserveCapacity(vocabulary)
        survivors.reserveCapacity(vocabulary)
        candidates.reserveCapacity(min(vocabulary, Self.usualCandidates))
        let blocks = (vocabulary + Survey.blockCount - 1) / Survey.blockCount
        sums.reserveCapacity(max(blocks, (vocabulary + Exponential.blockCount - 1) / Exponential.blockCount))
        order.reserveCapacity(blocks)
        peaks.reserveCapacity(blocks)
    }

    /// More candidates than these are rare and may cost an allocation.
    private static let usualCandidates = 16_384

    /// Starts anew with the first `count` logits; what lies behind them is padding and never in play.
    package mutating func load(_ logits: Span<Float>, count: Int) {
        precondition(count <= logits.count, "a row holds at least the usable vocabulary")
        if values.count != count { values = [Float](repeating: 0, count: count) }
        var target = values.mutableSpan
        for index in 0..<count { target[index] = logits[index] }
        survivors.removeAll(keepingCapacity: true)
        isNarrowed = false
        forgetPeaks()
    }

    private mutating func forgetPeaks() {
        arePeaksKnown = false
        knownMaximum = nil
    }

    /// No logit in play leaves ±`bound`, so that differences stay finite.
    private static let bound: Float = 1e30

    /// Bans one token; ids outside the vocabulary are ignored.
    package mutating func ban(_ token: Int32) {
        guard token >= 0, Int(token) < values.count else { return }
        values[Int(token)] = -.infinity
        forgetPeaks()
    }

    /// Changes one token's logit; a banned token stays banned, ids outside the vocabulary are ignored.
    package mutating func change(_ token: Int32, _ body: (Float) -> Float) {
        guard token >= 0, Int(token) < values.count, values[Int(token)] > -.infinity else { return }
        let changed = body(values[Int(token)])
        values[Int(token)] = changed.isNaN ? -Self.bound : min(max(changed, -Self.bound), Self.bound)
        forgetPeaks()
    }

    /// Below one token in so many, a mask is a list of tokens rather than a row with bans.
    private static let sparseness = 8

    /// Starts anew with those of the first `count` logits that `mask` allows.
    package mutating func load(_ logits: Span<Float>, count: Int, among mask: TokenMask) {
        guard mask.count < count / Self.sparseness else {
            load(logits, count: count)
            return restrict(to: mask)
        }
        precondition(count <= logits.count, "a row holds at least the usable vocabulary")
        if values.count != count { values = [Float](repeating: 0, count: count) }
        survivors.removeAll(keepingCapacity: true)
        for word in 0..<(min(count, mask.vocabulary) + 63) / 64 {
            var bits = mask.word(word)
            while bits != 0 {
                let token = word * 64 + bits.trailingZeroBitCount
                bits &= bits - 1
                guard token < count else { break }
                values[token] = logits[token]
                survivors.append(Int32(truncatingIfNeeded: token))
            }
        }
        isNarrowed = true
        forgetPeaks()
    }

    /// Bans everything that `mask` does not allow.
    package mutating func restrict(to mask: TokenMask) {
        var target = values.mutableSpan
        for word in 0..<(target.count + 63) / 64 {
            let start = word * 64
            let end = min(target.count, start + 64)
            let bits = start < mask.vocabulary ? mask.word(word) : 0
            if bits == 0 {
                for index in start..<end { target[index] = -.infinity }
            } else if bits != .max {
                for index in start..<end where bits & (1 << UInt64(index - start)) == 0 { target[index] = -.infinity }
            }
        }
        forgetPeaks()
    }

    /// The highest logit in play, −∞ if none is.
    package mutating func maximum() -> Float {
        if let knownMaximum { return knownMaximum }
        var best = -Float.infinity
        if isNarrowed {
            for token in survivors { best = max(best, values[Int(token)]) }
        } else {
            findPeaks()
            for peak in peaks { best = max(best, peak) }
        }
        knownMaximum = best
        return best
    }

    private mutating func findPeaks() {
        guard !arePeaksKnown else { return }
        peaks.removeAll(keepingCapacity: true)
        for start in stride(from: 0, to: values.count, by: Survey.blockCount) {
            let end = min(start + Survey.blockCount, values.count)
            peaks.append(Survey(values.span.extracting(start..<end)).best)
        }
        arePeaksKnown = true
    }

    /// The most likely token, the lowest id among equals; nil if every token is banned.
    package mutating func best() -> Int32? {
        let best = maximum()
        guard best > -.infinity else { return nil }
        if isNarrowed { return survivors.first { values[Int($0)] == best } }
        guard let block = peaks.firstIndex(of: best) else { return nil }
        return values[(block * Survey.blockCount)...].firstIndex(of: best).map { Int32($0) }
    }

    /// Replaces every logit in play by `(logit - highest) * factor`, which is at most 0.
    package mutating func scaleBelowMaximum(by factor: Float) {
        let best = maximum()
        guard best > -.infinity else { return }
        if isNarrowed {
            for token in survivors { values[Int(token)] = (values[Int(token)] - best) * factor }
        } else {
            var target = values.mutableSpan
            for index in target.indices { target[index] = (target[index] - best) * factor }
            // The same operation keeps the order: the best of a block stays the best.
            for index in peaks.indices { peaks[index] = (peaks[index] - best) * factor }
        }
        knownMaximum = 0
    }

    /// Keeps the tokens that rank at or above `cut`.
    package mutating func keep(downTo cut: RankedLogit) {
        if isNarrowed {
            var kept = 0
            for place in survivors.indices {
                let token = survivors[place]
                guard RankedLogit(token: token, value: values[Int(token)]) >= cut else { continue }
                survivors[kept] = token
                kept += 1
            }
            survivors.removeLast(survivors.count - kept)
            return
        }
        _ = maximum()
        survivors.removeAll(keepingCapacity: true)
        forEach(from: cut.value, below: .infinity) { row, token, value in
            if value > cut.value || token <= cut.token { row.survivors.append(token) }
        }
        isNarrowed = true
    }

    /// Shows the tokens of a row that is not narrowed whose logits are at least `low` and below `high`, in ascending
    /// order; `maximum` has been asked for since the last change.
    @inline(__always)
    mutating func forEach(from low: Float, below high: Float, _ body: (inout LogitRow, Int32, Float) -> Void) {
        for block in peaks.indices where peaks[block] >= low {
            let start = block * Survey.blockCount
            for index in start..<min(start + Survey.blockCount, values.count) {
                let value = values[index]
                if value >= low, value < high { body(&self, Int32(truncatingIfNeeded: index), value) }
            }
        }
    }

    /// The tokens in play, in ascending order.
    package func inPlay() -> [Int32] {
        isNarrowed ? survivors : values.indices.filter { values[$0] > -.infinity }.map { Int32($0) }
    }
}
