/// Reads the regular expressions of ECMA-262, as far as they describe regular languages.
///
/// Lazy quantifiers and capturing groups describe the same texts as plain ones. What depends on what was read before
/// (back references, lookbehind, word boundaries) is refused by name.
struct RegexParser {
    private let scalars: [UInt32]
    private var limits: GrammarLimits { budget.limits }
    private var budget: GrammarBudget
    private var properties: [String: ScalarSet] = [:]
    private var position = 0
    private var depth = 0
    private var parts = 0

    private init(_ text: String, _ budget: GrammarBudget) {
        scalars = text.unicodeScalars.map(\.value)
        self.budget = budget
    }

    /// The expression of a text.
    static func parse(_ text: String, budget: inout GrammarBudget) throws(GrammarError) -> RegexNode {
        guard text.utf8.count <= budget.limits.sourceBytes else {
            throw GrammarError(place: "", reason: "an expression longer than \(budget.limits.sourceBytes) bytes")
        }
        var parser = RegexParser(text, budget)
        defer { budget = parser.budget }
        let node = try parser.alternatives()
        guard parser.position == parser.scalars.count else { throw parser.failure(") without (") }
        return node
    }

    private func failure(_ reason: String) -> GrammarError {
        GrammarError(place: "", reason: "regular expression, character \(position + 1): \(reason)")
    }

    // MARK: Structure

