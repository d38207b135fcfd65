/// Python's `str` and `repr`.
extension Renderer {
    /// What printing a value gives.
    func text(of value: Value) throws(TemplateError) -> String {
        switch value {
        case .string(let text): return text.string
        case .undefined: return ""
        case .int(let number): return number.description
        default: return try representation(of: value)
        }
    }

    /// What printing a value gives, with what of it came with the request.
    func printed(_ value: Value) throws(TemplateError) -> MarkedText {
        if case .string(let text) = value { return text.marked }
        let text = try text(of: value)
        return MarkedText(text, request: RequestRanges(all: value.mayHoldRequest ? text.utf8.count : 0))
    }

    /// What a value looks like inside a printed list.
    func representation(of value: Value) throws(TemplateError) -> String {
        var result = ""
        try append(value, to: &result)
        return result
    }

    private func append(_ value: Value, to result: inout String) throws(TemplateError) {
        try charge(1)
        switch value {
        case .undefined: result += "Undefined"
        case .none: result += "None"
        case .bool(let flag): result += flag ? "True" : "False"
        case .int(let number): result += number.description
        case .double(let number): result += number.pythonDescription
        case .string(let text):
            try charge(bytes: 4 * text.string.utf8.count)
            let quoted = text.string.pythonRepresentation
            result += text.isMarkup ? "Markup(\(quoted))" : quoted
        case .list(let elements): try append(elements.values, "[", "]", to: &result)
        case .tuple(let elements):
            try append(elements.values, "(", elements.values.count == 1 ? ",)" : ")", to: &result)
        case .dict(let table): try append(table.members, to: &result)
        case .view(let view):
            result += view.kind.rawValue
            try append(view.values, "([", "])", to: &result)
        default: result += try objectRepresentation(of: value)
        }
        try charge(bytes: result.utf8.count > limits.maximumOutputBytes ? Int.max : 0)
    }

    private func append(
        _ values: [Value], _ open: String, _ close: String, to result: inout String
    ) throws(TemplateError) {
        result += open
        for (index, value) in values.enumerated() {
            if index > 0 { result += ", " }
            try append(value, to: &result)
        }
        result += close
    }

    private func append(_ members: [Table.Member], to result: inout String) throws(TemplateError) {
        result += "{"
        for (index, (key, value)) in members.enumerated() {
            if index > 0 { result += ", " }
            try append(key, to: &result)
            result += ": "
            try append(value, to: &result)
        }
        result += "}"
    }

    private func objectRepresentation(of value: Value) throws(TemplateError) -> String {
        switch value {
        case .range(let range):
            let stop = range.start &+ range.step &* range.count
            return range.step == 1
                ? "range(\(range.start), \(stop))" : "range(\(range.start), \(stop), \(range.step))"
        case .namespace(let namespace):
            return try nested { () throws(TemplateError) in
                let members = namespace.members.map { Table.Member(.string($0.key), $0.value) }
                var result = "<Namespace "
                try append(members, to: &result)
                return result + ">"
            }
        case .loop(let loop): return "<LoopContext \(loop.index0 + 1)/\(try loop.length())>"
        case .function(let function):
            guard case .macro(let macro, _) = function.kind else { return "<function>" }
            return "<Macro '\(macro.name)'>"
        default: return "<\(value.typeName)>"
        }
    }
}

extension Double {
    /// Shortest digits that read back the same, with Python's choice between plain and scientific.
    var pythonDescription: String {
        guard isFinite else { return isNaN ? "nan" : self < 0 ? "-inf" : "inf" }
        guard self != 0 else { return sign == .minus ? "-0.0" : "0.0" }
        let (digits, exponent) = magnitude.shortestDigits
        let sign = self < 0 ? "-" : ""
        if exponent < -4 || exponent >= 16 {
            let rest = digits.dropFirst()
            let size = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
            return sign + digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e" + (exponent < 0 ? "-" : "+") + size
        }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
        let whole = digits.count > exponent + 1 ? exponent + 1 : digits.count
        let zeros = String(repeating: "0", count: exponent + 1 - whole)
        let fraction = digits.dropFirst(whole)
        return sign + digits.prefix(whole) + zeros + "." + (fraction.isEmpty ? "0" : String(fraction))
    }

    /// Significant digits and the decimal exponent of the first one.
    private var shortestDigits: (digits: String, exponent: Int) {
        let parts = description.split(separator: "e")
        let exponent = parts.count > 1 ? Int(parts[1].drop { $0 == "+" }) ?? 0 : 0
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = String(mantissa[0])
        let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
        let all = whole + fraction
        let leading = all.prefix { $0 == "0" }.count
        var digits = String(all.dropFirst(leading))
        while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        return (digits, exponent + whole.count - 1 - leading)
    }
}

extension String {
    /// Python's `repr` of a string.
    var pythonRepresentation: String {
        let quote: Unicode.Scalar = contains("'") && !contains("\"") ? "\"" : "'"
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in unicodeScalars {
            switch scalar {
            case quote, "\\":
                result.append("\\")
                result.append(scalar)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\r": result.append(contentsOf: "\\r".unicodeScalars)
            case "\t": result.append(contentsOf: "\\t".unicodeScalars)
            default:
                if scalar.isPythonPrintable {
                    result.append(scalar)
                } else {
                    result.append(contentsOf: scalar.pythonEscape.unicodeScalars)
                }
            }
        }
        result.append(quote)
        return String(result)
    }
}

extension Unicode.Scalar {
    /// Python's `str.isspace` of one character.
    var isPythonSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// Python's `str.isprintable` of one character.
    var isPythonPrintable: Bool {
        if value >= 0x20, value < 0x7F { return true }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }

    /// `\x7f`, `\u200b` or `\U000e0001`.
    fileprivate var pythonEscape: String {
        let digits = String(value, radix: 16)
        let (letter, width) = value < 0x100 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
    }
}
