/// A number on its way, as JSON writes numbers.
struct NumberText: Sendable {
    private enum Part: Sendable { case start, minus, zero, whole, point, fraction, mark, sign, exponent }

    private enum Kind { case minus, plus, zero, digit, point, mark, other }

    private var part = Part.start

    private static func kind(of byte: UInt8) -> Kind {
        switch byte {
        case UInt8(ascii: "-"): .minus
        case UInt8(ascii: "+"): .plus
        case UInt8(ascii: "0"): .zero
        case UInt8(ascii: "1")...UInt8(ascii: "9"): .digit
        case UInt8(ascii: "."): .point
        case UInt8(ascii: "e"), UInt8(ascii: "E"): .mark
        default: .other
        }
    }

    /// Whether it may end here.
    var isComplete: Bool { part == .zero || part == .whole || part == .fraction || part == .exponent }

    /// Whether the byte is its next one.
    mutating func advance(_ byte: UInt8) -> Bool {
        let next: Part? =
            switch (part, Self.kind(of: byte)) {
            case (.start, .minus): .minus
            case (.start, .zero), (.minus, .zero): .zero
            case (.start, .digit), (.minus, .digit), (.whole, .digit), (.whole, .zero): .whole
            case (.zero, .point), (.whole, .point): .point
            case (.point, .digit), (.point, .zero), (.fraction, .digit), (.fraction, .zero): .fraction
            case (.zero, .mark), (.whole, .mark), (.fraction, .mark): .mark
            case (.mark, .plus), (.mark, .minus): .sign
            case (.mark, .digit), (.mark, .zero), (.sign, .digit), (.sign, .zero): .exponent
            case (.exponent, .digit), (.exponent, .zero): .exponent
            default: nil
            }
        guard let next else { return false }
        part = next
        return true
    }
}
