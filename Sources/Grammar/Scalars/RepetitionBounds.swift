/// How often a form occurs whose repetition is repeated: `(a{2,3}){4}` is `a{8,12}`.
enum RepetitionBounds {
    /// No text repeats anything as often; greater products are alike.
    private static let most = 1 << 40

    /// The bounds of the whole if it is one repetition; nil where there are gaps, as in `(a{2,2}){1,3}`.
    static func product(
        _ inner: (least: Int, most: Int), _ outer: (least: Int, most: Int?)
    ) -> (least: Int, most: Int?)? {
        guard inner.least >= 0, inner.most >= inner.least, outer.least >= 0, outer.most ?? outer.least >= outer.least
        else { return nil }
        // From n to n + 1 rounds: n * most and (n + 1) * least must meet, the soonest where there are fewest rounds.
        let rounds = max(outer.least, 1)
        let isOneCount = outer.most == outer.least
        let meets =
            inner.least <= 1
            || rounds.multipliedReportingOverflow(by: inner.most - inner.least).partialValue
                >= inner.least - 1
        let startsWhole = outer.least > 0 || inner.least <= 1
        guard isOneCount || (meets && startsWhole) else { return nil }
        return (capped(inner.least, outer.least), outer.most.map { capped(inner.most, $0) })
    }

    private static func capped(_ one: Int, _ other: Int) -> Int {
        let (product, isOverflow) = one.multipliedReportingOverflow(by: other)
        return isOverflow ? most : min(product, most)
    }
}
