/// How one value is to be formatted: `>8.2f` and the like.
struct FormatSpec {
    var fill: Unicode.Scalar = " "
    var alignment: Unicode.Scalar?
    var sign = ""
    var width = 0
    var precision: Int?
    var grouping = false
    /// The conversion; a space stands for none.
    var type: Unicode.Scalar = " "

    /// Whether nothing but the value itself is asked for.
    var isPlain: Bool { width == 0 && precision == nil && type == " " && !grouping && sign.isEmpty }

    init() {}

    /// The part behind the colon of a replacement field.
    init(_ text: String) throws(TemplateError) {
        var reader = FormatReader(text)
        if let second = reader.peek(1), "<>=^".unicodeScalars.contains(second) {
            fill = reader.next() ?? " "
            alignment = reader.next()
        } else if let first = reader.peek(0), "<>=^".unicodeScalars.contains(first) {
            alignment = reader.next()
        }
        if reader.take("+") { sign = "+" } else if reader.take(" ") { sign = " " } else { _ = reader.take("-") }
        if reader.take("0"), alignment == nil {
            fill = "0"
            alignment = "="
        }
        width = reader.number() ?? 0
        grouping = reader.take(",")
        if reader.take(".") { precision = reader.number() ?? 0 }
        type = reader.next() ?? " "
        guard reader.next() == nil else { throw TemplateError("invalid format specifier") }
    }
}

/// A replacement field: `{name!conversion:spec}`.
struct FormatField {
    var name = ""
    var conversion: Unicode.Scalar?
    var spec = ""
}

/// Reads a format string one code point at a time.
struct FormatReader {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    func peek(_ offset: Int) -> Unicode.Scalar? {
        position + offset < scalars.count ? scalars[position + offset] : nil
    }

    mutating func next() -> Unicode.Scalar? {
        guard position < scalars.count else { return nil }
        position += 1
        return scalars[position - 1]
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek(0) == scalar else { return false }
        position += 1
        return true
    }

    /// A number; anything larger than any text may be reads as a number larger than that.
    mutating func number() -> Int? {
        var total: Int?
        while let digit = peek(0), digit.value &- 0x30 < 10 {
            total = min((total ?? 0) * 10 + Int(digit.value - 0x30), 1 << 40)
            position += 1
        }
        return total
    }

    /// Everything before a mark, which is read as well.
    mutating func text(upTo mark: Unicode.Scalar) -> String {
        var text = String.UnicodeScalarView()
        while let scalar = next(), scalar != mark { text.append(scalar) }
        return String(text)
    }

    /// A name up to `.` or `[`.
    mutating func fieldPart() -> String {
        var text = String.UnicodeScalarView()
        while let scalar = peek(0), scalar != ".", scalar != "[" {
            text.append(scalar)
            position += 1
        }
        return String(text)
    }

    /// Flags, width and precision behind a `%`.
    mutating func percentSpec() -> FormatSpec {
        var spec = FormatSpec()
        while let flag = peek(0) {
            switch flag {
            case "-": spec.alignment = "<"
            case "+": spec.sign = "+"
            case " ": if spec.sign.isEmpty { spec.sign = " " }
            case "0":
                if spec.alignment == nil {
                    spec.fill = "0"
                    spec.alignment = "="
                }
            case "#": break
            default:
                spec.width = number() ?? 0
                if take(".") { spec.precision = number() ?? 0 }
                if spec.alignment == "<" { spec.fill = " " }
                return spec
            }
            position += 1
        }
        return spec
    }

    /// A replacement field, its opening brace being read. Fields inside the spec are refused.
    mutating func field() throws(TemplateError) -> FormatField {
        var field = FormatField()
        while let scalar = next() {
            switch scalar {
            case "}": return field
            case "!":
                field.conversion = next()
            case ":":
                while let part = peek(0), part != "}" {
                    guard part != "{" else { throw TemplateError("nested replacement fields are not supported") }
                    field.spec.unicodeScalars.append(part)
                    position += 1
                }
            case "{": throw TemplateError("unexpected '{' in field name")
            default: field.name.unicodeScalars.append(scalar)
            }
        }
        throw TemplateError("expected '}' before end of string")
    }
}
