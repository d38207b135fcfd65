import JSON

/// Looks up what `$ref` points to inside the same schema.
enum SchemaReference {
    /// Schemas that are looked at for an anchor.
    private static let mostSchemas = 1024
    private static let deepest = 16

    /// The schema at a JSON pointer (RFC 6901) or an anchor behind `#`, either perhaps with percent-encoding.
    static func target(of reference: String, in root: JSONValue) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        let fragment = decoded(reference.dropFirst())
        guard !fragment.isEmpty else { return root }
        guard fragment.hasPrefix("/") else {
            var budget = mostSchemas
            return anchored(fragment, root, depth: 0, &budget)
        }
        var value: JSONValue? = root
        for step in fragment.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let key = String(step).replacing("~1", with: "/").replacing("~0", with: "~")
            if let elements = value?.arrayValue {
                value = Int(key).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            } else {
                value = value?.objectValue?[key]
            }
        }
        return value
    }

    private static func decoded(_ text: Substring) -> String {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let digits = bytes[index...].dropFirst().prefix(2)
            if bytes[index] == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                decoded.append(value)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func anchored(
        _ name: String, _ value: JSONValue, depth: Int, _ budget: inout Int
    ) -> JSONValue? {
        budget -= 1
        guard budget > 0, depth < deepest else { return nil }
        if value["$anchor"]?.stringValue == name || value["$dynamicAnchor"]?.stringValue == name { return value }
        for inner in value.arrayValue ?? value.objectValue?.map(\.value) ?? [] {
            guard inner.objectValue != nil || inner.arrayValue != nil else { continue }
            if let found = anchored(name, inner, depth: depth + 1, &budget) { return found }
        }
        return nil
    }
}
