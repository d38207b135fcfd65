import JSON

/// The vocabulary of JSON Schema (draft 2020-12) and what is done with each keyword.
enum SchemaKeyword {
    /// Says something of the value itself or of its parts.
    static let own: Set<String> = [
        "type", "enum", "const", "properties", "required", "additionalProperties", "patternProperties",
        "propertyNames", "minProperties", "maxProperties", "items", "prefixItems", "minItems", "maxItems",
        "uniqueItems", "contains", "minContains", "maxContains", "minLength", "maxLength", "pattern", "format",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "additionalItems",
        "unevaluatedItems",
    ]
    /// Names of references: what they lead to applies to the same value.
    static let references: Set<String> = ["$ref", "$dynamicRef", "$recursiveRef"]
    /// Applies other schemas to the same value.
    static let applicators: Set<String> = [
        "$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "not", "if", "then", "else",
        "dependentRequired", "dependentSchemas",
        "dependencies", "unevaluatedProperties",
    ]
    /// Below which a schema stands, or a list of schemas.
    static let schemas: Set<String> = [
        "additionalProperties", "propertyNames", "items", "prefixItems", "contains", "additionalItems",
        "unevaluatedItems", "unevaluatedProperties", "allOf", "anyOf", "oneOf", "not", "if", "then", "else",
        "contentSchema",
    ]
    /// Below which schemas stand by names.
    static let schemasByName: Set<String> = [
        "properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions",
    ]
    /// Says nothing of the value: annotations, names and places of other schemas, and what other dialects add.
    static let annotations: Set<String> = [
        "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly", "$comment",
        "$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$defs", "definitions", "$vocabulary", "contentEncoding",
        "contentMediaType", "contentSchema", "discriminator", "externalDocs", "xml", "nullable", "strict", "name",
        "$recursiveAnchor",
    ]
}

extension SchemaCompiler {
    /// What the keywords of a part say of the value itself.
    mutating func ownShape(_ part: Int, _ schema: JSONObject) throws(GrammarError) -> SchemaShape {
        if let known = ownShapes[part] { return known }
        var shape = SchemaShape()
        for (keyword, value) in schema {
            try budget.spend(1)
            guard SchemaKeyword.own.contains(keyword) || SchemaKeyword.applicators.contains(keyword) else {
                try budget.spend(SchemaKeyword.annotations.contains(keyword) ? 0 : 40)
                if let meant = SchemaKeyword.meant(by: keyword) {
                    throw refusal(part, "\(Self.quoted(keyword)) is no keyword; did you mean \(Self.quoted(meant))?")
                }
                continue
            }
            try read(keyword, value, part, into: &shape)
        }
        try readMembers(part, schema, into: &shape)
        try readElements(part, schema, into: &shape)
        ownShapes[part] = shape
        return shape
    }

    private mutating func read(
        _ keyword: String, _ value: JSONValue, _ part: Int, into shape: inout SchemaShape
    ) throws(GrammarError) {
        switch keyword {
        case "type": try readType(value, part, into: &shape)
        case "enum": shape.restrict(to: try list(keyword, value, part))
        case "const": shape.restrict(to: [value])
        case "minLength": shape.string.atLeast = try count(keyword, value, part)
        case "maxLength": shape.string.atMost = try count(keyword, value, part)
        case "pattern":
            guard let source = value.stringValue else { throw refusal(part, "pattern must be a string") }
            shape.string.automata.append(try pattern(source, part))
        case "format":
            guard var name = value.stringValue else { throw refusal(part, "format must be a string") }
            // Counting the characters of addresses in brackets would multiply their many states.
            let isCounted = document.parts[part].value["maxLength"] != nil
            if isCounted, name == "uri" || name == "email" { name += " by name" }
            if let automaton = try format(name) { shape.string.automata.append(automaton) }
        case "minProperties": shape.object.atLeast = try count(keyword, value, part)
        case "maxProperties": shape.object.atMost = try count(keyword, value, part)
        case "minItems": shape.array.atLeast = try count(keyword, value, part)
        case "maxItems": shape.array.atMost = try count(keyword, value, part)
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf":
            shape.number.formIntersection(try numberForm(keyword, value, part))
        default: break
        }
    }

