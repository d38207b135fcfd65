extension Double {
    /// Exactly rounded decimal text with a fixed number of places, ties to even, as C's `%.nf` writes it.
    func fixed(_ places: Int) throws(TemplateError) -> String {
        guard isFinite else { return isNaN ? "nan" : self < 0 ? "-inf" : "inf" }
        guard (0...100).contains(places) else { throw TemplateError("precision out of range") }
        var expansion = DecimalExpansion(magnitude)
        expansion.round(places: places)
        return (sign == .minus ? "-" : "") + expansion.text(places: places)
    }
}

/// Every decimal digit of a double; there are finitely many.
struct DecimalExpansion {
    /// Digits before and after the point, most significant first.
    private var whole: [UInt8]
    private var fraction: [UInt8] = []

    /// The digits of a finite, non-negative number.
    init(_ number: Double) {
        let mantissa = number == 0 ? 0 : number.significandBitPattern | (number.isNormal ? 1 << 52 : 0)
        let exponent = number.isNormal ? Int(number.exponent) - 52 : -1074
        whole = mantissa.description.utf8.map { $0 &- UInt8(ascii: "0") }
        for _ in 0..<max(exponent, 0) { double() }
        for _ in 0..<max(-exponent, 0) where mantissa != 0 { halve() }
    }

    private mutating func double() {
        var carry: UInt8 = 0
        for index in whole.indices.reversed() {
            let doubled = whole[index] * 2 + carry
            whole[index] = doubled % 10
            carry = doubled / 10
        }
        if carry > 0 { whole.insert(carry, at: 0) }
    }

    private mutating func halve() {
        var rest: UInt8 = 0
        for index in whole.indices { rest = Self.halve(&whole[index], rest) }
        for index in fraction.indices { rest = Self.halve(&fraction[index], rest) }
        if rest > 0 { fraction.append(5) }
        if whole.count > 1, whole[0] == 0 { whole.removeFirst() }
    }

    private static func halve(_ digit: inout UInt8, _ rest: UInt8) -> UInt8 {
        let value = rest * 10 + digit
        digit = value / 2
        return value % 2
    }

    /// Drops the digits behind `places`, rounding the last one that stays.
    mutating func round(places: Int) {
        guard fraction.count > places else { return }
        let next = fraction[places]
        let isTie = next == 5 && fraction[(places + 1)...].allSatisfy { $0 == 0 }
        fraction.removeSubrange(places...)
        let last = fraction.last ?? whole.last ?? 0
        guard next > 5 || (next == 5 && (!isTie || last % 2 == 1)) else { return }
        increment()
    }

    private mutating func increment() {
        for index in fraction.indices.reversed() {
            if fraction[index] < 9 { return fraction[index] += 1 }
            fraction[index] = 0
        }
        for index in whole.indices.reversed() {
            if whole[index] < 9 { return whole[index] += 1 }
            whole[index] = 0
        }
        whole.insert(1, at: 0)
    }

    /// The digits with a point, padded with zeros.
    func text(places: Int) -> String {
        let digits = whole.map(\.description).joined()
        guard places > 0 else { return digits }
        let zeros = String(repeating: "0", count: max(0, places - fraction.count))
        return digits + "." + fraction.map(\.description).joined() + zeros
    }
}
