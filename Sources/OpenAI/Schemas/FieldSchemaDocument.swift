package import JSON

extension FieldSchema {
    /// The form as JSON Schema (draft 2020-12), with the bounds of these limits.
    package func schema(_ limits: RequestLimits) -> JSONValue {
        switch self {
        case .anything: return [:]
        case .null: return ["type": "null"]
        case .boolean: return ["type": "boolean"]
        case .integer(let least, let most):
            return [
                "type": "integer", "minimum": .int(Int64(least)), "maximum": .int(Int64(most.value(limits))),
            ]
        case .number(let range):
            return ["type": "number", "minimum": .double(range.lowerBound), "maximum": .double(range.upperBound)]
        case .string(let least, let most):
            return Self.bounded("string", ("minLength", least), ("maxLength", most.value(limits)))
        case .word(let words): return ["type": "string", "enum": .array(words.map { .string($0) })]
        case .array(let element, let least, let most):
            var schema = Self.bounded("array", ("minItems", least), ("maxItems", most.value(limits)))
            if var object = schema.objectValue {
                object["items"] = element.schema(limits)
                schema = .object(object)
            }
            return schema
        case .object(let table, let others): return table.schema(limits, others)
        case .map(let element): return ["type": "object", "additionalProperties": element.schema(limits)]
        case .tokenMap(let element, let most):
            return [
                "type": "object", "maxProperties": .int(Int64(most.value(limits))),
                "propertyNames": ["pattern": "^(0|[1-9][0-9]{0,9})$"],
                "additionalProperties": element.schema(limits),
            ]
        case .variants(let name, let variants):
            return ["oneOf": .array(variants.map { $0.schema(choosing: name, limits) })]
        case .either(let forms): return ["anyOf": .array(forms.map { $0.schema(limits) })]
        }
    }

    private static func bounded(_ type: String, _ least: (String, Int), _ most: (String, Int)) -> JSONValue {
        var schema: JSONObject = ["type": .string(type)]
        if least.1 > 0 { schema[least.0] = .int(Int64(least.1)) }
        if most.1 < .max { schema[most.0] = .int(Int64(most.1)) }
        return .object(schema)
    }
}

extension FieldSchema.Variant {
    fileprivate func schema(choosing name: String, _ limits: RequestLimits) -> JSONValue {
        let chooser = RequestField(name, required: .word(words), "Which kind of object this is.")
        return FieldTable([chooser] + table.fields).schema(limits, .free)
    }
}

extension FieldTable {
    /// An object with the members of this table.
    package func schema(_ limits: RequestLimits, _ others: FieldSchema.Others) -> JSONValue {
        var properties: JSONObject = [:]
        for field in fields { properties[field.name] = field.schema(limits, isOurs: others == .none) }
        var schema: JSONObject = ["type": "object", "properties": .object(properties)]
        let required = required.map { JSONValue.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        if !alternatives.isEmpty {
            schema["anyOf"] = .array(alternatives.map { Self.presence($0, ["not": ["type": "null"]]) })
        }
        if !switched.isEmpty { schema["allOf"] = .array(switched.map(Self.condition)) }
        let refusesOthers = others == .none || (others == .noted && limits.refusesUnknownFields)
        if refusesOthers { schema["additionalProperties"] = false }
        return .object(schema)
    }
}

extension FieldTable {
    private static func presence(_ name: String, _ schema: JSONValue) -> JSONValue {
        ["properties": .object([name: schema]), "required": [.string(name)]]
    }

    private static func condition(_ field: RequestField) -> JSONValue {
        [
            "if": presence(field.name, ["not": ["type": "null"]]),
            "then": presence(field.switchedBy ?? field.name, ["const": true]),
        ]
    }
}

extension RequestField {
    /// The member's schema; in requests null stands for absence.
    fileprivate func schema(_ limits: RequestLimits, isOurs: Bool) -> JSONValue {
        var schema: JSONObject
        switch treatment {
        case .ignored: schema = [:]
        case .refused(let harmless): schema = ["enum": .array([.null] + harmless.examples), "deprecated": true]
        case .implemented(let form):
            let takesNull = isOurs || isRequired
            schema = (takesNull ? form : .nullable(form)).schema(limits).objectValue ?? [:]
        }
        schema["description"] = .string(note)
        return .object(schema)
    }
}

extension RequestField.Harmless {
    /// The values that pass.
    fileprivate var examples: [JSONValue] {
        switch self {
        case .nothing: []
        case .falseValue: [false]
        case .emptyArray: [[]]
        case .emptyString: [""]
        case .textModality: [["text"]]
        }
    }
}
