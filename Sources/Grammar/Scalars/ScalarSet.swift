/// A set of Unicode scalars; surrogates are never members.
struct ScalarSet: Sendable, Hashable {
    /// The members: in order, apart from each other.
    let ranges: [ClosedRange<UInt32>]

    /// Every scalar.
    static let all = ScalarSet([0...0x10FFFF])
    /// No scalar.
    static let none = ScalarSet([])

    /// The scalars of these ranges, in whatever order and however they overlap.
    init(_ ranges: [ClosedRange<UInt32>]) {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.flatMap(Self.withoutSurrogates).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound &+ 1, !Self.isGap(last, range) {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged
    }

    /// The scalars of a text.
    init(_ text: String) { self.init(text.unicodeScalars.map { $0.value...$0.value }) }

    /// Whether there is no member.
    var isEmpty: Bool { ranges.isEmpty }

    /// Whether a scalar is a member.
    func contains(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(scalar)
    }

    /// What is in either.
    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    /// What is not in it.
    var inverted: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return ScalarSet(gaps)
    }

    /// What is in both.
    func intersection(_ other: ScalarSet) -> ScalarSet { inverted.union(other.inverted).inverted }

    private static func isGap(_ left: ClosedRange<UInt32>, _ right: ClosedRange<UInt32>) -> Bool {
        left.upperBound == 0xD7FF && right.lowerBound == 0xE000
    }

    private static func withoutSurrogates(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
        var parts: [ClosedRange<UInt32>] = []
        if range.lowerBound < 0xD800 { parts.append(range.lowerBound...min(range.upperBound, 0xD7FF)) }
        if range.upperBound > 0xDFFF { parts.append(max(range.lowerBound, 0xE000)...range.upperBound) }
        return parts
    }
}
