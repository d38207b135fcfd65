/// Sizes for people.
package enum Size {
    /// `93.8 MiB`
    package static func text(_ bytes: Int) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1024, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        guard unit > 0 else { return "\(bytes) bytes" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    /// `134.5 M`
    package static func count(_ number: Int) -> String {
        let steps = [(1_000_000_000, "B"), (1_000_000, "M"), (1000, "k")]
        guard let (unit, letter) = steps.first(where: { number >= $0.0 }) else { return "\(number)" }
        let tenths = Int((Double(number) / Double(unit) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(letter)"
    }
}
