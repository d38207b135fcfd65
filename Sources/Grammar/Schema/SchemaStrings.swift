import JSON

/// Strings and numbers as JSON text.
extension SchemaCompiler {
    /// A limit of the length is not cut to less than this.
    private static let shortestCut = 32
    /// States at most of an automaton that counts the characters of another one's texts.
    private static let countedStates = 4000

    /// The form of a string.
    mutating func string(_ shape: SchemaShape) throws(GrammarError) -> GrammarNode {
        let form = shape.string
        guard let characters = try characters(of: form, except: shape.excludedStrings) else {
            if form.atLeast == 0, form.atMost == nil { return try anyString() }
            let character = try named("a character") { budget throws(GrammarError) in
                let any = try ScalarAutomaton(.scalars(.all), budget: &budget)
                return .automaton(
                    try ScalarEncoder.encode(any, spelling: .jsonWithAnyEscape, isQuoted: false, budget: &budget))
            }
            let quote = GrammarNode.bytes([0x22])
            return .sequence([quote, .several(character, atLeast: form.atLeast, atMost: form.atMost), quote])
        }
        if let runs = try runs(of: characters, form.atLeast, form.atMost) { return runs }
        if let tails = try tails(of: characters, by: form) { return tails }
        let automaton = try limited(characters, by: form)
        guard !automaton.isEmpty else { return .choice([]) }
        return .automaton(try ScalarEncoder.encode(automaton, spelling: .json, isQuoted: true, budget: &budget))
    }

    /// Any string.
    mutating func anyString() throws(GrammarError) -> GrammarNode {
        try named("a string") { budget throws(GrammarError) in
            let any = try ScalarAutomaton(.anything, budget: &budget)
            return .automaton(
                try ScalarEncoder.encode(any, spelling: .jsonWithAnyEscape, isQuoted: true, budget: &budget))
        }
    }

    /// A string that an automaton accepts.
    mutating func string(_ automaton: ScalarAutomaton?) throws(GrammarError) -> GrammarNode {
        guard let automaton else { return try anyString() }
        if let runs = try runs(of: automaton, 0, nil) { return runs }
        return .automaton(try ScalarEncoder.encode(automaton, spelling: .json, isQuoted: true, budget: &budget))
    }

    /// A rule that is made when it is first needed.
    private mutating func named(
        _ name: String, _ make: (inout GrammarBudget) throws(GrammarError) -> GrammarNode
    ) throws(GrammarError) -> GrammarNode {
        if let known = namedRules[name] { return known }
        let rule = add(name, try make(&budget))
        namedRules[name] = rule
        return rule
    }

    /// The automaton of a string's characters; nil if only its length matters.
    mutating func automaton(
        of form: StringForm, except texts: [String]
    ) throws(GrammarError) -> ScalarAutomaton? {
        try characters(of: form, except: texts).map { characters throws(GrammarError) in
            try limited(characters, by: form)
        }
    }

    /// The same without asking for the length.
    mutating func characters(
        of form: StringForm, except texts: [String]
    ) throws(GrammarError) -> ScalarAutomaton? {
        guard !form.automata.isEmpty || !texts.isEmpty else { return nil }
        var result = try form.automata.isEmpty ? ScalarAutomaton(.anything, budget: &budget) : form.automata[0]
        for automaton in form.automata.dropFirst() { result = try result.intersection(automaton, budget: &budget) }
        if !texts.isEmpty { result = try result.intersection(others(than: texts), budget: &budget) }
        return result
    }

    private mutating func limited(
        _ characters: ScalarAutomaton, by form: StringForm
    ) throws(GrammarError) -> ScalarAutomaton {
        var result = characters
        if form.atLeast > result.shortestText {
            result = try Self.limited(result, .several(.scalars(.all), atLeast: form.atLeast, atMost: nil), &budget)
        }
        if let most = form.atMost, (result.longestText ?? .max) > most {
            result = try limited(result, atLeast: form.atLeast, atMost: most)
        }
        return result
    }

