import JSON

/// Python's `"…" % values` and `"…".format(…)`, without any reach into the objects that are formatted.
extension Renderer {
    /// `format % arguments`.
    func format(_ format: Text, with arguments: Value) throws(TemplateError) -> Text {
        try charge(bytes: 4 * format.string.utf8.count)
        var reader = FormatReader(format.string)
        var pending: [Value] = if case .tuple(let elements) = arguments { elements.values } else { [arguments] }
        var isMapped = false
        var result = MarkedText()
        while let scalar = reader.next() {
            guard scalar == "%" else {
                result.append(String(scalar))
                continue
            }
            if reader.take("%") {
                result.append("%")
                continue
            }
            var value: Value?
            if reader.take("(") {
                isMapped = true
                value = try item(.template(reader.text(upTo: ")")), of: arguments)
            }
            var spec = reader.percentSpec()
            guard let conversion = reader.next() else { throw TemplateError("incomplete format") }
            if value == nil, !pending.isEmpty { value = pending.removeFirst() }
            guard let value else { throw TemplateError("not enough arguments for format string") }
            spec.type = conversion
            result.append(try self.format(value, percent: spec), of: value)
            try charge(bytes: result.string.utf8.count)
        }
        var isDict = false
        if case .dict = arguments { isDict = true }
        guard pending.isEmpty || isMapped || isDict else {
            throw TemplateError("not all arguments converted during string formatting")
        }
        return format.formatted(result)
    }

    private func format(_ value: Value, percent spec: FormatSpec) throws(TemplateError) -> String {
        var spec = spec
        switch spec.type {
        case "s", "r", "a":
            let text = spec.type == "s" ? try text(of: value) : try representation(of: value)
            spec.type = "s"
            let cut = spec.precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
            return try padded(cut, spec, isNumber: true)
        case "d", "i", "u", "x", "X", "o":
            guard let number = value.number else {
                throw TemplateError("%\(spec.type) format: a real number is required, not \(value.typeName)")
            }
            guard let whole = value.integer ?? Int(exactly: number.rounded(.towardZero)) else {
                throw TemplateError("integer overflow")
            }
            if spec.type == "i" || spec.type == "u" { spec.type = "d" }
            return try format(.int(whole), spec)
        case "f", "F", "e", "E", "g", "G":
            guard let number = value.number else { throw TemplateError("must be real number, not \(value.typeName)") }
            return try format(.double(number), spec)
        case "c":
            guard let text = (try? self.text(of: value)), text.codePointCount == 1 else {
                throw TemplateError("%c requires int or char")
            }
            return try padded(text, spec, isNumber: true)
        default: throw TemplateError("unsupported format character '\(spec.type)'")
        }
    }

    /// `format.format(…)`.
    func format(_ format: Text, _ arguments: Arguments) throws(TemplateError) -> Text {
        try charge(bytes: 4 * format.string.utf8.count)
        var reader = FormatReader(format.string)
        var automatic = 0
        var result = MarkedText()
        while let scalar = reader.next() {
            switch scalar {
            case "{" where !reader.take("{"):
                let field = try reader.field()
                let value = try self.value(of: field.name, arguments, &automatic)
                result.append(try self.format(value, field), of: value)
                try charge(bytes: result.string.utf8.count)
            case "}" where !reader.take("}"): throw TemplateError("single '}' encountered in format string")
            default: result.append(String(scalar))
            }
        }
        return format.formatted(result)
    }

    private func format(_ value: Value, _ field: FormatField) throws(TemplateError) -> String {
        switch field.conversion {
        case "r", "a": return try format(.string(try representation(of: value)), try FormatSpec(field.spec))
        case "s": return try format(.string(try text(of: value)), try FormatSpec(field.spec))
        case nil: return field.spec.isEmpty ? try text(of: value) : try format(value, try FormatSpec(field.spec))
        default: throw TemplateError("unknown conversion in format string")
        }
    }

