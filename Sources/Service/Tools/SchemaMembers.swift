import JSON

/// What a schema says about the members of an object, wherever it says it: under `properties`, `patternProperties` or
/// `additionalProperties` of its own, of what it refers to, of its parts, alternatives and conditions.
struct SchemaMembers: Sendable {
    private let root: JSONValue

    /// Schemas that are looked at, which bounds circular references.
    private static let mostSchemas = 256
    private static let deepest = 16

    /// The members of objects of this schema, to which its references point.
    init(_ schema: JSONValue) { root = schema }

    /// The members that are listed by name.
    var keys: Set<String> {
        var keys: Set<String> = []
        var budget = Self.mostSchemas
        collectKeys(of: root, depth: 0, &budget, to: &keys)
        return keys
    }

    /// What is said of one member; anything where nothing is.
    func shape(of key: String) -> ArgumentShape {
        var budget = Self.mostSchemas
        return shape(of: key, root, depth: 0, &budget) ?? ArgumentShape(nil, in: root)
    }

    private func target(of schema: JSONValue) -> JSONValue? {
        schema["$ref"]?.stringValue.flatMap { SchemaReference.target(of: $0, in: root) }
    }

    private static let alternatives = ["anyOf", "oneOf"]
    private static let conditions = ["then", "else"]

    private func collectKeys(
        of schema: JSONValue, depth: Int, _ budget: inout Int, to keys: inout Set<String>
    ) {
        budget -= 1
        guard budget > 0, depth < Self.deepest, schema.objectValue != nil else { return }
        keys.formUnion(schema["properties"]?.objectValue?.keys ?? [])
        let parts = (Self.alternatives + ["allOf"]).flatMap { schema[$0]?.arrayValue ?? [] }
        let conditions = (["if"] + Self.conditions).compactMap { schema[$0] }
        for part in [target(of: schema)].compactMap({ $0 }) + parts + conditions {
            collectKeys(of: part, depth: depth + 1, &budget, to: &keys)
        }
    }

    /// The same of one schema; nil where it says nothing of the member.
    private func shape(of key: String, _ schema: JSONValue, depth: Int, _ budget: inout Int) -> ArgumentShape? {
        budget -= 1
        guard budget > 0, depth < Self.deepest, schema.objectValue != nil else { return nil }
        var shapes = [direct(key, schema)]
        if let target = target(of: schema) { shapes.append(shape(of: key, target, depth: depth + 1, &budget)) }
        for part in schema["allOf"]?.arrayValue ?? [] {
            shapes.append(shape(of: key, part, depth: depth + 1, &budget))
        }
        for name in Self.alternatives {
            let several = (schema[name]?.arrayValue ?? []).compactMap {
                shape(of: key, $0, depth: depth + 1, &budget)
            }
            shapes.append(ArgumentShape.union(of: several))
        }
        let conditional = Self.conditions.compactMap { schema[$0] }.compactMap {
            shape(of: key, $0, depth: depth + 1, &budget)
        }
        // One that holds under a condition alone says nothing against what holds always.
        if conditional.count == Self.conditions.count || shapes.allSatisfy({ $0 == nil }) {
            shapes.append(ArgumentShape.union(of: conditional))
        }
        return shapes.compactMap { $0 }.reduce(nil) { met, other in
            guard var met else { return other }
            met.meet(other)
            return met
        }
    }

    /// What a schema itself says. Which patterns a key meets is not looked at: what all of them say is.
    private func direct(_ key: String, _ schema: JSONValue) -> ArgumentShape? {
        if let own = schema["properties"]?[key] { return ArgumentShape(own, in: root) }
        let patterns = schema["patternProperties"]?.objectValue?.map(\.value) ?? []
        let others = [schema["additionalProperties"] ?? schema["unevaluatedProperties"]].compactMap { $0 }
        let schemas = (patterns + others).filter { $0.objectValue != nil }
        return ArgumentShape.union(of: schemas.map { ArgumentShape($0, in: root) })
    }
}
