import JSON

/// Draws schemas and values from a small world, in which they meet often.
struct RandomSchema {
    private static let keys = ["a", "b", "c", "ab"]
    private static let patterns = [
        "^a", "b$", "^[a-z]+$", "c", "^[^c]{2}$", "\\d", "^(x|yy)*$", "[^a]", "^(?!.*b)[a-z]*$",
    ]
    private static let scalars: [JSONValue] = [
        nil, true, false, 0, 1, 2, 3, 5, -1, -4, 10, 12, 0.5, 2.5, -0.25, "", "a", "b", "ab", "abc", "x1", "é", "xyy",
        "😀",
    ]

    var dice: SplitMix

    init(seed: UInt64) { dice = SplitMix(state: seed) }

    private mutating func pick<T>(_ list: [T]) -> T { list[Int.random(in: 0..<list.count, using: &dice)] }
    private mutating func happens(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &dice) < percent }
    private mutating func some(_ most: Int) -> [String] {
        let count = Int.random(in: 0...most, using: &dice)
        return Self.keys.filter { _ in true }.shuffled(using: &dice).prefix(count).sorted()
    }
    private mutating func schemas(_ count: ClosedRange<Int>, _ depth: Int) -> JSONValue {
        .array((0..<Int.random(in: count, using: &dice)).map { _ in schema(depth) })
    }

    /// A value.
    mutating func value(_ depth: Int) -> JSONValue {
        if depth == 0 || happens(55) { return pick(Self.scalars) }
        if happens(50) { return .array((0..<Int.random(in: 0...3, using: &dice)).map { _ in value(depth - 1) }) }
        var object = JSONObject()
        for key in some(3) { object[key] = value(depth - 1) }
        return .object(object)
    }

    /// A whole schema with definitions.
    mutating func document() -> JSONValue {
        var schema = self.schema(3).objectValue ?? [:]
        schema["$defs"] = [
            "x": self.schema(1), "y": ["type": "object", "properties": ["a": ["$ref": "#"], "b": self.schema(1)]],
        ]
        return .object(schema)
    }

    private mutating func schema(_ depth: Int) -> JSONValue {
        if depth == 0 || happens(40) { return leaf() }
        switch Int.random(in: 0..<9, using: &dice) {
        case 0, 1, 2: return object(depth)
        case 3: return array(depth)
        case 4: return ["anyOf": schemas(1...3, depth - 1)]
        case 5: return ["oneOf": schemas(1...3, depth - 1)]
        case 6: return ["allOf": schemas(1...3, depth - 1), "type": pick(["object", "string", "integer"])]
        case 7: return happens(50) ? ["$ref": pick(["#/$defs/x", "#/$defs/y"])] : ["not": leaf()]
        default: return ["if": leaf(), "then": schema(1), "else": leaf()]
        }
    }

    private mutating func object(_ depth: Int) -> JSONValue {
        var schema: JSONObject = happens(80) ? ["type": "object"] : [:]
        var properties = JSONObject()
        for key in some(3) { properties[key] = self.schema(depth - 1) }
        if !properties.isEmpty { schema["properties"] = .object(properties) }
        if happens(60) { schema["required"] = .array(some(2).map { .string($0) }) }
        if happens(50) { schema["additionalProperties"] = happens(60) ? .bool(happens(30)) : self.schema(depth - 1) }
        if happens(15) { schema["patternProperties"] = .object([pick(Self.patterns): self.schema(depth - 1)]) }
        if happens(10) { schema["minProperties"] = .int(Int64.random(in: 0...2, using: &dice)) }
        if happens(15) { schema["maxProperties"] = .int(Int64.random(in: 0...3, using: &dice)) }
        if happens(8) {
            schema["propertyNames"] = pick([["maxLength": 1], ["pattern": "^[ab]"], ["enum": ["a", "c"]]])
        }
        if happens(10) { schema["dependentRequired"] = .object([pick(Self.keys): .array([.string(pick(Self.keys))])]) }
        if happens(10) { schema["anyOf"] = schemas(2...2, depth - 1) }
        return .object(schema)
    }

    private mutating func array(_ depth: Int) -> JSONValue {
        var schema: JSONObject = ["type": "array"]
        if happens(30) { schema["prefixItems"] = schemas(1...2, depth - 1) }
        if happens(70) { schema["items"] = self.schema(depth - 1) }
        if happens(40) { schema["minItems"] = .int(Int64.random(in: 0...2, using: &dice)) }
        if happens(40) { schema["maxItems"] = .int(Int64.random(in: 0...3, using: &dice)) }
        if happens(20) {
            schema["contains"] = leaf()
            if happens(40) { schema["minContains"] = .int(Int64.random(in: 0...2, using: &dice)) }
            if happens(40) { schema["maxContains"] = .int(Int64.random(in: 0...2, using: &dice)) }
        }
        return .object(schema)
    }

    private mutating func leaf() -> JSONValue {
        switch Int.random(in: 0..<9, using: &dice) {
        case 0: return ["type": pick(["null", "boolean", "string", "integer", "number"])]
        case 1: return ["enum": .array((0..<3).map { _ in pick(Self.scalars) })]
        case 2: return ["const": value(1)]
        case 3: return ["type": "string", "minLength": pick([0, 1, 2]), "maxLength": pick([2, 3, 4])]
        case 4: return ["type": "string", "pattern": .string(pick(Self.patterns))]
        case 5: return ["type": .array([pick(["null", "boolean", "string"]), pick(["integer", "object", "array"])])]
        case 6: return ["pattern": .string(pick(Self.patterns)), "minLength": pick([0, 1, 2])]
        default:
            var schema: JSONObject = ["type": pick(["integer", "number"])]
            if happens(50) { schema[pick(["minimum", "exclusiveMinimum"])] = pick([-4, 0, 1, 2.5, 0.5, -0.25]) }
            if happens(50) { schema[pick(["maximum", "exclusiveMaximum"])] = pick([3, 10, 1, 2.5, 12, 0]) }
            if happens(30) { schema["multipleOf"] = pick([2, 3, 0.5, 5, 0.25]) }
            return .object(schema)
        }
    }

    /// The value with the members of its objects in every order, as far as there are few.
    static func orders(_ value: JSONValue) -> [JSONValue] {
        switch value {
        case .array(let elements):
            return elements.reduce([[]]) { lists, element in
                lists.flatMap { list in orders(element).prefix(8).map { list + [$0] } }
            }.prefix(100).map { .array($0) }
        case .object(let members):
            var results: [JSONValue] = []
            permute(Array(members), []) { order in
                let choices = order.reduce([JSONObject()]) { objects, member in
                    objects.flatMap { object in
                        orders(member.value).prefix(8).map {
                            var object = object
                            object[member.key] = $0
                            return object
                        }
                    }
                }
                results += choices.prefix(30).map { .object($0) }
            }
            return results
        default: return [value]
        }
    }

    private static func permute(
        _ rest: [JSONObject.Element], _ chosen: [JSONObject.Element], _ body: ([JSONObject.Element]) -> Void
    ) {
        if rest.isEmpty { body(chosen) }
        for index in rest.indices {
            var others = rest
            let next = others.remove(at: index)
            permute(others, chosen + [next], body)
        }
    }
}
