/// `tojson` as Hugging Face's chat templates know it: Python's `json.dumps` without escaping beyond ASCII.
struct JSONStyle {
    /// Text of one level of indentation; nil writes one line.
    let indentation: String?
    let itemSeparator: String
    let keySeparator: String
    let ensuresASCII: Bool
    let sortsKeys: Bool
}

extension Renderer {
    func json(_ value: Value, style: JSONStyle) throws(TemplateError) -> String {
        var result = ""
        try append(value, style, level: 0, to: &result)
        return result
    }

    private func append(
        _ value: Value, _ style: JSONStyle, level: Int, to result: inout String
    ) throws(TemplateError) {
        try charge(1)
        switch value {
        case .none: result += "null"
        case .bool(let flag): result += flag ? "true" : "false"
        case .int(let number): result += number.description
        case .double(let number): result += number.jsonDescription
        case .string(let text):
            try charge(bytes: text.string.utf8.count)
            result.appendJSON(text.string, ensuresASCII: style.ensuresASCII)
        case .list(let elements), .tuple(let elements):
            try append(elements.values, style, level: level, to: &result)
        case .dict(let table): try append(table, style, level: level, to: &result)
        default: throw TemplateError("Object of type \(value.typeName) is not JSON serializable")
        }
        if result.utf8.count > limits.maximumOutputBytes { try charge(bytes: Int.max) }
    }

    private func append(
        _ values: [Value], _ style: JSONStyle, level: Int, to result: inout String
    ) throws(TemplateError) {
        guard !values.isEmpty else { return result += "[]" }
        result += "["
        for (index, value) in values.enumerated() {
            if index > 0 { result += style.itemSeparator }
            try breakLine(style, level: level + 1, in: &result)
            try append(value, style, level: level + 1, to: &result)
        }
        try breakLine(style, level: level, in: &result)
        result += "]"
    }

    private func append(_ table: Table, _ style: JSONStyle, level: Int, to result: inout String) throws(TemplateError) {
        guard table.count > 0 else { return result += "{}" }
        result += "{"
        var members = table.members
        if style.sortsKeys {
            let positions = members.indices.map { Value.int($0) }
            let order = try sorted(positions, by: table.keys, isReversed: false)
            members = order.compactMap { $0.integer.map { table.members[$0] } }
        }
        for (index, (key, value)) in members.enumerated() {
            if index > 0 { result += style.itemSeparator }
            try breakLine(style, level: level + 1, in: &result)
            result.appendJSON(try jsonKey(key), ensuresASCII: style.ensuresASCII)
            result += style.keySeparator
            try append(value, style, level: level + 1, to: &result)
        }
        try breakLine(style, level: level, in: &result)
        result += "}"
    }

    private func breakLine(_ style: JSONStyle, level: Int, in result: inout String) throws(TemplateError) {
        guard let indentation = style.indentation else { return }
        try charge(bytes: indentation.utf8.count * level)
        result += "\n"
        for _ in 0..<level { result += indentation }
    }

    private func jsonKey(_ key: Value) throws(TemplateError) -> String {
        switch key {
        case .string(let text): return text.string
        case .int(let number): return number.description
        case .double(let number): return number.jsonDescription
        case .bool(let flag): return flag ? "true" : "false"
        case .none: return "null"
        default: throw TemplateError("keys must be str, int, float, bool or None, not \(key.typeName)")
        }
    }
}

extension Double {
    fileprivate var jsonDescription: String {
        isFinite ? pythonDescription : isNaN ? "NaN" : self < 0 ? "-Infinity" : "Infinity"
    }
}

extension String {
    fileprivate mutating func appendJSON(_ text: String, ensuresASCII: Bool) {
        self += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": self += "\\\""
            case "\\": self += "\\\\"
            case "\n": self += "\\n"
            case "\r": self += "\\r"
            case "\t": self += "\\t"
            case "\u{8}": self += "\\b"
            case "\u{C}": self += "\\f"
            default:
                if scalar.value < 0x20 || (ensuresASCII && scalar.value > 0x7E) {
                    for unit in UTF16.encode(scalar) ?? .init() { appendEscape(unit) }
                } else {
                    unicodeScalars.append(scalar)
                }
            }
        }
        self += "\""
    }

    private mutating func appendEscape(_ unit: UInt16) {
        let digits = String(unit, radix: 16)
        self += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
