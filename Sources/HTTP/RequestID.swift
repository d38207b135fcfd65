/// The name under which a request appears in logs and in `x-request-id`.
package enum RequestID {
    /// Longest identifier taken from a client, in bytes.
    package static let maximumBytes = 128

    /// The client's own identifier, if it sent exactly one of 1…128 visible ASCII characters.
    package static func own(_ fields: Fields) -> String? {
        let values = fields.values("x-request-id")
        guard values.count == 1, let value = values.first, (1...maximumBytes).contains(value.utf8.count),
            value.utf8.allSatisfy(ASCII.isVisible)
        else { return nil }
        return value
    }
}
