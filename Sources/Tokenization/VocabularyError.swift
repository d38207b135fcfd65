/// Why a vocabulary cannot be used; names the item at fault.
package struct VocabularyError: Error, Equatable, CustomStringConvertible {
    /// The sentence to show, for example `merge 17 "a b": "b" is not a piece`.
    package let reason: String

    /// An error with the sentence to show.
    package init(_ reason: String) {
        self.reason = reason
    }

    /// The same sentence.
    package var description: String { reason }
}
