/// Automata of the decimal texts of numbers: an optional minus, digits, and a fraction; without an exponent.
enum NumberAutomaton {
    /// Digits before the point at most, so that no number is written for ever.
    static let wholeDigits = 64
    /// Digits behind the point at most.
    static let fractionDigits = 64
    /// Digits in all of which a double keeps every difference: where a number must differ from another, it may not be
    /// so near to it that readers take it for the same.
    private static let exactDigits = 15

    /// The automaton of the numbers that a form asks for.
    static func make(_ form: NumberBounds, budget: inout GrammarBudget) throws(GrammarError) -> ScalarAutomaton {
        var result = try ScalarAutomaton(texts(of: form), budget: &budget)
        let signed = RegexNode.choice([NumberTexts.any, .sequence([.text("-"), NumberTexts.positive])])
        result = try result.intersection(ScalarAutomaton(signed, budget: &budget), budget: &budget)
        if let lower = form.lower {
            result = try result.intersection(ScalarAutomaton(try atLeast(lower), budget: &budget), budget: &budget)
        }
        if let upper = form.upper {
            result = try result.intersection(ScalarAutomaton(try atMost(upper), budget: &budget), budget: &budget)
        }
        for step in form.steps.sorted() where step != .one {
            result = try result.intersection(multiples(of: step, withZeros: false, budget: &budget), budget: &budget)
        }
        for step in form.avoidedSteps.sorted() {
            let others = try multiples(of: step, withZeros: true, budget: &budget).complement(budget: &budget)
            result = try result.intersection(others, budget: &budget)
        }
        for value in form.excluded.sorted() {
            let sign: RegexNode = value.isNegative ? .text("-") : .empty
            let same = RegexNode.sequence([sign, NumberTexts.equal(value.magnitude)])
            let others = try ScalarAutomaton(same, budget: &budget).complement(budget: &budget)
            result = try result.intersection(others, budget: &budget)
        }
        return result
    }

    /// All texts of as many digits as a form may have.
    private static func texts(of form: NumberBounds) -> RegexNode {
        let magnitude = RegexNode.sequence([
            NumberTexts.whole(mostDigits: wholeDigits(of: form)), form.isInteger ? .empty : fraction(of: form),
        ])
        return .sequence([.optional(.text("-")), magnitude])
    }

    /// Digits before the point: a few more than the bounds have, or as many as a free number has.
    private static func wholeDigits(of form: NumberBounds) -> Int {
        let named = [form.lower?.value, form.upper?.value].compactMap(\.self) + Array(form.steps)
        return min(wholeDigits, max(NumberTexts.freeDigits, (named.map(\.whole.count).max() ?? 0) + 1))
    }

    private static func fraction(of form: NumberBounds) -> RegexNode {
        var digits = fractionDigits
        let bounds = [form.lower, form.upper].compactMap(\.self).filter(\.isExclusive).map(\.value)
        let distinct = bounds + Array(form.excluded)
        if !distinct.isEmpty || !form.avoidedSteps.isEmpty {
            digits = max(0, exactDigits - (distinct.map(\.whole.count).max() ?? 0))
            digits = max(digits, distinct.map(\.fraction.count).max() ?? 0)
        }
        guard digits > 0 else { return .empty }
        return .optional(.sequence([.text("."), .several(.digit, atLeast: 1, atMost: digits)]))
    }

    // MARK: Bounds

    private static func atLeast(_ bound: NumberBounds.Bound) throws(GrammarError) -> RegexNode {
        let magnitude = bound.value.magnitude
        let negative = RegexNode.sequence([.text("-"), NumberTexts.positive])
        if bound.value.isNegative {
            guard let most = NumberTexts.atMost(magnitude, isExclusive: bound.isExclusive) else {
                return .choice([NumberTexts.any, negative])
            }
            return .choice([NumberTexts.any, .sequence([.text("-"), most])])
        }
        return try least(magnitude, bound.isExclusive)
    }

    private static func atMost(_ bound: NumberBounds.Bound) throws(GrammarError) -> RegexNode {
        let magnitude = bound.value.magnitude
        if bound.value.isNegative { return .sequence([.text("-"), try least(magnitude, bound.isExclusive)]) }
        let negative = RegexNode.sequence([.text("-"), NumberTexts.positive])
        guard let most = NumberTexts.atMost(magnitude, isExclusive: bound.isExclusive) else {
            return .choice([NumberTexts.any, negative])
        }
        return .choice([negative, most])
    }