    private mutating func alternatives() throws(GrammarError) -> RegexNode {
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(GrammarError) -> RegexNode {
        var nodes: [RegexNode] = []
        while let next = peek(), next != Self.code("|"), next != Self.code(")") {
            nodes.append(try quantified())
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    /// A part with the set of its characters, and its characters as text.
    private static let bytesPerPart = 96

    private mutating func quantified() throws(GrammarError) -> RegexNode {
        parts += 1
        try budget.spend(1)
        try budget.make(Self.bytesPerPart)
        guard parts <= limits.nodes else { throw failure("more than \(limits.nodes) parts") }
        let node = try atom()
        guard let (least, most) = try quantifier() else { return node }
        if case .look = node { throw failure("nothing to repeat") }
        guard node != .start, node != .end else { throw failure("nothing to repeat") }
        _ = take("?")
        guard peek() != Self.code("+") else { throw failure("possessive quantifiers are not supported") }
        guard try quantifier() == nil else { throw failure("a quantifier of a quantifier") }
        return .repeated(node, atLeast: least, atMost: most)
    }

    private mutating func quantifier() throws(GrammarError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard peek() == Self.code("{") else { return nil }
        let start = position
        position += 1
        guard let least = try count() else {
            position = start
            return nil
        }
        var most: Int? = least
        if take(",") { most = try count() }
        guard take("}") else {
            position = start
            return nil
        }
        if let most, most < least { throw failure("{\(least),\(most)} is empty") }
        return (least, most)
    }

    /// The number that stands here.
    private mutating func count() throws(GrammarError) -> Int? {
        var value: Int?
        while let next = peek(), (0x30...0x39).contains(next) {
            value = (value ?? 0) * 10 + Int(next - 0x30)
            position += 1
            if let value, value > 1_000_000 { throw failure("a repetition of more than 1000000 times") }
        }
        return value
    }

    private mutating func atom() throws(GrammarError) -> RegexNode {
        let next = scalars[position]
        switch next {
        case Self.code("("): return try group()
        case Self.code("["): return .scalars(try characterClass())
        case Self.code("*"), Self.code("+"), Self.code("?"): throw failure("nothing to repeat")
        case Self.code("\\"): return try escape()
        default: position += 1
        }
        switch next {
        case Self.code("."): return .scalars(RegexClasses.lineTerminators.inverted)
        case Self.code("^"): return .start
        case Self.code("$"): return .end
        default: return .scalars(ScalarSet([next...next]))
        }
    }

    private mutating func group() throws(GrammarError) -> RegexNode {
        position += 1
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else { throw failure("groups nested deeper than \(limits.depth)") }
        let look = take("?") ? try groupKind() : nil
        let node = try alternatives()
        guard take(")") else { throw failure("( without )") }
        return look.map { .look(node, isNegated: $0) } ?? node
    }

    /// What stands behind `(?`.
    /// - Returns: for lookahead, whether it is negated; nil for a group.
    private mutating func groupKind() throws(GrammarError) -> Bool? {
        if take(":") { return nil }
        if take("=") { return false }
        if take("!") { return true }
        _ = take("P")
        guard take("<") else {
            switch peek() {
            case Self.code(">"): throw failure("atomic groups are not supported")
            default: throw failure("flags in groups are not supported")
            }
        }
        guard let first = peek(), first != Self.code("="), first != Self.code("!") else {
            throw failure("lookbehind is not supported")
        }
        while let next = peek(), RegexClasses.word.contains(next) || next == Self.code("$") { position += 1 }
        guard take(">") else { throw failure("the name of a group has no end") }
        return nil
    }

    // MARK: Escapes

    private mutating func escape() throws(GrammarError) -> RegexNode {
        guard position + 1 < scalars.count else { throw failure("\\ at the end") }
        switch Unicode.Scalar(scalars[position + 1]) {
        case "b", "B": throw failure("word boundaries (\\b, \\B) are not supported")
        case "1", "2", "3", "4", "5", "6", "7", "8", "9", "k": throw failure("back references are not supported")
        case "A":
            position += 2
            return .start
        case "z", "Z":
            position += 2
            return .end
        default: return .scalars(try escapedSet(inClass: false))
        }
    }

    /// The scalars that an escape stands for; `position` is at the backslash.
    private mutating func escapedSet(inClass: Bool) throws(GrammarError) -> ScalarSet {
        position += 1
        guard let next = peek(), let letter = Unicode.Scalar(next) else { throw failure("\\ at the end") }
        position += 1
        if let set = RegexClasses.named(letter) { return set }
        switch letter {
        case "p", "P":
            let set = try property()
            try budget.spend(set.ranges.count)
            return letter == "p" ? set : set.inverted
        case "b" where inClass: return ScalarSet([8...8])
        case "x": return try single(hexadecimal(2))
        case "u": return try single(unicodeEscape())
        case "c":
            guard let control = peek(), let name = Unicode.Scalar(control), name.isASCII, name.properties.isAlphabetic
            else { throw failure("\\c needs a letter") }
            position += 1
            return try single(control % 32)
        case "0": return ScalarSet([0...0])
        default:
            guard !letter.isASCII || !RegexClasses.word.contains(next) || letter == "_" else {
                throw failure("unknown escape \\\(letter)")
            }
            return try single(next)
        }
    }

    private func single(_ value: UInt32) throws(GrammarError) -> ScalarSet {
        guard Unicode.Scalar(value) != nil else { throw failure("an escape that is no character") }
        return ScalarSet([value...value])
    }

    private mutating func hexadecimal(_ digits: Int) throws(GrammarError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let next = peek(), let digit = Unicode.Scalar(next).flatMap({ Character($0).hexDigitValue }) else {
                throw failure("\(digits) hexadecimal digits are needed")
            }
            value = value * 16 + UInt32(digit)
            position += 1
        }
        return value
    }

    private mutating func unicodeEscape() throws(GrammarError) -> UInt32 {
        if take("{") {
            var value: UInt32 = 0
            while !take("}") {
                value = value * 16 + (try hexadecimal(1))
                guard value <= 0x10FFFF else { throw failure("an escape that is no character") }
            }
            return value
        }
        let first = try hexadecimal(4)
        guard (0xD800...0xDBFF).contains(first) else { return first }
        guard take("\\"), take("u") else { throw failure("half of a surrogate pair") }
        let second = try hexadecimal(4)
        guard (0xDC00...0xDFFF).contains(second) else { throw failure("half of a surrogate pair") }
        return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
    }

    private mutating func property() throws(GrammarError) -> ScalarSet {
        guard take("{") else { throw failure("\\p needs {…}") }
        var name = ""
        while let next = peek(), next != Self.code("}"), name.utf8.count < 64 {
            if let scalar = Unicode.Scalar(next) { name.unicodeScalars.append(scalar) }
            position += 1
        }
        guard take("}") else { throw failure("\\p{ has no end") }
        if let known = properties[name] { return known }
        guard let set = UnicodeCategories.set(named: name) else {
            throw failure("the Unicode property \(name) is not supported")
        }
        try budget.spend(set.ranges.count * 4)
        properties[name] = set
        return set
    }

    // MARK: Classes

    private mutating func characterClass() throws(GrammarError) -> ScalarSet {
        position += 1
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while !take("]") {
            guard position < scalars.count else { throw failure("[ without ]") }
            let low = try classMember()
            try budget.spend(1 + low.ranges.count)
            guard peek() == Self.code("-"), position + 1 < scalars.count,
                scalars[position + 1] != Self.code("]")
            else {
                ranges += low.ranges
                continue
            }
            position += 1
            let high = try classMember()
            guard let first = low.onlyMember, let last = high.onlyMember else {
                // A class at either side of the hyphen makes the hyphen a member.
                ranges += low.ranges + high.ranges + [0x2D...0x2D]
                continue
            }
            guard first <= last else { throw failure("a range that runs backwards") }
            ranges.append(first...last)
        }
        let set = ScalarSet(ranges)
        return isNegated ? set.inverted : set
    }

    private mutating func classMember() throws(GrammarError) -> ScalarSet {
        guard let next = peek() else { throw failure("[ without ]") }
        if next == Self.code("\\") { return try escapedSet(inClass: true) }
        position += 1
        return ScalarSet([next...next])
    }

    // MARK: Scalars

    private static func code(_ scalar: Unicode.Scalar) -> UInt32 { scalar.value }

    private func peek() -> UInt32? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar.value else { return false }
        position += 1
        return true
    }
}

extension ScalarSet {
    /// The member if there is exactly one.
    fileprivate var onlyMember: UInt32? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }
}
