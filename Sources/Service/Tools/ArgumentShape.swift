import JSON

/// What a schema says about the type of an argument, so that text is told from other values by it.
///
/// `anyOf: [{"const": "edit"}, {"type": "null"}]` allows text and null, and of all texts `edit`.
struct ArgumentShape: Sendable {
    /// The JSON types that are allowed, `integer` beside `number`; nil: any.
    private(set) var types: Set<String>?
    /// The texts that are allowed; nil: any where text is.
    private(set) var texts: [String]?

    /// Schemas that are looked at for one argument, which bounds references that go in circles.
    private static let mostSchemas = 256
    private static let deepest = 16

    /// Whether it is text and nothing else, whatever it says.
    var isAnyText: Bool { types == ["string"] && texts == nil }

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
        guard let texts, !texts.isEmpty else { return nil }
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
        if let target = schema["$ref"]?.stringValue.flatMap({ Self.target(of: $0, in: root) }) {
            shape.meet(collected(target, root, depth: depth + 1, &budget))
        }
        let names = schema["type"]?.arrayValue ?? [schema["type"]].compactMap { $0 }
        if !names.isEmpty { shape.meet(ArgumentShape(named: names.compactMap(\.stringValue))) }
        if let values = schema["enum"]?.arrayValue { shape.meet(ArgumentShape(of: values)) }
        if let value = schema["const"] { shape.meet(ArgumentShape(of: [value])) }
        for several in [schema["anyOf"], schema["oneOf"]].compactMap({ $0?.arrayValue }) where !several.isEmpty {
            let shapes = several.map { collected($0, root, depth: depth + 1, &budget) }
            shape.meet(shapes.dropFirst().reduce(shapes[0]) { $0.joined(with: $1) })
        }
        for part in schema["allOf"]?.arrayValue ?? [] {
            shape.meet(collected(part, root, depth: depth + 1, &budget))
        }
        return shape
    }

    private init(named names: [String]) {
        types = Set(names + (names.contains("number") ? ["integer"] : []))
        texts = names.contains("string") ? nil : []
    }

    /// Leaves what the other one allows, too.
    private mutating func meet(_ other: ArgumentShape) {
        types = types.map { mine in other.types.map { mine.intersection($0) } ?? mine } ?? other.types
        texts = texts.map { mine in other.texts.map { mine.filter($0.contains) } ?? mine } ?? other.texts
    }

    private func joined(with other: ArgumentShape) -> ArgumentShape {
        var shape = ArgumentShape()
        if let types, let others = other.types { shape.types = types.union(others) }
        if let texts, let others = other.texts { shape.texts = texts + others }
        return shape
    }

    /// What a JSON pointer behind `#` points to (RFC 6901).
    private static func target(of reference: String, in root: JSONValue) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        var value: JSONValue? = root
        for step in reference.dropFirst().split(separator: "/") {
            let key = String(step).replacing("~1", with: "/").replacing("~0", with: "~")
            if let elements = value?.arrayValue {
                value = Int(key).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            } else {
                value = value?.objectValue?[key]
            }
        }
        return value
    }
}