    private func readType(_ value: JSONValue, _ part: Int, into shape: inout SchemaShape) throws(GrammarError) {
        let names = value.arrayValue ?? [value]
        var kinds: JSONKinds = []
        var isInteger = false
        for name in names {
            switch name.stringValue {
            case "null": kinds.insert(.null)
            case "boolean": kinds.formUnion([.true, .false])
            case "number": kinds.insert(.number)
            case "integer": isInteger = true
            case "string": kinds.insert(.string)
            case "array": kinds.insert(.array)
            case "object": kinds.insert(.object)
            default:
                let name = name.stringValue.map(Self.quoted) ?? "a \(name.kind)"
                throw refusal(part, "type must be a name or a list of names of types, not \(name)")
            }
        }
        if isInteger, !kinds.contains(.number) {
            kinds.insert(.number)
            shape.number.formIntersection(.integer)
        }
        shape.kinds.formIntersection(kinds)
    }

    private func numberForm(
        _ keyword: String, _ value: JSONValue, _ part: Int
    ) throws(GrammarError) -> NumberBounds {
        // In draft 4, exclusive bounds were flags of the bounds.
        if let flag = value.boolValue, keyword == "exclusiveMinimum" || keyword == "exclusiveMaximum" {
            let bound = document.parts[part].value[keyword == "exclusiveMinimum" ? "minimum" : "maximum"]
            guard flag, let number = bound?.decimal else { return NumberBounds() }
            return try numberForm(keyword, number, part)
        }
        guard let number = value.decimal else { throw refusal(part, "\(keyword) must be a number") }
        return try numberForm(keyword, number, part)
    }

    private func numberForm(
        _ keyword: String, _ number: DecimalNumber, _ part: Int
    ) throws(GrammarError) -> NumberBounds {
        switch keyword {
        case "minimum": return NumberBounds(lower: .init(value: number, isExclusive: false))
        case "exclusiveMinimum": return NumberBounds(lower: .init(value: number, isExclusive: true))
        case "maximum": return NumberBounds(upper: .init(value: number, isExclusive: false))
        case "exclusiveMaximum": return NumberBounds(upper: .init(value: number, isExclusive: true))
        default:
            guard number > .zero else { throw refusal(part, "multipleOf must be greater than zero") }
            return NumberBounds(multipleOf: number)
        }
    }

    // MARK: Objects and arrays

    private mutating func readMembers(
        _ part: Int, _ schema: JSONObject, into shape: inout SchemaShape
    ) throws(GrammarError) {
        var layer = ObjectForm.Layer()
        for (key, _) in try members("properties", schema, part) {
            if let below = document.part(below: part, "properties", key) {
                layer.declare(key, SchemaLiteral(part: below, isNegated: false))
            }
        }
        for (source, _) in try members("patternProperties", schema, part) {
            if let below = document.part(below: part, "patternProperties", source) {
                let literal = SchemaLiteral(part: below, isNegated: false)
                layer.patterns.append((source, try pattern(source, part), literal))
            }
        }
        let others = document.part(below: part, "additionalProperties")
        layer.others = others.map { SchemaLiteral(part: $0, isNegated: false) }
        if !layer.properties.isEmpty || !layer.patterns.isEmpty || layer.others != nil { shape.object.layers = [layer] }
        if let required = schema["required"] {
            shape.object.required = try strings("required", required, part)
        }
        if let names = document.part(below: part, "propertyNames") {
            shape.object.names = [SchemaLiteral(part: names, isNegated: false)]
        }
    }

