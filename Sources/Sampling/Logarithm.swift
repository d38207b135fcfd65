/// Logarithm without a C library, so that a draw does not depend on the machine's libm.
enum Logarithm {
    /// Natural logarithm of a positive finite number, accurate to a few units in the last place.
    static func natural(_ x: Double) -> Double {
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
