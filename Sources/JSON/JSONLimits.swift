/// What a text may cost at most before the parser gives up.
package struct JSONLimits: Sendable {
    /// Nesting that no setting can exceed: values are freed recursively, so depth costs stack wherever they travel.
    package static let hardDepth = 256

    /// Containers inside containers, never more than `hardDepth`.
    package let maximumDepth: Int
    /// Length of the whole text.
    package let maximumBytes: Int
    /// Values of every kind together, containers included.
    package let maximumValues: Int

    /// Whether half a surrogate pair is read as U+FFFD: programs that count in UTF-16 cut emoji in two, and one such
    /// text would make every later request of its conversation fail.
    package var replacesLoneSurrogates = false

    /// Bounds in the order in which a text meets them.
    package init(maximumDepth: Int, maximumBytes: Int, maximumValues: Int) {
        self.maximumDepth = min(maximumDepth, Self.hardDepth)
        self.maximumBytes = maximumBytes
        self.maximumValues = maximumValues
    }

    /// For bodies that come over the network.
    package static let request = {
        var limits = JSONLimits(maximumDepth: 64, maximumBytes: 64 << 20, maximumValues: 1_000_000)
        limits.replacesLoneSurrogates = true
        return limits
    }()
    /// For files that the operator chose, such as tokenizer descriptions.
    package static let file = JSONLimits(maximumDepth: 256, maximumBytes: 1 << 30, maximumValues: 50_000_000)
}

/// Why a text is not acceptable JSON, and where.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Byte offset of the first byte that cannot stand.
    package let offset: Int
    /// What is wrong there; never quotes the text.
    package let reason: String

    /// An error at a byte offset.
    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    /// One line for an error message.
    package var description: String { "invalid JSON at byte \(offset): \(reason)" }
}
