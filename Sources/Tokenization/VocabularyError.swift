/// Why a vocabulary cannot be used; names the item at fault.
package struct VocabularyError: Error, Equatable, CustomStringConvertible {
    /// The sentence to show, for example `merge 17 "a b": "b" is not a piece`.
    package let reason: String
    /// The key at fault in a model file, without the `tokenizer.ggml.` that all of them begin with.
    package let key: String

    /// An error with the sentence to show; most are about the pieces.
    package init(_ reason: String, key: String = "tokens") {
        self.reason = reason
        self.key = key
    }

    /// The same sentence.
    package var description: String { reason }
}
