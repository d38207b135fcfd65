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
/// The row belongs to whoever samples and is used for one sequence after another, so its arrays are allocated once.
/// While no stage has narrowed it, every token above −∞ is in play; afterwards `survivors` alone are.
package struct LogitRow: Sendable {
    /// The working logit of every token; −∞ is banned. Stale for non-survivors once the row is narrowed.
    package internal(set) var values: [Float]
    /// The tokens still in play in ascending order, once a stage has narrowed the row.
    package private(set) var survivors: [Int32]
    /// Whether `survivors` is in force.
    package private(set) var isNarrowed: Bool
    var weights: [Float]
    var buckets: [Double]
    private var knownMaximum: Float?

    /// A row for at most `vocabulary` tokens.
    package init(vocabulary: Int) {
        values = []
        survivors = []
        weights = []
        buckets = []
        isNarrowed = false
        knownMaximum = nil
        values.reserveCapacity(vocabulary)
        weights.reserveCapacity(vocabulary)
    }

    /// Starts anew with the first `count` logits; what lies behind them is padding and never in play.
    package mutating func load(_ logits: Span<Float>, count: Int) {
        precondition(count <= logits.count, "a row holds at least the usable vocabulary")
        if values.count != count { values = [Float](repeating: 0, count: count) }
        var target = values.mutableSpan
        for index in 0..<count { target[index] = logits[index] }
        survivors.removeAll(keepingCapacity: true)
        isNarrowed = false
        knownMaximum = nil
    }

    /// No logit in play leaves ±`bound`, so that differences stay finite.
    private static let bound: Float = 1e30

    /// Bans one token; ids outside the vocabulary are ignored.
    package mutating func ban(_ token: Int32) {
        guard token >= 0, Int(token) < values.count else { return }
        values[Int(token)] = -.infinity
        knownMaximum = nil
    }

    /// Changes one token's logit; a banned token stays banned, ids outside the vocabulary are ignored.
    package mutating func change(_ token: Int32, _ body: (Float) -> Float) {
        guard token >= 0, Int(token) < values.count, values[Int(token)] > -.infinity else { return }
        let changed = body(values[Int(token)])
        values[Int(token)] = changed.isNaN ? -Self.bound : min(max(changed, -Self.bound), Self.bound)
        knownMaximum = nil
    }

    /// Bans everything that `mask` does not allow.
    package mutating func restrict(to mask: TokenMask) {
        var target = values.mutableSpan
        for word in 0..<(target.count + 63) / 64 {
            let range = word * 64..<min(target.count, word * 64 + 64)
            let bits = range.lowerBound < mask.vocabulary ? mask.word(word) : 0
            guard bits != .max else { continue }
            for index in range where bits & (1 << UInt64(index - range.lowerBound)) == 0 { target[index] = -.infinity }
        }
        knownMaximum = nil
    }

    /// The highest logit in play, −∞ if none is.
    package mutating func maximum() -> Float {
        if let knownMaximum { return knownMaximum }
        var best = -Float.infinity
        if isNarrowed {
            for token in survivors { best = max(best, values[Int(token)]) }
        } else {
            best = Self.maximum(of: values.span)
        }
        knownMaximum = best
        return best
    }

    /// The most likely token, the lowest id among equals; nil if every token is banned.
    package mutating func best() -> Int32? {
        let best = maximum()
        guard best > -.infinity else { return nil }
        if isNarrowed { return survivors.first { values[Int($0)] == best } }
        return values.firstIndex(of: best).map { Int32($0) }
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
        }
        knownMaximum = 0
    }

    /// Keeps the tokens that rank at or above `cut`.
    package mutating func keep(downTo cut: RankedLogit) {
        if isNarrowed {
            survivors.removeAll { RankedLogit(token: $0, value: values[Int($0)]) < cut }
            return
        }
        isNarrowed = true
        var kept: [Int32] = []
        swap(&kept, &survivors)
        Self.add(values.span, downTo: cut, to: &kept)
        swap(&kept, &survivors)
    }

    private static func add(_ values: Span<Float>, downTo cut: RankedLogit, to kept: inout [Int32]) {
        let value = cut.value
        for index in values.indices where values[index] >= value {
            guard values[index] > value || index <= Int(cut.token) else { continue }
            kept.append(Int32(truncatingIfNeeded: index))
        }
    }

    /// The tokens in play, in ascending order.
    package func inPlay() -> [Int32] {
        isNarrowed ? survivors : values.indices.filter { values[$0] > -.infinity }.map { Int32($0) }
    }

    /// The greatest of many values in eight independent chains; −∞ for an empty row.
    static func maximum(of values: Span<Float>) -> Float {
        var lanes = SIMD8<Float>(repeating: -.infinity)
        let whole = values.count & ~7
        for start in stride(from: 0, to: whole, by: 8) {
            let next = eight(values, at: start)
            lanes.replace(with: next, where: next .> lanes)
        }
        var best = lanes.max()
        for index in whole..<values.count where values[index] > best { best = values[index] }
        return best
    }

    /// Eight neighbours as one vector.
    @inline(__always)
    static func eight(_ values: Span<Float>, at start: Int) -> SIMD8<Float> {
        SIMD8(
            values[start], values[start + 1], values[start + 2], values[start + 3],
            values[start + 4], values[start + 5], values[start + 6], values[start + 7])
    }
}
