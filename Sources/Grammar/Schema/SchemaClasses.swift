import JSON

/// Classes of values of which no two have a value in common.
///
/// How well they suit a schema decides how many elements an array without repetitions may have; that they are disjoint
/// does not depend on the schema.
extension SchemaCompiler {
    /// Characters of a string at whose places it is looked for the one by which strings are told apart best.
    private static let mostPlaces = 64
    /// Members of an object of which it is asked whether their values tell objects apart.
    private static let mostKeys = 8

    /// At most eight classes of values, chosen to suit a goal.
    mutating func distinctClasses(_ goal: SchemaGoal, depth: Int) throws(GrammarError) -> [SchemaLiteral] {
        let shapes = try pruned(shapes(of: goal))
        let kinds = shapes.reduce(into: JSONKinds()) { $0.formUnion($1.givenKinds) }
        var classes: [SchemaLiteral] = []
        for kind in [JSONKinds.null, .false, .true] where kinds.contains(kind) {
            classes.append(classLiteral("\(kind.rawValue)", SchemaShape(kind)))
        }
        let others = [JSONKinds.string, .number, .array, .object].filter(kinds.contains)
        guard !others.isEmpty else { return classes }
        let share = max(1, (Self.mostFreeValues - classes.count) / others.count)
        for kind in others {
            let found = shapes.filter { $0.givenKinds.contains(kind) }
            switch kind {
            case .string: classes += try classesOfStrings(found, share)
            case .number: classes += classesOfNumbers(share)
            case .array: classes += classesOfArrays(share)
            default: classes += try classesOfObjects(found, share, depth: depth)
            }
        }
        return classes
    }

    /// A literal for a shape that stands nowhere in the document.
    private mutating func classLiteral(_ name: String, _ shape: SchemaShape) -> SchemaLiteral {
        if let known = classLiterals[name] { return known }
        // What the keyword says is not read: the shape is known already.
        let part = document.addPart(["type": "object"], placedAt: SchemaDocument.root)
        ownShapes[part] = shape
        let literal = SchemaLiteral(part: part, isNegated: false)
        classLiterals[name] = literal
        return literal
    }

    // MARK: Strings

    /// Strings by the class of one character.
    private mutating func classesOfStrings(
        _ shapes: [SchemaShape], _ count: Int
    ) throws(GrammarError) -> [SchemaLiteral] {
        let place = try place(tellingApart: shapes)
        var literals: [SchemaLiteral] = []
        for index in 0..<count {
            let sets = CharacterClasses.sets.enumerated().filter { $0.offset % count == index }.map(\.element)
            let any = RegexNode.scalars(.all)
            var forms = [
                RegexNode.sequence([
                    .several(any, atLeast: place, atMost: place),
                    .scalars(ScalarSet(sets.flatMap(\.ranges))), .anything,
                ])
            ]
            if index == 0 { forms.append(.several(any, atLeast: 0, atMost: place)) }
            var shape = SchemaShape(.string)
            let name = "string \(place) \(index) \(count)"
            if classLiterals[name] == nil {
                shape.string.automata = [try ScalarAutomaton(.choice(forms), budget: &budget)]
            }
            literals.append(classLiteral(name, shape))
        }
        return literals
    }

    /// The first place of a character by which the strings of the shapes fall into most classes.
    private mutating func place(tellingApart shapes: [SchemaShape]) throws(GrammarError) -> Int {
        var automata: [ScalarAutomaton] = []
        for shape in shapes {
            if let values = shape.values {
                let texts = values.compactMap(\.stringValue).map { RegexNode.text($0) }
                automata.append(try ScalarAutomaton(.choice(texts), budget: &budget))
            } else if let characters = try characters(of: shape.string, except: shape.excludedStrings) {
                automata.append(characters)
            } else {
                return 0
            }
        }
        var best = (place: 0, count: 0)
        var states = automata.map { _ in Set([0]) }
        for place in 0..<Self.mostPlaces {
            var found: UInt8 = 0
            for (index, automaton) in automata.enumerated() {
                var next: Set<Int> = []
                for state in states[index] {
                    let pieces = automaton.pieces(from: state)
                    try budget.spend(1 + pieces.count)
                    for piece in pieces {
                        next.insert(piece.target)
                        found |= CharacterClasses.mask(of: piece.first...piece.last)
                    }
                }
                states[index] = next
            }
            if found.nonzeroBitCount > best.count { best = (place, found.nonzeroBitCount) }
            if found == .max || found == 0 { break }
        }
        return best.place
    }

