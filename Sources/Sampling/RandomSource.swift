/// A counter-based generator: the draw for token `index` depends on the seed and the index alone.
///
/// There is no state to lose, so a sequence that was preempted, restarted or replayed draws the same numbers.
/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014 (the finaliser);
/// Salmon and others, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011 (counters).
package struct RandomSource: Sendable, Equatable {
    private let key: UInt64

    /// A source whose draws are a function of `seed`.
    package init(seed: UInt64) {
        key = Self.mix(seed ^ 0x6A09_E667_F3BC_C908)
    }

    /// The uniform draw in 0..<1 for the token at `index`, with 53 random bits.
    package func uniform(at index: Int) -> Double {
        let counter = UInt64(truncatingIfNeeded: index) &* 0x9E37_79B9_7F4A_7C15
        let bits = Self.mix(Self.mix(key &+ counter) ^ key)
        return Double(bits >> 11) * 0x1p-53
    }

    /// The seed of choice `index` of a request; choice 0 keeps the request's own seed.
    package static func seed(_ seed: UInt64, choice index: Int) -> UInt64 {
        index == 0 ? seed : mix(seed ^ mix(UInt64(truncatingIfNeeded: index)))
    }

    /// A bijection of 64 bits in which every input bit reaches every output bit (SplitMix64's finaliser).
    private static func mix(_ value: UInt64) -> UInt64 {
        var bits = value &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
