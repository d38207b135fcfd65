import JSON

/// What a schema says about the type of an argument, so that text is told from other values by it.
///
/// `anyOf: [{"const": "edit"}, {"type": "null"}]` allows text and null, and of all texts `edit`.
struct ArgumentShape: Sendable {
    /// The JSON types that are allowed, `integer` beside `number`; nil: any.
    private(set) var types: Set<String>?
    /// The texts that are listed.
    private(set) var texts: [String] = []
    /// Whether other texts are allowed, too, where text is.
    private(set) var allowsOtherTexts = true

    /// Schemas that are looked at for one argument, which bounds circular references.
    private static let mostSchemas = 256
    private static let deepest = 16

    /// Whether it is text and nothing else, whatever it says.
    var isAnyText: Bool { types == ["string"] && texts.isEmpty && allowsOtherTexts }

    /// Whether text is allowed.
    var allowsText: Bool { types?.contains("string") ?? true }

    /// The shape that a schema describes inside `root`, to which its references point; nil allows anything.
    init(_ schema: JSONValue?, in root: JSONValue) {
        var budget = Self.mostSchemas
        self = schema.map { Self.collected($0, root, depth: 0, &budget) } ?? Self()
    }

    private init() {}

    private init(of values: [JSONValue]) {
        types = Set(values.flatMap(Self.types(of:)))
        texts = values.compactMap(\.stringValue)
        allowsOtherTexts = false
    }

    /// Whether a value other than text is allowed.
    func allows(_ value: JSONValue) -> Bool {
        guard value.stringValue == nil else { return false }
        guard let types else { return true }
        if case .double(let number) = value, types.contains("integer"), number == number.rounded() { return true }
        return Self.types(of: value).contains(where: types.contains)
    }

    /// The text of the schema's list that is meant, with or without quotation marks.
    func listed(_ text: String) -> String? {
        guard !texts.isEmpty else { return nil }
        let bare = Self.trimmed(text[...])
        var candidates = [text[...], bare]
        if bare.utf8.count > 1, let mark = bare.first, mark == bare.last, mark == "\"" || mark == "'" {
            candidates.append(bare.dropFirst().dropLast())
        }
        return texts.first { listed in candidates.contains { $0 == listed } }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    private static func types(of value: JSONValue) -> [String] {
        switch value {
        case .null: ["null"]
        case .bool: ["boolean"]
        case .int: ["integer"]
        case .double: ["number"]
        case .string: ["string"]
        case .array: ["array"]
        case .object: ["object"]
        }
    }
}

extension ArgumentShape {
    private static func collected(
        _ schema: JSONValue, _ root: JSONValue, depth: Int, _ budget: inout Int
    ) -> ArgumentShape {
        budget -= 1
        var shape = ArgumentShape()
        guard budget > 0, depth < deepest, schema.objectValue != nil else { return shape }
        if let target = schema["$ref"]?.stringValue.flatMap({ SchemaReference.target(of: $0, in: root) }) {
            shape.meet(collected(target, root, depth: depth + 1, &budget))
        }
        let names = schema["type"]?.arrayValue ?? [schema["type"]].compactMap { $0 }
        if !names.isEmpty { shape.meet(ArgumentShape(named: names.compactMap(\.stringValue))) }
        if let values = schema["enum"]?.arrayValue { shape.meet(ArgumentShape(of: values)) }
        if let value = schema["const"] { shape.meet(ArgumentShape(of: [value])) }
        for several in [schema["anyOf"], schema["oneOf"]].compactMap({ $0?.arrayValue }) where !several.isEmpty {
            if let joined = union(of: several.map({ collected($0, root, depth: depth + 1, &budget) })) {
                shape.meet(joined)
            }
        }
        for part in schema["allOf"]?.arrayValue ?? [] {
            shape.meet(collected(part, root, depth: depth + 1, &budget))
        }
        // OpenAPI's word for null beside a type.
        if schema["nullable"]?.boolValue == true { shape.types?.insert("null") }
        return shape
    }

    /// What one of several shapes allows; nil of none.
    static func union(of shapes: [ArgumentShape]) -> ArgumentShape? {
        shapes.first.map { first in shapes.dropFirst().reduce(first) { $0.joined(with: $1) } }
    }

    private init(named names: [String]) {
        types = Set(names + (names.contains("number") ? ["integer"] : []))
        allowsOtherTexts = names.contains("string")
    }

    /// Leaves what the other one allows, too.
    mutating func meet(_ other: ArgumentShape) {
        types = types.map { mine in other.types.map { mine.intersection($0) } ?? mine } ?? other.types
        switch (allowsOtherTexts, other.allowsOtherTexts) {
        case (true, true): texts += other.texts
        case (true, false): texts = other.texts
        case (false, true): break
        case (false, false): texts = texts.filter(other.texts.contains)
        }
        allowsOtherTexts = allowsOtherTexts && other.allowsOtherTexts
    }

    private func joined(with other: ArgumentShape) -> ArgumentShape {
        var shape = ArgumentShape()
        if let types, let others = other.types { shape.types = types.union(others) }
        shape.texts = texts + other.texts
        shape.allowsOtherTexts = allowsOtherTexts || other.allowsOtherTexts
        return shape
    }
}
