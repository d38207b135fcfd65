import JSON
import OpenAI

/// The value of one argument between tags on its way to JSON: text where the schema says so, else what it can be read
/// as.
struct ParameterValue: Sendable {
    private let shape: ArgumentShape
    private var hasBegun = false
    /// The text of a value that may be no string.
    private var buffer: [UInt8] = []

    /// A value of this shape.
    init(_ shape: ArgumentShape) { self.shape = shape }

    /// Takes more of the value's text and adds to `text` what is certain of its JSON.
    mutating func write(_ bytes: some Collection<UInt8>, to text: inout [UInt8]) {
        guard shape.isAnyText else { return buffer += bytes }
        if !hasBegun {
            text.append(UInt8(ascii: "\""))
            hasBegun = true
        }
        for byte in bytes {
            if byte == UInt8(ascii: "\\") { text.append(byte) }
            StringText.write(byte, to: &text)
        }
    }

    /// The rest of the value's JSON.
    mutating func close() -> [UInt8] {
        guard shape.isAnyText else { return value() }
        defer { hasBegun = true }
        return Array((hasBegun ? "\"" : "\"\"").utf8)
    }

    /// A value that may be something else than a string: JSON of an allowed type, or the text as it is.
    private func value() -> [UInt8] {
        let text = String(decoding: buffer, as: UTF8.self)
        if let listed = shape.listed(text) { return Array(JSONValue.string(listed).serialized().utf8) }
        if let json = read(buffer) ?? (shape.allowsText ? nil : unwrapped(text)) { return json }
        return Array(JSONValue.string(text).serialized().utf8)
    }

    /// Where no text may stand: what is meant by quotation marks around it, a block of code, or a word in other letters.
    private func unwrapped(_ text: String) -> [UInt8]? {
        if let inner = (try? JSONParser.parse(text, limits: .request))?.stringValue { return read(Array(inner.utf8)) }
        let bare = Self.trimmed(buffer[...])
        let word = String(decoding: bare, as: UTF8.self).lowercased()
        if ["true", "false", "null"].contains(word), let json = read(Array(word.utf8)) { return json }
        let fence = Array(ToolFormat.fence.utf8)
        guard bare.starts(with: fence), bare.dropFirst(fence.count).suffix(fence.count) == fence[...] else {
            return nil
        }
        let inside = bare.dropFirst(fence.count).dropLast(fence.count)
        guard let language = inside.firstIndex(where: { !ToolDefinition.isNameByte($0) }) else { return nil }
        return read(Array(inside[language...]))
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let front = bytes.drop { ArgumentText.isBlank($0) }
        return front.prefix(front.count - front.reversed().prefix { ArgumentText.isBlank($0) }.count)
    }

    /// The text as JSON of an allowed type, in JSON's spelling or in Python's.
    private func read(_ bytes: [UInt8]) -> [UInt8]? {
        if let value = try? JSONParser.parse(bytes, limits: .request) { return shape.allows(value) ? bytes : nil }
        guard let json = Self.json(ofPython: bytes, takesTuples: !shape.allowsText),
            let value = try? JSONParser.parse(json, limits: .request), shape.allows(value)
        else { return nil }
        return json
    }

    /// JSON of a value as Python writes it; nil of anything else.
    private static func json(ofPython bytes: [UInt8], takesTuples: Bool) -> [UInt8]? {
        let start = bytes.first { !ArgumentText.isBlank($0) }
        guard let start, takesTuples || start != UInt8(ascii: "(") else { return nil }
        return ArgumentText.json(of: bytes, isPython: true)
    }
}
