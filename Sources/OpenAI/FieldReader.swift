import JSON

/// Typed reading of one JSON object that was checked with its ``FieldTable``; every error names the field by its full
/// path, and null counts as absent.
struct FieldReader {
    /// The object being read.
    let object: JSONObject
    /// What stands before a field's name in errors: `""`, or e.g. `messages[2].`.
    let prefix: String

    /// The value of a field, nil when absent or null.
    func value(_ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    /// The field's name as the client sees it.
    func path(_ name: String) -> String { prefix + name }

    /// A whole number; its range is the declaration's.
    func integer(_ name: String) throws(APIError) -> Int? {
        guard let value = value(name) else { return nil }
        return try Self.integer(value, in: Int.min...Int.max, path: path(name))
    }

    /// A finite number; its range is the declaration's.
    func number(_ name: String) throws(APIError) -> Double? {
        guard let value = value(name) else { return nil }
        let range = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        return try Self.number(value, in: range, path: path(name))
    }

    /// `true` or `false`.
    func boolean(_ name: String) throws(APIError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let flag = value.boolValue else { throw Self.wrongType(path(name), expected: "a boolean", value) }
        return flag
    }

    /// A string.
    func string(_ name: String) throws(APIError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.stringValue else { throw Self.wrongType(path(name), expected: "a string", value) }
        return text
    }

    /// An object.
    func object(_ name: String) throws(APIError) -> JSONObject? {
        guard let value = value(name) else { return nil }
        guard let object = value.objectValue else { throw Self.wrongType(path(name), expected: "an object", value) }
        return object
    }

    /// An array of at most `limit` elements.
    func array(_ name: String, atMost limit: Int) throws(APIError) -> [JSONValue]? {
        guard let value = value(name) else { return nil }
        guard let elements = value.arrayValue else { throw Self.wrongType(path(name), expected: "an array", value) }
        guard elements.count <= limit else {
            throw .invalid(
                path(name), "'\(path(name))' has \(elements.count) elements; at most \(limit) are allowed.")
        }
        return elements
    }

    /// `value` as a whole number within `range`; never traps, whatever the number.
    static func integer(_ value: JSONValue, in range: ClosedRange<Int>, path: String) throws(APIError) -> Int {
        guard let whole = value.intValue, isExact(value) else {
            guard value.doubleValue != nil else { throw wrongType(path, expected: "an integer", value) }
            throw .invalid(path, "'\(path)' must be an integer from \(bounds(range)).")
        }
        guard let number = Int(exactly: whole), range.contains(number) else {
            throw .invalid(path, "'\(path)' must be an integer from \(bounds(range)); got \(whole).")
        }
        return number
    }

    /// `value` as a finite number within `range`.
    static func number(_ value: JSONValue, in range: ClosedRange<Double>, path: String) throws(APIError) -> Double {
        guard let number = value.doubleValue else { throw wrongType(path, expected: "a number", value) }
        guard number.isFinite, range.contains(number) else {
            throw .invalid(
                path, "'\(path)' must be a number from \(range.lowerBound) to \(range.upperBound); got \(number).")
        }
        return number
    }

    /// The error for a value of another kind than expected.
    static func wrongType(_ path: String, expected: String, _ value: JSONValue) -> APIError {
        APIError(
            status: 400, type: "invalid_request_error",
            message: "Invalid type for '\(path)': expected \(expected), but got \(kind(of: value)) instead.",
            parameter: path, code: "invalid_type")
    }

    /// Whether a number written with a fraction, an exponent or too many digits still is the one that was meant.
    private static func isExact(_ value: JSONValue) -> Bool {
        guard case .double(let number) = value else { return true }
        return number.magnitude <= 0x1p53
    }

    private static func bounds(_ range: ClosedRange<Int>) -> String {
        "\(range.lowerBound) to \(range.upperBound)"
    }

    private static func kind(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .int: "an integer"
        case .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
