/// Exponential and logarithm without a C library, so that a draw does not depend on the machine's libm.
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
