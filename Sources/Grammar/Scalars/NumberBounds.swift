/// What is asked of a number.
struct NumberBounds: Sendable, Hashable {
    /// One end of an interval.
    struct Bound: Sendable, Hashable {
        /// Where it is.
        let value: DecimalNumber
        /// Whether the end itself is left out.
        let isExclusive: Bool
    }

    /// The least number.
    private(set) var lower: Bound?
    /// The greatest number.
    private(set) var upper: Bound?
    /// What it must be a multiple of.
    private(set) var steps: Set<DecimalNumber> = []
    /// What it must not be a multiple of.
    private(set) var avoidedSteps: Set<DecimalNumber> = []
    /// What it must not be.
    private(set) var excluded: Set<DecimalNumber> = []

    /// Any number.
    init() {}

    /// Numbers from a bound on.
    init(lower: Bound) { self.lower = lower }

    /// Numbers up to a bound.
    init(upper: Bound) { self.upper = upper }

    /// Multiples.
    init(multipleOf step: DecimalNumber) { steps = [step] }

    /// Numbers that are no multiples.
    init(noMultipleOf step: DecimalNumber) { avoidedSteps = [step] }

    /// Numbers but one.
    init(except value: DecimalNumber) { excluded = [value] }

    /// Integers.
    static let integer = NumberBounds(multipleOf: .one)

    /// Whether nothing is asked.
    var isFree: Bool { self == NumberBounds() }

    /// Whether only integers are allowed.
    var isInteger: Bool { steps.contains(where: \.isInteger) }

    /// Asks both.
    mutating func formIntersection(_ other: NumberBounds) {
        if let bound = other.lower, lower.map({ Self.isTighter(bound, than: $0, upwards: true) }) ?? true {
            lower = bound
        }
        if let bound = other.upper, upper.map({ Self.isTighter(bound, than: $0, upwards: false) }) ?? true {
            upper = bound
        }
        steps.formUnion(other.steps)
        avoidedSteps.formUnion(other.avoidedSteps)
        excluded.formUnion(other.excluded)
    }

    private static func isTighter(_ bound: Bound, than other: Bound, upwards: Bool) -> Bool {
        if bound.value == other.value { return bound.isExclusive }
        return upwards ? bound.value > other.value : bound.value < other.value
    }

    /// Whether the bounds alone leave no number.
    var hasEmptyInterval: Bool {
        guard let lower, let upper else { return false }
        if lower.value == upper.value { return lower.isExclusive || upper.isExclusive }
        return lower.value > upper.value
    }

    /// Whether a number is as it is asked.
    func admits(_ value: DecimalNumber) -> Bool {
        if let lower, value < lower.value || lower.isExclusive && value == lower.value { return false }
        if let upper, value > upper.value || upper.isExclusive && value == upper.value { return false }
        return steps.allSatisfy { value.isMultiple(of: $0) }
            && !avoidedSteps.contains { value.isMultiple(of: $0) } && !excluded.contains(value)
    }
}
