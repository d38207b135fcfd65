/// A row of a batch written out: for code that makes a batch by hand.
package struct BatchRow: Sendable {
    /// Which of the tokens get a row of logits.
    package enum Outputs: Sendable {
        /// None: more of the prompt is to come.
        case none
        /// The last one.
        case last
        /// All of them.
        case all
    }

    /// The tokens, oldest first.
    package let tokens: [Int32]
    /// Position of `tokens[0]` in the sequence.
    package let position: Int
    /// The sequence's pages in order; they cover every position up to the last of `tokens`.
    package let pages: [Int32]
    /// Which tokens get logits.
    package let outputs: Outputs

    /// The next tokens of a sequence that has `position` tokens in the cache.
    package init(tokens: [Int32], position: Int, pages: [Int32], outputs: Outputs) {
        self.tokens = tokens
        self.position = position
        self.pages = pages
        self.outputs = outputs
    }
}