    private mutating func readElements(
        _ part: Int, _ schema: JSONObject, into shape: inout SchemaShape
    ) throws(GrammarError) {
        if let unique = schema["uniqueItems"] {
            guard let flag = unique.boolValue else { throw refusal(part, "uniqueItems must be a boolean") }
            shape.array.isUnique = flag
        }
        try readContains(part, schema, into: &shape)
        var layer = ArrayForm.Layer()
        // Before 2020-12, a list under `items` was what `prefixItems` is now, and `additionalItems` was `items`.
        let isOld = schema["items"]?.arrayValue != nil
        let first = isOld ? "items" : "prefixItems"
        if let prefix = schema[first] {
            _ = try list(first, prefix, part)
            layer.first = document.parts(below: part, list: first).map { SchemaLiteral(part: $0, isNegated: false) }
        }
        let others = isOld ? "additionalItems" : "items"
        var below = document.part(below: part, others)
        // Beside other schemas, what is left over is known only where they are merged.
        let isAlone = schema.keys.allSatisfy { !SchemaKeyword.applicators.contains($0) }
        if let unevaluated = schema["unevaluatedItems"], unevaluated.boolValue != true, below == nil, isAlone {
            guard schema["contains"] == nil else {
                throw refusal(part, "the keyword unevaluatedItems is not supported besides contains")
            }
            below = document.part(below: part, "unevaluatedItems")
        }
        layer.others = below.map { SchemaLiteral(part: $0, isNegated: false) }
        if !layer.first.isEmpty || layer.others != nil { shape.array.layers = [layer] }
    }

    /// `contains` with the numbers of what is contained.
    private mutating func readContains(
        _ part: Int, _ schema: JSONObject, into shape: inout SchemaShape
    ) throws(GrammarError) {
        guard let contained = schema["contains"] else { return }
        let least = try schema["minContains"].map { value throws(GrammarError) in
            try count("minContains", value, part)
        }
        let most = try schema["maxContains"].map { value throws(GrammarError) in
            try count("maxContains", value, part)
        }
        if least == 0, most == nil { return }
        guard contained.boolValue == true else {
            guard let below = document.part(below: part, "contains") else { return }
            let literal = SchemaLiteral(part: below, isNegated: false)
            shape.array.contained = [.init(literal: literal, atLeast: least ?? 1, atMost: most)]
            return
        }
        shape.array.atLeast = max(shape.array.atLeast, least ?? 1)
        shape.array.atMost = SchemaShape.least(shape.array.atMost, most)
    }

    // MARK: Values of keywords

    func refusal(_ part: Int, _ reason: String) -> GrammarError {
        GrammarError(place: document.place(part), reason: reason)
    }

    static func quoted(_ text: String) -> String { "\"" + text.prefix(100) + "\"" }

    /// No text has as many parts: greater counts are alike, and sums and products of them stay far from overflow.
    private static let greatestCount = 1 << 24

    func count(_ keyword: String, _ value: JSONValue, _ part: Int) throws(GrammarError) -> Int {
        if let number = value.intValue, number >= 0 { return Int(min(number, Int64(Self.greatestCount))) }
        if let number = value.doubleValue, number.isFinite, number > 0x1p53, number == number.rounded() {
            return Self.greatestCount
        }
        throw refusal(part, "\(keyword) must be a whole number that is not negative")
    }

    func list(_ keyword: String, _ value: JSONValue, _ part: Int) throws(GrammarError) -> [JSONValue] {
        guard let values = value.arrayValue else { throw refusal(part, "\(keyword) must be an array") }
        return values
    }

    func strings(_ keyword: String, _ value: JSONValue, _ part: Int) throws(GrammarError) -> [String] {
        var strings: [String] = []
        for element in try list(keyword, value, part) {
            guard let string = element.stringValue else { throw refusal(part, "\(keyword) must be a list of strings") }
            strings.append(string)
        }
        return strings
    }

    func members(_ keyword: String, _ schema: JSONObject, _ part: Int) throws(GrammarError) -> JSONObject {
        guard let value = schema[keyword] else { return [:] }
        guard let members = value.objectValue else { throw refusal(part, "\(keyword) must be an object") }
        return members
    }
}

extension SchemaShape {
    /// Allows only these values.
    fileprivate mutating func restrict(to allowed: [JSONValue]) {
        guard let values else {
            values = allowed
            return
        }
        self.values = values.common(with: allowed)
    }
}
