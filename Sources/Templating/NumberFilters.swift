/// Filters that make numbers.
enum NumberFilter: String, Sendable {
    case int, float, abs, round
}

extension Renderer {
    func apply(_ filter: NumberFilter, to value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        if case .undefined(let undefined) = value { throw TemplateError(undefined.message) }
        if case .string(let text) = value { try charge(bytes: 8 * text.string.utf8.count) }
        if filter == .round { try charge(2_000) }
        switch filter {
        case .int: return try integerFilter(value, arguments)
        case .float:
            let preset = try arguments.bound(to: "default", by: "float")[0]
            if let number = value.number { return .double(number) }
            guard case .string(let text) = value, let number = text.string.pythonDouble else {
                return preset ?? .double(0)
            }
            return .double(number)
        case .abs:
            if case .double(let number) = value { return .double(number.magnitude) }
            guard let number = value.integer else {
                throw TemplateError("bad operand type for abs(): '\(value.typeName)'")
            }
            return number < 0 ? try negative(.int(number)) : .int(number)
        case .round: return try round(value, arguments)
        }
    }

    private func integerFilter(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "default", "base", by: "int")
        let preset = values[0] ?? .int(0)
        var number: Double?
        switch value {
        case .int, .bool: return .int(value.integer ?? 0)
        case .double(let double): number = double
        case .string(let text):
            let base = try integer(values[1], or: 10)
            if let whole = text.string.pythonInteger(base: base) { return .int(whole) }
            number = text.string.pythonDouble
        default: break
        }
        guard let number, number.isFinite else { return preset }
        guard let whole = Int(exactly: number.rounded(.towardZero)) else { throw TemplateError("integer overflow") }
        return .int(whole)
    }

    private func round(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "precision", "method", by: "round")
        let places = try integer(values[0], or: 0)
        let method = try string(values[1], or: "common")
        guard let number = value.number else {
            throw TemplateError("type \(value.typeName) doesn't define __round__ method")
        }
        guard (-300...100).contains(places) else { throw TemplateError("precision out of range") }
        switch method {
        case "common": return try commonRound(value, number, places)
        case "ceil", "floor":
            guard case .double(let scale) = try calculate(.power, .double(10), .int(places)) else { return value }
            return .double((number * scale).rounded(method == "ceil" ? .up : .down) / scale)
        default: throw TemplateError("method must be common, ceil or floor")
        }
    }

    private func commonRound(_ value: Value, _ number: Double, _ places: Int) throws(TemplateError) -> Value {
        if let whole = value.integer, places >= 0 { return .int(whole) }
        if places < 0 {
            guard case .double(let scale) = try calculate(.power, .double(10), .int(-places)) else { return value }
            let rounded = (number / scale).rounded(.toNearestOrEven) * scale
            guard value.integer != nil else { return .double(rounded) }
            guard let whole = Int(exactly: rounded) else { throw TemplateError("integer overflow") }
            return .int(whole)
        }
        guard number.isFinite, number.magnitude < 1e22 else { return .double(number) }
        return .double(Double(try number.fixed(places)) ?? number)
    }
}

extension String {
    /// Python's `float(text)`.
    var pythonDouble: Double? {
        let text = withoutDigitSeparators
        guard !text.contains("x"), !text.contains("X"), !text.contains("p") else { return nil }
        return Double(text)
    }

    /// Python's `int(text, base)`.
    func pythonInteger(base: Int) -> Int? {
        guard base == 0 || (2...36).contains(base) else { return nil }
        var text = withoutDigitSeparators.lowercased()
        var sign = ""
        if text.hasPrefix("-") || text.hasPrefix("+") { sign = String(text.removeFirst()) }
        let radix = base == 0 ? 10 : base
        let prefixes = [("0x", 16), ("0o", 8), ("0b", 2)].filter { base == 0 || base == $0.1 }
        for (prefix, value) in prefixes where text.hasPrefix(prefix) {
            text.removeFirst(2)
            return text.first.map { $0 != "-" && $0 != "+" } ?? false ? Int(sign + text, radix: value) : nil
        }
        return text.first.map { $0 != "-" && $0 != "+" } ?? false ? Int(sign + text, radix: radix) : nil
    }

    /// Without white space around and without single underscores between digits.
    private var withoutDigitSeparators: String {
        let text = stripped(of: nil, start: true, end: true)
        guard text.contains("_") else { return text }
        var previous: Character = "_"
        for character in text {
            if character == "_", !previous.isNumber { return "" }
            if previous == "_", !character.isNumber, character != text.first { return "" }
            previous = character
        }
        return previous == "_" ? "" : text.filter { $0 != "_" }
    }
}