    private static func least(_ magnitude: DecimalNumber, _ isExclusive: Bool) throws(GrammarError) -> RegexNode {
        guard let node = NumberTexts.atLeast(magnitude, isExclusive: isExclusive) else {
            throw GrammarError(place: "", reason: "a bound of more than \(wholeDigits) digits leaves no number")
        }
        return node
    }

    // MARK: Multiples

    /// The texts of the multiples of a step (and some that are no numbers, such as `.`), by the remainder so far.
    /// - Parameter withZeros: also those with more zeros at the end than they need.
    private static func multiples(
        of step: DecimalNumber, withZeros: Bool, budget: inout GrammarBudget
    ) throws(GrammarError) -> ScalarAutomaton {
        let places = step.fraction.count
        guard let divisor = step.scaled(by: places), divisor > 0, divisor <= budget.limits.automatonStates else {
            throw GrammarError(place: "", reason: "multipleOf \(step.text) has too many digits")
        }
        try budget.check(states: divisor * (places + 2))
        try budget.spend(divisor * (places + 2) * 4)
        let sets = (UInt32(0)...9).map { ScalarSet([0x30 + $0...0x30 + $0]) } + [ScalarSet("-"), ScalarSet(".")]
        let alphabet = try ScalarAutomaton.Alphabet(sets, budget: &budget)
        var machine = ScalarAutomaton(alphabet: alphabet, table: [], accepting: [])
        // States: remainder + divisor * phase; phase 0 is before the point, phase p has p - 1 digits behind it.
        for phase in 0...places + 1 {
            for remainder in 0..<divisor {
                var row = [Int32](repeating: -1, count: alphabet.classCount)
                if phase <= places {
                    for digit in 0..<10 {
                        guard let symbol = alphabet.symbol(of: 0x30 + UInt32(digit)) else { continue }
                        let next = (remainder * 10 + digit) % divisor + divisor * (phase == 0 ? 0 : phase + 1)
                        row[symbol] = Int32(next)
                    }
                }
                if phase > places, withZeros, let zero = alphabet.symbol(of: 0x30) {
                    row[zero] = Int32(remainder + divisor * phase)
                }
                if phase == 0, let point = alphabet.symbol(of: 0x2E) { row[point] = Int32(remainder + divisor) }
                if phase == 0, let minus = alphabet.symbol(of: 0x2D) { row[minus] = Int32(remainder) }
                machine.table += row
                machine.accepting.append(isMultiple(remainder, missing: places - max(0, phase - 1), divisor))
            }
        }
        return try machine.withoutDeadEnds().minimised(budget: &budget)
    }

    private static func isMultiple(_ remainder: Int, missing places: Int, _ divisor: Int) -> Bool {
        var value = remainder
        for _ in 0..<places { value = value * 10 % divisor }
        return value == 0
    }
}

/// Expressions for the texts of numbers that are not negative, in comparison with another.
enum NumberTexts {
    private static let digits = RegexNode.several(.digit, atLeast: 0, atMost: nil)
    private static let nonZero = RegexNode.scalars(ScalarSet([0x31...0x39]))
    private static let zeros = RegexNode.several(.text("0"), atLeast: 0, atMost: nil)
    private static let anyFraction = RegexNode.optional(.sequence([.text("."), digits]))
    /// A fraction that is not zero.
    private static let someFraction = RegexNode.sequence([.text("."), zeros, nonZero, digits])

    /// Any of them.
    static let any = RegexNode.sequence([whole(mostDigits: nil), anyFraction])
    /// Those that are not zero.
    static let positive = RegexNode.choice([
        .sequence([nonZero, digits, anyFraction]), .sequence([.text("0"), someFraction]),
    ])

    /// Digits before the point.
    static func whole(mostDigits: Int?) -> RegexNode {
        .choice([
            .text("0"), .sequence([nonZero, .several(.digit, atLeast: 0, atMost: mostDigits.map { $0 - 1 })]),
        ])
    }

    /// The texts of a number.
    static func equal(_ value: DecimalNumber) -> RegexNode {
        let end: RegexNode =
            value.isInteger
            ? .optional(.sequence([.text("."), zeros])) : .sequence([.text("."), exactly(value.fraction), zeros])
        return .sequence([wholeText(value), end])
    }

