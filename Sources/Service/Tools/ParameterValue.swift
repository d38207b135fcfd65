import JSON

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
        if let json = read(buffer) { return json }
        // Where no text may stand, quotation marks are around what is meant.
        if !shape.allowsText, let inner = (try? JSONParser.parse(text, limits: .request))?.stringValue,
            let json = read(Array(inner.utf8))
        {
            return json
        }
        return Array(JSONValue.string(text).serialized().utf8)
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
        var reader = ArgumentText(isPython: true)
        var json: [UInt8] = []
        let start = bytes.first { !ArgumentText.isBlank($0) }
        guard let start, takesTuples || start != UInt8(ascii: "(") else { return nil }
        for byte in bytes where !(reader.isDone && ArgumentText.isBlank(byte)) {
            switch reader.advance(byte, to: &json) {
            case .more, .complete: continue
            case .ended, .refused: return nil
            }
        }
        return reader.isDone ? json : nil
    }
}
