import JSON

/// A plain validator of JSON Schema for tests: it shares nothing with the compiler, not even regular expressions.
struct SchemaValidator {
    let root: JSONValue

    /// Whether a value fulfils the schema.
    func isValid(_ value: JSONValue) -> Bool { isValid(value, root, 0) }

    private func isValid(_ value: JSONValue, _ schema: JSONValue, _ depth: Int) -> Bool {
        if case .bool(let flag) = schema { return flag }
        guard depth < 40, case .object(let keywords) = schema else { return true }
        let check = { (value: JSONValue, schema: JSONValue) in isValid(value, schema, depth + 1) }
        return keywords.allSatisfy { keyword, argument in
            switch keyword {
            case "$ref": check(value, target(argument.stringValue ?? ""))
            case "allOf": (argument.arrayValue ?? []).allSatisfy { check(value, $0) }
            case "anyOf": (argument.arrayValue ?? []).contains { check(value, $0) }
            case "oneOf": (argument.arrayValue ?? []).count { check(value, $0) } == 1
            case "not": !check(value, argument)
            case "if": check(value, keywords[check(value, argument) ? "then" : "else"] ?? true)
            case "type": (argument.arrayValue ?? [argument]).contains { hasType(value, $0.stringValue ?? "") }
            case "enum": (argument.arrayValue ?? []).contains { same($0, value) }
            case "const": same(argument, value)
            default: holds(keyword, argument, value, keywords, check)
            }
        }
    }

    private func holds(
        _ keyword: String, _ argument: JSONValue, _ value: JSONValue, _ keywords: JSONObject,
        _ check: (JSONValue, JSONValue) -> Bool
    ) -> Bool {
        switch value {
        case .string(let text): holds(keyword, argument, text)
        case .int, .double: holds(keyword, argument.doubleValue ?? 0, value.doubleValue ?? 0)
        case .array(let elements): holds(keyword, argument, elements, keywords, check)
        case .object(let members): holds(keyword, argument, members, keywords, check)
        default: true
        }
    }

    private func target(_ reference: String) -> JSONValue {
        reference.split(separator: "/").dropFirst().reduce(root) { $0[String($1)] ?? true }
    }

    private func hasType(_ value: JSONValue, _ name: String) -> Bool {
        switch name {
        case "integer": value.doubleValue.map { $0 == $0.rounded() } ?? false
        default: value.kind == name
        }
    }

    private func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.array(let a), .array(let b)): a.count == b.count && zip(a, b).allSatisfy { same($0, $1) }
        case (.object(let a), .object(let b)):
            a.count == b.count && a.allSatisfy { key, value in b[key].map { same(value, $0) } ?? false }
        default:
            if let a = left.doubleValue, let b = right.doubleValue { a == b } else { left == right }
        }
    }

    // MARK: Keywords by kind

    private func holds(_ keyword: String, _ argument: JSONValue, _ text: String) -> Bool {
        let count = text.unicodeScalars.count
        return switch keyword {
        case "minLength": count >= Int(argument.intValue ?? 0)
        case "maxLength": count <= Int(argument.intValue ?? 0)
        case "pattern": PatternReference.isFound(argument.stringValue ?? "", in: text)
        default: true
        }
    }

    private func holds(_ keyword: String, _ bound: Double, _ number: Double) -> Bool {
        switch keyword {
        case "minimum": number >= bound
        case "exclusiveMinimum": number > bound
        case "maximum": number <= bound
        case "exclusiveMaximum": number < bound
        case "multipleOf": (number / bound) == (number / bound).rounded()
        default: true
        }
    }

    private func holds(
        _ keyword: String, _ argument: JSONValue, _ elements: [JSONValue], _ keywords: JSONObject,
        _ check: (JSONValue, JSONValue) -> Bool
    ) -> Bool {
        switch keyword {
        case "minItems": return elements.count >= Int(argument.intValue ?? 0)
        case "maxItems": return elements.count <= Int(argument.intValue ?? 0)
        case "prefixItems": return zip(elements, argument.arrayValue ?? []).allSatisfy { check($0, $1) }
        case "items":
            return elements.dropFirst(keywords["prefixItems"]?.arrayValue?.count ?? 0).allSatisfy {
                check($0, argument)
            }
        case "contains":
            let count = elements.count { check($0, argument) }
            return count >= Int(keywords["minContains"]?.intValue ?? 1)
                && count <= Int(keywords["maxContains"]?.intValue ?? 99)
        case "uniqueItems":
            return argument.boolValue != true
                || elements.indices.allSatisfy { i in !elements[..<i].contains { same($0, elements[i]) } }
        default: return true
        }
    }

    private func holds(
        _ keyword: String, _ argument: JSONValue, _ members: JSONObject, _ keywords: JSONObject,
        _ check: (JSONValue, JSONValue) -> Bool
    ) -> Bool {
        switch keyword {
        case "minProperties": return members.count >= Int(argument.intValue ?? 0)
        case "maxProperties": return members.count <= Int(argument.intValue ?? 0)
        case "required": return (argument.arrayValue ?? []).allSatisfy { members[$0.stringValue ?? ""] != nil }
        case "properties":
            return members.allSatisfy { key, value in argument[key].map { check(value, $0) } ?? true }
        case "patternProperties":
            return members.allSatisfy { key, value in
                (argument.objectValue ?? [:]).allSatisfy {
                    !PatternReference.isFound($0.key, in: key) || check(value, $0.value)
                }
            }
        case "propertyNames": return members.keys.allSatisfy { check(.string($0), argument) }
        case "additionalProperties":
            return members.allSatisfy { key, value in
                let isKnown =
                    keywords["properties"]?[key] != nil
                    || (keywords["patternProperties"]?.objectValue ?? [:]).keys.contains {
                        PatternReference.isFound($0, in: key)
                    }
                return isKnown || check(value, argument)
            }
        case "dependentRequired":
            return (argument.objectValue ?? [:]).allSatisfy { key, needed in
                members[key] == nil || (needed.arrayValue ?? []).allSatisfy { members[$0.stringValue ?? ""] != nil }
            }
        default: return true
        }
    }
}

/// Regular expressions by the standard library, scalar by scalar.
enum PatternReference {
    /// Whether an expression is found anywhere in a text.
    static func isFound(_ pattern: String, in text: String) -> Bool {
        guard let regex = try? Regex(pattern).matchingSemantics(.unicodeScalar) else { return false }
        return (try? regex.firstMatch(in: text)) != nil
    }

    /// Whether an expression describes a whole text.
    static func isWhole(_ pattern: String, _ text: String) -> Bool {
        guard let regex = try? Regex(pattern).matchingSemantics(.unicodeScalar) else { return false }
        return (try? regex.wholeMatch(in: text)) != nil
    }
}
