import JSON

/// The value of one argument between tags on its way to JSON: text where the schema says so, else what it can be read
/// as.
struct ParameterText: Sendable {
    private static let closingTag = Array("</parameter>".utf8)

    /// The JSON types that the schema allows; nil: any.
    private let types: Set<String>?
    private var hasBegun = false
    private var isAfterOpening = true
    /// The end of a line, which belongs to the closing tag if that follows.
    private var holdsNewline = false
    /// Bytes of the closing tag that have come.
    private var matched = 0
    /// The text of a value that may be no string.
    private var buffer: [UInt8] = []

    /// The value of a parameter with this schema.
    init(schema: JSONValue?) {
        switch schema?["type"] {
        case .string(let type): types = [type]
        case .array(let several): types = Set(several.compactMap(\.stringValue))
        default: types = nil
        }
    }

    private var isText: Bool { types == ["string"] }

    /// Takes the next byte; true when it completes the closing tag.
    mutating func advance(_ byte: UInt8, to text: inout [UInt8]) -> Bool {
        defer { isAfterOpening = false }
        if isAfterOpening, byte == 0x0a { return false }
        if byte == Self.closingTag[matched] {
            matched += 1
            guard matched == Self.closingTag.count else { return false }
            text += close()
            return true
        }
        if holdsNewline { write([0x0a], to: &text) }
        if matched > 0 { write(Self.closingTag[..<matched], to: &text) }
        holdsNewline = byte == 0x0a
        // The tag begins with a byte that it has nowhere else.
        matched = byte == Self.closingTag[0] ? 1 : 0
        if !holdsNewline, matched == 0 { write([byte], to: &text) }
        return false
    }

    /// The rest of the value, where the text ends or the tag is complete.
    mutating func close() -> [UInt8] {
        guard isText else { return value() }
        defer { hasBegun = true }
        return Array((hasBegun ? "\"" : "\"\"").utf8)
    }

    private mutating func write(_ bytes: some Collection<UInt8>, to text: inout [UInt8]) {
        guard isText else { return buffer += bytes }
        if !hasBegun {
            text.append(UInt8(ascii: "\""))
            hasBegun = true
        }
        for byte in bytes {
            if byte == UInt8(ascii: "\\") { text.append(byte) }
            StringText.write(byte, to: &text)
        }
    }

    /// A value that may be something else than a string: JSON of an allowed type, or the text as it is.
    private func value() -> [UInt8] {
        let text = String(decoding: buffer, as: UTF8.self)
        let json = Self.pythonWords[text] ?? text
        if let value = try? JSONParser.parse(json, limits: .request), allows(value) { return Array(json.utf8) }
        return Array(JSONValue.string(text).serialized().utf8)
    }

    private static let pythonWords = ["True": "true", "False": "false", "None": "null"]

    private func allows(_ value: JSONValue) -> Bool {
        guard let types else { return value.stringValue == nil }
        switch value {
        case .null: return types.contains("null")
        case .bool: return types.contains("boolean")
        case .int: return types.contains("integer") || types.contains("number")
        case .double: return types.contains("number")
        case .string: return false
        case .array: return types.contains("array")
        case .object: return types.contains("object")
        }
    }
}
