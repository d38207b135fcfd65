/// A range of bytes for each byte of a character: together, all characters of one length between two bounds.
struct ByteSequence: Sendable, Equatable {
    /// One to four ranges.
    var ranges: [ClosedRange<UInt8>]

    /// The sequences that make up the UTF-8 of the scalars of a range, in order; surrogates are left out.
    static func covering(_ scalars: ClosedRange<UInt32>) -> [ByteSequence] {
        var found: [ByteSequence] = []
        for (low, high) in [(UInt32(0), UInt32(0x7F)), (0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF)]
            + [(0x10000, 0x10FFFF)]
        {
            let first = max(low, scalars.lowerBound)
            let last = min(high, scalars.upperBound)
            guard first <= last else { continue }
            split(bytes(of: first), bytes(of: last), after: [], into: &found)
        }
        return found
    }

    /// Cuts everything between two characters of the same length into sequences.
    private static func split(
        _ first: ArraySlice<UInt8>, _ last: ArraySlice<UInt8>, after prefix: [ClosedRange<UInt8>],
        into found: inout [ByteSequence]
    ) {
        guard let low = first.first, let high = last.first else { return found.append(ByteSequence(ranges: prefix)) }
        let firstRest = first.dropFirst()
        let lastRest = last.dropFirst()
        if low == high { return split(firstRest, lastRest, after: prefix + [low...low], into: &found) }
        let isLowWhole = firstRest.allSatisfy { $0 == 0x80 }
        let isHighWhole = lastRest.allSatisfy { $0 == 0xBF }
        let floor = ArraySlice([UInt8](repeating: 0x80, count: firstRest.count))
        let ceiling = ArraySlice([UInt8](repeating: 0xBF, count: firstRest.count))
        if !isLowWhole { split(firstRest, ceiling, after: prefix + [low...low], into: &found) }
        let wholeLow = isLowWhole ? low : low + 1
        let wholeHigh = isHighWhole ? high : high - 1
        if wholeLow <= wholeHigh {
            split(floor, ceiling, after: prefix + [wholeLow...wholeHigh], into: &found)
        }
        if !isHighWhole { split(floor, lastRest, after: prefix + [high...high], into: &found) }
    }

    /// The UTF-8 of a scalar that is no surrogate.
    private static func bytes(of scalar: UInt32) -> ArraySlice<UInt8> {
        let low = { (shift: UInt32) in UInt8(0x80 | (scalar >> shift) & 0x3F) }
        switch scalar {
        case ..<0x80: return [UInt8(scalar)]
        case ..<0x800: return [UInt8(0xC0 | scalar >> 6), low(0)]
        case ..<0x10000: return [UInt8(0xE0 | scalar >> 12), low(6), low(0)]
        default: return [UInt8(0xF0 | (scalar >> 18) & 7), low(12), low(6), low(0)]
        }
    }
}
