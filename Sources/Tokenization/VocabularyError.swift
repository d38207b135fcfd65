/// Why a vocabulary cannot be used; names the item at fault.
package struct VocabularyError: Error, Equatable, CustomStringConvertible {
    /// The sentence to show, for example `merge 17 "a b": "b" is not a piece`.
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }

    package var description: String { reason }
}