    /// The texts up to a length. Counting the characters multiplies the states of the automaton: where that is too
    /// much, the greatest length is cut to what is possible.
    mutating func limited(
        _ automaton: ScalarAutomaton, atLeast: Int, atMost: Int
    ) throws(GrammarError) -> ScalarAutomaton {
        let automaton = try automaton.minimised(budget: &budget)
        // States with characters outside ASCII take many bytes each: with fewer of them it is tried first.
        var countedStates = Self.countedStates / (automaton.isWide ? 8 : 1)
        var most = min(atMost, max(Self.shortestCut, 4 * countedStates / automaton.count))
        while true {
            do throws(GrammarError) {
                return try budget.trying(automatonStates: countedStates) { budget throws(GrammarError) in
                    try Self.limited(automaton, .several(.scalars(.all), atLeast: 0, atMost: most), &budget)
                }
            } catch {
                if error.isExhaustion { throw error }
                most /= 2
                if most > max(atLeast, Self.shortestCut) { continue }
                guard countedStates < Self.countedStates else { throw error }
                countedStates = Self.countedStates
                most = min(atMost, max(Self.shortestCut, 4 * countedStates / automaton.count))
            }
        }
    }

    private static func limited(
        _ automaton: ScalarAutomaton, _ lengths: RegexNode, _ budget: inout GrammarBudget
    ) throws(GrammarError) -> ScalarAutomaton {
        try automaton.intersection(ScalarAutomaton(lengths, budget: &budget), budget: &budget)
    }

    /// All texts but these.
    mutating func others(than texts: [String]) throws(GrammarError) -> ScalarAutomaton {
        try ScalarAutomaton(.choice(texts.map { .text($0) }), budget: &budget).complement(budget: &budget)
    }

    /// The automaton of `pattern`, which is searched for anywhere in a string.
    mutating func pattern(_ source: String, _ part: Int) throws(GrammarError) -> ScalarAutomaton {
        if let known = patterns[source] { return known }
        do throws(GrammarError) {
            let node = try RegexParser.parse(source, budget: &budget)
            let automaton = try RegexLookahead.automaton(of: node, isSearched: true, budget: &budget)
            patterns[source] = automaton
            return automaton
        } catch {
            throw error.told(at: document.place(part), "pattern: \(error.reason)")
        }
    }

    // MARK: Numbers

    /// The form of a number.
    mutating func number(_ form: NumberBounds) throws(GrammarError) -> GrammarNode {
        if let known = numberRules[form] { return known }
        let node: GrammarNode
        if form.isFree || form == .integer {
            let automaton = try ScalarAutomaton(
                form.isFree ? NumberTexts.json : NumberTexts.jsonInteger, budget: &budget)
            node = .automaton(try ScalarEncoder.encode(automaton, spelling: .plain, isQuoted: false, budget: &budget))
        } else {
            let automaton = try NumberAutomaton.make(form, budget: &budget)
            node =
                automaton.isEmpty
                ? .choice([])
                : .automaton(try ScalarEncoder.encode(automaton, spelling: .plain, isQuoted: false, budget: &budget))
        }
        let rule = node == .choice([]) ? node : add("a number", node)
        numberRules[form] = rule
        return rule
    }
}

extension NumberTexts {
    /// Digits of a number of which nothing is asked: every such integer fits into 64 bits, and a model that writes
    /// digits without end comes to one.
    static let freeDigits = 18

    /// Integers as JSON text.
    static let jsonInteger = RegexNode.sequence([
        .choice([
            .text("0"),
            .sequence([
                .optional(.text("-")), .scalars(ScalarSet([0x31...0x39])),
                .several(.digit, atLeast: 0, atMost: freeDigits - 1),
            ]),
        ])
    ])

    /// Numbers as JSON text. An exponent has at most two digits; behind a single digit it may reach 307, so that no
    /// number is too great for a double.
    static let json = RegexNode.sequence([
        .optional(.text("-")),
        .choice([
            .sequence([whole(mostDigits: freeDigits), fraction, .optional(exponent)]),
            .sequence([.digit, fraction, longExponent]),
        ]),
    ])

    private static let fraction = RegexNode.optional(
        .sequence([.text("."), .several(.digit, atLeast: 1, atMost: freeDigits)]))
    private static let mark = RegexNode.sequence([.scalars(ScalarSet("eE")), .optional(.scalars(ScalarSet("+-")))])
    private static let exponent = RegexNode.sequence([mark, .several(.digit, atLeast: 1, atMost: 2)])
    private static let longExponent = RegexNode.sequence([
        mark,
        .choice([
            .sequence([.scalars(ScalarSet("012")), .digit, .digit]),
            .sequence([.text("30"), .scalars(ScalarSet("01234567"))]),
        ]),
    ])
}
