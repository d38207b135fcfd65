import JSON

/// Part of a schema, or what does not fulfil it.
struct SchemaLiteral: Sendable, Hashable, Comparable {
    /// The number of the part in the document.
    let part: Int
    /// Whether the part must not be fulfilled.
    let isNegated: Bool

    /// What everything fulfils.
    static let everything = SchemaLiteral(part: SchemaDocument.everything, isNegated: false)
    /// What nothing fulfils.
    static let nothing = SchemaLiteral(part: SchemaDocument.nothing, isNegated: false)

    /// The opposite.
    var negation: SchemaLiteral { SchemaLiteral(part: part, isNegated: !isNegated) }

    /// Any order that is always the same.
    static func < (left: SchemaLiteral, right: SchemaLiteral) -> Bool {
        left.part != right.part ? left.part < right.part : !left.isNegated && right.isNegated
    }
}

/// Parts of a schema that one value must all fulfil, in order and each once.
typealias SchemaGoal = [SchemaLiteral]

/// Kinds of values.
struct JSONKinds: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    static let null = JSONKinds(rawValue: 1)
    static let `false` = JSONKinds(rawValue: 2)
    static let `true` = JSONKinds(rawValue: 4)
    static let number = JSONKinds(rawValue: 8)
    static let string = JSONKinds(rawValue: 16)
    static let array = JSONKinds(rawValue: 32)
    static let object = JSONKinds(rawValue: 64)
    static let boolean: JSONKinds = [.false, .true]
    static let all = JSONKinds(rawValue: 127)

    /// The kind of a value.
    init(of value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = flag ? .true : .false
        case .int, .double: self = .number
        case .string: self = .string
        case .array: self = .array
        case .object: self = .object
        }
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }
}

/// What is asked of a string.
struct StringForm {
    /// The least number of characters.
    var atLeast = 0
    /// The greatest number of characters.
    var atMost: Int?
    /// Automata that must all accept it.
    var automata: [ScalarAutomaton] = []

    /// Asks both.
    mutating func formIntersection(_ other: StringForm) {
        atLeast = max(atLeast, other.atLeast)
        atMost = SchemaShape.least(atMost, other.atMost)
        for automaton in other.automata where !automata.contains(automaton) { automata.append(automaton) }
    }
}

/// What is asked of an array.
struct ArrayForm {
    /// What one schema says of the elements.
    struct Layer {
        /// What the first elements are.
        var first: [SchemaLiteral] = []
        /// What the others are; nil if they are free.
        var others: SchemaLiteral?
        /// Whether it comes from what must not be fulfilled.
        var isNegated = false
    }

    /// How many elements must be of a kind.
    struct Contained {
        /// What they fulfil.
        let literal: SchemaLiteral
        /// The index of the first element that counts.
        var from = 0
        var atLeast = 1
        var atMost: Int?
    }

    var layers: [Layer] = []
    var atLeast = 0
    var atMost: Int?
    /// Whether no element may occur twice.
    var isUnique = false
    /// What some elements must fulfil besides.
    var contained: [Contained] = []

    /// Asks both.
    mutating func formIntersection(_ other: ArrayForm) {
        layers += other.layers
        atLeast = max(atLeast, other.atLeast)
        atMost = SchemaShape.least(atMost, other.atMost)
        isUnique = isUnique || other.isUnique
        contained += other.contained
    }

    /// What the element at an index must fulfil.
    func goal(at index: Int) -> SchemaGoal {
        Set(layers.compactMap { index < $0.first.count ? $0.first[index] : $0.others }).sorted()
    }

    /// From which index on all elements are alike.
    var firstCount: Int { layers.map(\.first.count).max() ?? 0 }
}

/// What is asked of an object.
struct ObjectForm {
    /// What one schema says of the members.
    struct Layer {
        /// The declared members, in order.
        private(set) var properties: [(key: String, literal: SchemaLiteral)] = []
        private var literals: [ExactKey: [SchemaLiteral]] = [:]
        /// What members are whose key an expression finds.
        var patterns: [(source: String, automaton: ScalarAutomaton, literal: SchemaLiteral)] = []
        /// What members are of which the layer says nothing else; nil if they are free.
        var others: SchemaLiteral?
        /// Whether it comes from what must not be fulfilled.
        var isNegated = false

        /// Declares a member.
        mutating func declare(_ key: String, _ literal: SchemaLiteral) {
            properties.append((key, literal))
            literals[ExactKey(text: key), default: []].append(literal)
        }

        /// Whether the layer says something of the member of a key in particular.
        func names(_ key: String) -> Bool {
            literals[ExactKey(text: key)] != nil || patterns.contains { $0.automaton.accepts(key) }
        }

        /// What the layer says of the member of a key.
        func goal(for key: String) -> [SchemaLiteral] {
            let declared = literals[ExactKey(text: key)] ?? []
            let found = declared + patterns.filter { $0.automaton.accepts(key) }.map(\.literal)
            return found.isEmpty ? others.map { [$0] } ?? [] : found
        }
    }

    var layers: [Layer] = []
    /// Keys that must occur, in order.
    var required: [String] = []
    /// What every key must fulfil, as a string.
    var names: [SchemaLiteral] = []
    var atLeast = 0
    var atMost: Int?