    private func value(
        of name: String, _ arguments: Arguments, _ automatic: inout Int
    ) throws(TemplateError) -> Value {
        var reader = FormatReader(name)
        let first = reader.fieldPart()
        var value: Value
        if first.isEmpty || first.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) {
            let index = first.isEmpty ? automatic : Int(first) ?? Int.max
            if first.isEmpty { automatic += 1 }
            guard arguments.positional.indices.contains(index) else {
                throw TemplateError("replacement index out of range for positional arguments")
            }
            value = arguments.positional[index]
        } else {
            guard let named = arguments.named.first(where: { $0.name == first }) else {
                throw TemplateError("format has no argument '\(first)'")
            }
            value = named.value
        }
        while let mark = reader.next() {
            let part = mark == "[" ? reader.text(upTo: "]") : reader.fieldPart()
            let key = Int(part).map { Value.int($0) } ?? .string(part)
            value = mark == "." ? try attribute(part, of: value) : try item(key, of: value)
        }
        return value
    }

    // MARK: One value

    private func format(_ value: Value, _ spec: FormatSpec) throws(TemplateError) -> String {
        if case .string(let text) = value {
            guard spec.type == "s" || spec.type == " " else { throw TemplateError("unknown format code for a string") }
            let cut = spec.precision.map { String(text.string.unicodeScalars.prefix($0)) } ?? text.string
            return try padded(cut, spec, isNumber: false)
        }
        guard let number = value.number else {
            guard spec.isPlain else { throw TemplateError("unsupported format string for \(value.typeName)") }
            return try text(of: value)
        }
        // Exact decimal digits take work that grows with the exponent.
        try charge(spec.type == "f" || spec.type == "F" || spec.type == "%" || spec.precision != nil ? 2_000 : 1)
        var digits: String
        switch spec.type {
        case "f", "F": digits = try number.magnitude.fixed(spec.precision ?? 6)
        case "%": digits = try (number.magnitude * 100).fixed(spec.precision ?? 6) + "%"
        case "e", "E", "g", "G", "n": throw TemplateError("format code '\(spec.type)' is not supported")
        default: digits = try wholeDigits(value, spec)
        }
        if spec.grouping { digits = digits.groupedByThousands }
        let isNegative = number < 0 || (number == 0 && number.sign == .minus)
        return try padded((isNegative ? "-" : spec.sign) + digits, spec, isNumber: true)
    }

    private func wholeDigits(_ value: Value, _ spec: FormatSpec) throws(TemplateError) -> String {
        guard let whole = value.integer else {
            guard case .double(let number) = value, spec.type == " " else {
                throw TemplateError("unknown format code for a float")
            }
            return try spec.precision.map { places throws(TemplateError) in try number.magnitude.fixed(places) }
                ?? number.magnitude.pythonDescription
        }
        switch spec.type {
        case "x": return String(whole.magnitude, radix: 16)
        case "X": return String(whole.magnitude, radix: 16, uppercase: true)
        case "o": return String(whole.magnitude, radix: 8)
        case "b": return String(whole.magnitude, radix: 2)
        default: return whole.magnitude.description
        }
    }

    private func padded(_ text: String, _ spec: FormatSpec, isNumber: Bool) throws(TemplateError) -> String {
        let missing = spec.width - text.codePointCount
        guard missing > 0 else { return text }
        try charge(bytes: spec.width)
        let alignment = spec.alignment ?? (isNumber ? ">" : "<")
        let before = alignment == "<" ? 0 : alignment == "^" ? missing / 2 : missing
        let fill = String(spec.fill)
        if alignment == "=" {
            let sign = text.hasPrefix("-") || text.hasPrefix("+") ? 1 : 0
            return text.prefix(sign) + String(repeating: fill, count: missing) + text.dropFirst(sign)
        }
        return String(repeating: fill, count: before) + text + String(repeating: fill, count: missing - before)
    }
}

extension MarkedText {
    /// Adds what formatting a value gave.
    fileprivate mutating func append(_ text: String, of value: Value) {
        if case .string(let original) = value, original.string.hasSameBytes(as: text) { return append(original.marked) }
        append(MarkedText(text, request: RequestRanges(all: value.mayHoldRequest ? text.utf8.count : 0)))
    }
}

extension Text {
    /// The result of formatting with this text: all the request's if the format is.
    fileprivate func formatted(_ result: MarkedText) -> Text {
        let ranges = request.isEmpty ? result.request : RequestRanges(all: result.string.utf8.count)
        return Text(result.string, isMarkup: isMarkup, request: ranges)
    }
}

extension String {
    /// `1234567.5` → `1,234,567.5`.
    fileprivate var groupedByThousands: String {
        let whole = prefix { $0.isNumber }
        var grouped = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { grouped += "," }
            grouped.append(digit)
        }
        return grouped + dropFirst(whole.count)
    }
}