    /// The texts of the numbers from `value` on; nil if they have too many digits.
    static func atLeast(_ value: DecimalNumber, isExclusive: Bool) -> RegexNode? {
        guard value.whole.count <= NumberAutomaton.wholeDigits else { return nil }
        let (value, isCut) = clipped(value)
        let isExclusive = isExclusive || isCut
        var branches: [RegexNode] = [
            .sequence([nonZero, .several(.digit, atLeast: value.whole.count, atMost: nil), anyFraction])
        ]
        for (index, digit) in value.whole.enumerated() where digit < 9 {
            branches.append(
                .sequence([
                    exactly(value.whole[..<index]), from(digit + 1, to: 9),
                    .several(.digit, atLeast: value.whole.count - index - 1, atMost: value.whole.count - index - 1),
                    anyFraction,
                ]))
        }
        branches.append(.sequence([wholeText(value), fractionAtLeast(value.fraction, isExclusive)]))
        return .choice(branches)
    }

    /// The texts of the numbers up to `value`; nil if that is all of them.
    static func atMost(_ value: DecimalNumber, isExclusive: Bool) -> RegexNode? {
        guard value.whole.count <= NumberAutomaton.wholeDigits else { return nil }
        let (value, isCut) = clipped(value)
        let isExclusive = isExclusive && !isCut
        var branches: [RegexNode] = []
        if value.whole.count > 0 { branches.append(.sequence([.text("0"), anyFraction])) }
        if value.whole.count > 1 {
            let shorter = RegexNode.several(.digit, atLeast: 0, atMost: value.whole.count - 2)
            branches.append(.sequence([nonZero, shorter, anyFraction]))
        }
        for (index, digit) in value.whole.enumerated() where digit > (index == 0 ? 1 : 0) {
            branches.append(
                .sequence([
                    exactly(value.whole[..<index]), from(index == 0 ? 1 : 0, to: digit - 1),
                    .several(.digit, atLeast: value.whole.count - index - 1, atMost: value.whole.count - index - 1),
                    anyFraction,
                ]))
        }
        branches.append(.sequence([wholeText(value), fractionAtMost(value.fraction, isExclusive)]))
        return .choice(branches)
    }

    // MARK: Fractions

    private static func fractionAtLeast(_ digits: [UInt8], _ isExclusive: Bool) -> RegexNode {
        guard !digits.isEmpty else { return isExclusive ? someFraction : anyFraction }
        var branches: [RegexNode] = []
        for (index, digit) in digits.enumerated() where digit < 9 {
            branches.append(.sequence([exactly(digits[..<index]), from(digit + 1, to: 9), Self.digits]))
        }
        let more: RegexNode = isExclusive ? .sequence([zeros, nonZero, Self.digits]) : Self.digits
        branches.append(.sequence([exactly(digits), more]))
        return .sequence([.text("."), .choice(branches)])
    }

    private static func fractionAtMost(_ digits: [UInt8], _ isExclusive: Bool) -> RegexNode {
        guard !digits.isEmpty else {
            return isExclusive ? .choice([]) : .optional(.sequence([.text("."), zeros]))
        }
        var branches: [RegexNode] = []
        for (index, digit) in digits.enumerated() {
            if index > 0 { branches.append(exactly(digits[..<index])) }
            if digit > 0 {
                branches.append(.sequence([exactly(digits[..<index]), from(0, to: digit - 1), Self.digits]))
            }
        }
        if !isExclusive { branches.append(.sequence([exactly(digits), zeros])) }
        return .optional(.sequence([.text("."), .choice(branches)]))
    }

    // MARK: Digits

    private static func wholeText(_ value: DecimalNumber) -> RegexNode {
        value.whole.isEmpty ? .text("0") : exactly(value.whole)
    }

    private static func exactly(_ digits: some Sequence<UInt8>) -> RegexNode {
        .text(digits.map { String($0) }.joined())
    }

    private static func from(_ first: UInt8, to last: UInt8) -> RegexNode {
        .scalars(ScalarSet([0x30 + UInt32(first)...0x30 + UInt32(last)]))
    }

    /// The number without the digits that no text has, and whether there were any.
    private static func clipped(_ value: DecimalNumber) -> (DecimalNumber, Bool) {
        let most = NumberAutomaton.fractionDigits
        guard value.fraction.count > most else { return (value, false) }
        return (DecimalNumber(isNegative: false, whole: value.whole, fraction: Array(value.fraction[..<most])), true)
    }
}
