/// Why a conversation does not go on, in words for the person who holds it.
package struct ChatError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One sentence.
    package let description: String

    init(_ description: String) { self.description = description }
}
