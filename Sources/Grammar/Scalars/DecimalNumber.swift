/// A number in decimal digits, exactly.
struct DecimalNumber: Sendable, Hashable {
    /// Whether it is less than zero.
    let isNegative: Bool
    /// Digits before the point, without leading zeros.
    let whole: [UInt8]
    /// Digits after the point, without trailing zeros.
    let fraction: [UInt8]

    /// Zero.
    static let zero = DecimalNumber(isNegative: false, whole: [], fraction: [])
    /// One.
    static let one = DecimalNumber(isNegative: false, whole: [1], fraction: [])

    /// A number from its digits.
    init(isNegative: Bool, whole: some Sequence<UInt8>, fraction: [UInt8]) {
        self.whole = Array(whole.drop { $0 == 0 })
        self.fraction = Array(fraction.reversed().drop { $0 == 0 }.reversed())
        self.isNegative = isNegative && !(self.whole.isEmpty && self.fraction.isEmpty)
    }

    /// The number that Swift describes so, such as `-12.5` or `1e-07`; nil if it is none.
    init?(_ text: String) {
        var digits: [UInt8] = []
        var point: Int?
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest.removeFirst() }
        while let byte = rest.first, byte != UInt8(ascii: "e") {
            rest.removeFirst()
            if byte == UInt8(ascii: ".") {
                point = digits.count
            } else if (0x30...0x39).contains(byte) {
                digits.append(byte - 0x30)
            } else {
                return nil
            }
        }
        var place = point ?? digits.count
        if !rest.isEmpty {
            guard let exponent = Int(String(decoding: rest.dropFirst(), as: UTF8.self)), abs(exponent) < 400 else {
                return nil
            }
            place += exponent
        }
        if place < 0 { digits = [UInt8](repeating: 0, count: -place) + digits }
        if place > digits.count { digits += [UInt8](repeating: 0, count: place - digits.count) }
        place = max(0, place)
        self.init(isNegative: isNegative, whole: digits[..<place], fraction: Array(digits[place...]))
    }

    /// Whether there is nothing behind the point.
    var isInteger: Bool { fraction.isEmpty }

    /// Whether it is zero.
    var isZero: Bool { whole.isEmpty && fraction.isEmpty }

    /// The same number without its sign.
    var magnitude: DecimalNumber { DecimalNumber(isNegative: false, whole: whole, fraction: fraction) }

    /// JSON text.
    var text: String {
        let digits = { (digits: [UInt8]) in digits.map { String($0) }.joined() }
        return (isNegative ? "-" : "") + (whole.isEmpty ? "0" : digits(whole))
            + (fraction.isEmpty ? "" : "." + digits(fraction))
    }

    /// The digits of the number times 10 to the power of `places`, as an integer; nil if that is none or too large.
    func scaled(by places: Int) -> Int? {
        guard fraction.count <= places, whole.count + places <= 17 else { return nil }
        var value = 0
        for digit in whole + fraction { value = value * 10 + Int(digit) }
        for _ in fraction.count..<places { value *= 10 }
        return value
    }

    /// Whether it is a whole number of times `step`, which is not zero.
    func isMultiple(of step: DecimalNumber) -> Bool {
        let places = max(step.fraction.count, fraction.count)
        guard let divisor = step.scaled(by: places) else { return isZero }
        var remainder = 0
        for digit in whole + fraction + [UInt8](repeating: 0, count: places - fraction.count) {
            let (tenfold, overflow) = remainder.multipliedReportingOverflow(by: 10)
            guard !overflow else { return false }
            remainder = (tenfold + Int(digit)) % divisor
        }
        return remainder == 0
    }
}

extension DecimalNumber: Comparable {
    /// Numeric order.
    static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        switch (left.isNegative, right.isNegative) {
        case (true, false): true
        case (false, true): false
        case (true, true): isLess(right, left)
        case (false, false): isLess(left, right)
        }
    }

    private static func isLess(_ left: DecimalNumber, _ right: DecimalNumber) -> Bool {
        if left.whole.count != right.whole.count { return left.whole.count < right.whole.count }
        return (left.whole + left.fraction).lexicographicallyPrecedes(right.whole + right.fraction)
    }
}