    // MARK: Numbers, arrays, objects

    private mutating func classesOfNumbers(_ count: Int) -> [SchemaLiteral] {
        let cuts = ["0", "1", "2", "3", "10", "100", "1000"].prefix(count - 1).compactMap { DecimalNumber($0) }
        return (0...cuts.count).map { index in
            var shape = SchemaShape(.number)
            if index > 0 {
                shape.number.formIntersection(NumberBounds(lower: .init(value: cuts[index - 1], isExclusive: false)))
            }
            if index < cuts.count {
                shape.number.formIntersection(NumberBounds(upper: .init(value: cuts[index], isExclusive: true)))
            }
            return classLiteral("number \(index) \(cuts.count)", shape)
        }
    }

    /// Arrays by their length.
    private mutating func classesOfArrays(_ count: Int) -> [SchemaLiteral] {
        (0..<count).map { length in
            var shape = SchemaShape(.array)
            shape.array.atLeast = length
            if length < count - 1 { shape.array.atMost = length }
            return classLiteral("array \(length) \(count)", shape)
        }
    }

    /// Objects by the value of one member, which must occur.
    private mutating func classesOfObjects(
        _ shapes: [SchemaShape], _ count: Int, depth: Int
    ) throws(GrammarError) -> [SchemaLiteral] {
        var best: (key: String, values: [SchemaLiteral])?
        if depth > 0, nesting < 4, let first = shapes.first?.object {
            nesting += 1
            defer { nesting -= 1 }
            let others = first.declaredKeys.filter { !first.required.contains($0) }
            for key in (first.required + others).prefix(Self.mostKeys) {
                if isOpen(first.goal(for: key)) { continue }
                let values = try distinctClasses(first.goal(for: key), depth: depth - 1)
                if values.count > best?.values.count ?? 1 { best = (key, values) }
                if values.count == Self.mostFreeValues { break }
            }
        }
        guard let best, count > 1 else { return [classLiteral("object", SchemaShape(.object))] }
        return best.values.prefix(count).map { value in
            var shape = SchemaShape(.object)
            var layer = ObjectForm.Layer()
            layer.declare(best.key, value)
            layer.isNegated = true
            shape.object.layers = [layer]
            shape.object.required = [best.key]
            return classLiteral("object \(value.part) \(best.key)", shape)
        }
    }
}

/// Eight sets of characters of which no two have one in common, such that the letters of every script fall into all.
enum CharacterClasses {
    /// The sets.
    static let sets: [ScalarSet] = {
        var ranges = [[ClosedRange<UInt32>]](repeating: [], count: 8)
        var first: UInt32 = 0
        while first <= 0x10FFFF {
            let last = min(first | (1 << shift(of: first) - 1), 0x10FFFF)
            ranges[number(of: first)].append(first...last)
            first = last + 1
        }
        return ranges.map { ScalarSet($0) }
    }()

    /// How many characters beside each other are in the same set, as a power of two: few where alphabets are, more where
    /// every word has a character of its own.
    private static func shift(of scalar: UInt32) -> UInt32 {
        switch scalar {
        case ..<0x80: 0
        case ..<0x800, 0x3040...0x30FF: 2
        case ..<0x10000: scalar & ~0x1FF == 0x3000 ? 6 : 9
        case 0x1F000...0x1FFFF: 8
        default: 12
        }
    }

    /// The number of the set that a character is in.
    private static func number(of scalar: UInt32) -> Int { Int(scalar >> shift(of: scalar) & 7) }

    /// The sets that have characters of a range, as bits.
    static func mask(of range: ClosedRange<UInt32>) -> UInt8 {
        guard range.count < 1 << 12 else { return .max }
        return range.reduce(into: 0) { $0 |= 1 << UInt8(number(of: $1)) }
    }
}

extension SchemaShape {
    /// The kinds of its values.
    fileprivate var givenKinds: JSONKinds {
        values.map { $0.reduce(into: JSONKinds()) { $0.insert(JSONKinds(of: $1)) } } ?? kinds
    }
}
