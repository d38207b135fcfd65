/// A key compared and hashed by its bytes: canonically equivalent spellings neither merge nor collide by design.
package struct ExactKey: Hashable, Sendable {
    /// The key as text.
    package let text: String

    /// A key with this spelling.
    package init(text: String) { self.text = text }

    /// Equality of code points.
    package static func == (left: ExactKey, right: ExactKey) -> Bool { left.text.hasSameBytes(as: right.text) }

    /// Feeds the bytes eight at a time.
    package func hash(into hasher: inout Hasher) {
        var word: UInt64 = 0
        var length = 0
        for byte in text.utf8 {
            word = word << 8 | UInt64(byte)
            length += 1
            if length % 8 == 0 { hasher.combine(word) }
        }
        hasher.combine(word)
        hasher.combine(length)
    }
}

extension String {
    /// Equality of code points, where `==` means canonical equivalence.
    package func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && self == other && utf8.elementsEqual(other.utf8)
    }
}