    /// Asks both.
    mutating func formIntersection(_ other: ObjectForm) {
        layers += other.layers
        if required.isEmpty {
            required = other.required
        } else if !other.required.isEmpty {
            var known = Set(required.map { ExactKey(text: $0) })
            for key in other.required where known.insert(ExactKey(text: key)).inserted { required.append(key) }
        }
        for name in other.names where !names.contains(name) { names.append(name) }
        atLeast = max(atLeast, other.atLeast)
        atMost = SchemaShape.least(atMost, other.atMost)
    }

    /// Whether it says which members there are and nothing of others, so that there are none where that is the default.
    /// What is only forbidden says nothing, and where more members must occur than are named, others are meant.
    var isClosedByDefault: Bool {
        let said = layers.filter { !$0.isNegated }
        guard said.allSatisfy({ $0.others == nil }) else { return false }
        let hasPatterns = said.contains { !$0.patterns.isEmpty }
        let named = Set((said.flatMap { $0.properties.map(\.key) } + required).map { ExactKey(text: $0) })
        return hasPatterns || !named.isEmpty && named.count >= atLeast
    }

    /// What the member of a key must fulfil.
    func goal(for key: String) -> SchemaGoal {
        Set(layers.flatMap { $0.goal(for: key) }).sorted()
    }

    /// Every key that is named, in the order of the schema.
    var declaredKeys: [String] {
        var seen: Set<ExactKey> = []
        return (layers.flatMap { $0.properties.map(\.key) } + required).filter {
            seen.insert(ExactKey(text: $0)).inserted
        }
    }
}

/// What is asked of a value, kind by kind: a schema without alternatives.
struct SchemaShape {
    /// The kinds that are allowed.
    var kinds = JSONKinds.all
    /// If not nil, the only values that are allowed (as far as the rest allows them).
    var values: [JSONValue]?
    /// Arrays and objects that are not allowed.
    var excluded: [JSONValue] = []
    /// Strings that are not allowed.
    var excludedStrings: [String] = []
    var number = NumberBounds()
    var string = StringForm()
    var array = ArrayForm()
    var object = ObjectForm()
    /// What is part of it already.
    var applied: Set<SchemaLiteral> = []
    /// Whether it is one of several alternatives that may hold together.
    var isBranched = false

    /// A shape that says nothing.
    init() {}

    /// A shape of which only some kinds are allowed.
    init(_ kinds: JSONKinds) { self.kinds = kinds }

    /// About how many parts it has, for what copying and joining it costs.
    var size: Int {
        (values?.count ?? 0) * 16 + excluded.count + excludedStrings.count + string.automata.count
            + array.layers.count * 2 + object.layers.count * 2 + object.required.count + object.names.count
            + applied.count + number.excluded.count
    }

    /// Asks both; nil if that is nothing at the first glance.
    func intersection(_ other: SchemaShape) -> SchemaShape? {
        var result = self
        result.kinds.formIntersection(other.kinds)
        if let allowed = other.values { result.values = values?.common(with: allowed) ?? allowed }
        result.values = result.values?.filter { result.kinds.contains(JSONKinds(of: $0)) }
        if result.values?.isEmpty ?? false { return nil }
        result.excluded += other.excluded
        result.excludedStrings += other.excludedStrings
        result.isBranched = isBranched || other.isBranched
        result.number.formIntersection(other.number)
        if result.number.hasEmptyInterval { result.kinds.remove(.number) }
        result.string.formIntersection(other.string)
        if let most = result.string.atMost, most < result.string.atLeast { result.kinds.remove(.string) }
        result.array.formIntersection(other.array)
        if let most = result.array.atMost, most < result.array.atLeast { result.kinds.remove(.array) }
        result.object.formIntersection(other.object)
        if let most = result.object.atMost, most < max(result.object.atLeast, result.object.required.count) {
            result.kinds.remove(.object)
        }
        return result.kinds.isEmpty ? nil : result
    }

    /// The smaller of two limits, of which nil is none.
    static func least(_ left: Int?, _ right: Int?) -> Int? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }
}

extension [JSONValue] {
    /// The values that are in the other list as well.
    func common(with others: [JSONValue]) -> [JSONValue] {
        let known = Set(others.map(\.identity))
        return filter { known.contains($0.identity) }
    }
}

extension JSONValue {
    /// A text that two values share exactly if they are the same.
    var identity: ExactKey {
        switch self {
        case .int, .double: return ExactKey(text: decimal?.text ?? serialized())
        case .array(let elements):
            return ExactKey(text: "[" + elements.map(\.identity.text).joined(separator: ",") + "]")
        case .object(let members):
            let parts = members.map { JSONValue.string($0.key).serialized() + ":" + $0.value.identity.text }
            return ExactKey(text: "{" + parts.sorted().joined(separator: ",") + "}")
        default: return ExactKey(text: serialized())
        }
    }

    /// Equality as JSON Schema has it: 1 and 1.0 are the same.
    func isSame(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.allSatisfy { member in right[member.key].map { member.value.isSame(as: $0) } ?? false }
        default:
            guard let left = decimal, let right = other.decimal else { return self == other }
            return left == right
        }
    }

    /// The number, exactly.
    var decimal: DecimalNumber? {
        switch self {
        case .int(let number): DecimalNumber(number.description)
        case .double(let number): DecimalNumber(number.description)
        default: nil
        }
    }
}
