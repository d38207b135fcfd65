/// Exponential and logarithm without a C library, so that a draw does not depend on the machine's libm.
/// Source: Cody and Waite, "Software Manual for the Elementary Functions", 1980 (reduction by ln 2 in two parts, then
/// a polynomial).
enum Exponential {
    /// e to the power `x` for `x` ≤ 0, relative error below 2e-7; 0 below −87 and for NaN. Free of branches.
    @inline(__always)
    static func exp(_ x: Float) -> Float {
        let bounded = x > -87 ? x : -87
        // Adding 1.5·2²³ rounds to an integer and leaves it in the low bits.
        let shifted = bounded * 1.442_695_04 + 12_582_912
        let rounded = shifted - 12_582_912
        let rest = (bounded - rounded * 0.693_359_375) + rounded * 2.121_944_4e-4
        var sum: Float = 1.987_569_15e-4
        sum = sum * rest + 1.398_199_95e-3
        sum = sum * rest + 8.333_451_9e-3
        sum = sum * rest + 4.166_579_6e-2
        sum = sum * rest + 1.666_666_5e-1
        sum = sum * rest + 0.5
        let series = sum * rest * rest + rest + 1
        let scale = Float(bitPattern: (shifted.bitPattern &+ 127) << 23)
        return x > -87 ? series * scale : 0
    }

    /// e to the power `value - best` for every value, −∞ giving 0; there is room for all of them.
    ///
    /// A loop over two spans and nothing else: the compiler turns it into vector instructions.
    static func weigh(_ values: Span<Float>, below best: Float, into weights: inout MutableSpan<Float>) {
        precondition(values.count <= weights.count, "room for the weight of every value")
        for index in values.indices { weights[index] = exp(values[index] - best) }
    }

    /// Sum of e to the power `value - best` over all values.
    static func sum(of values: Span<Float>, below best: Float) -> Double {
        var weights = [Float](repeating: 0, count: min(values.count, blockCount))
        var total = 0.0
        for start in stride(from: 0, to: values.count, by: blockCount) {
            let block = values.extracting(start..<min(values.count, start + blockCount))
            var target = weights.mutableSpan
            weigh(block, below: best, into: &target)
            total += sum(weights.span.extracting(first: block.count))
        }
        return total
    }

    /// Values that are added up before the next ones are looked at.
    static let blockCount = 1024

    /// Sum of weights in double precision, in eight chains of fixed order.
    static func sum(_ weights: Span<Float>) -> Double {
        var lanes = SIMD8<Double>(repeating: 0)
        let whole = weights.count & ~7
        for start in stride(from: 0, to: whole, by: 8) { lanes += SIMD8<Double>(eight(weights, at: start)) }
        var total = lanes.sum()
        for index in whole..<weights.count { total += Double(weights[index]) }
        return total
    }

    /// Eight neighbours as one vector.
    @inline(__always)
    private static func eight(_ values: Span<Float>, at start: Int) -> SIMD8<Float> {
        SIMD8(
            values[start], values[start + 1], values[start + 2], values[start + 3],
            values[start + 4], values[start + 5], values[start + 6], values[start + 7])
    }

    /// Natural logarithm of a positive finite number, accurate to a few units in the last place.
    static func log(_ x: Double) -> Double {
        var exponent = Double(x.exponent)
        var fraction = x.significand
        if fraction > 1.414_213_562_373_095_1 {
            fraction /= 2
            exponent += 1
        }
        let ratio = (fraction - 1) / (fraction + 1)
        let square = ratio * ratio
        var sum = 0.0
        for odd in stride(from: 23, through: 1, by: -2) {
            sum = sum * square + 1 / Double(odd)
        }
        return exponent * 0.693_147_180_559_945_309 + 2 * ratio * sum
    }
}
