/// A set of tokens, one bit each: what a grammar allows next, or what may be sampled at all.
package struct TokenMask: Sendable, Equatable {
    /// How many tokens the mask speaks about; tokens beyond are never allowed.
    package let vocabulary: Int
    /// Token t is bit t % 64 of word t / 64.
    private(set) var words: [UInt64]

    /// A mask that allows nothing.
    package init(vocabulary: Int) {
        precondition(vocabulary >= 0, "a vocabulary has a size")
        self.vocabulary = vocabulary
        words = [UInt64](repeating: 0, count: (vocabulary + 63) / 64)
    }

    /// A mask of ready words: token t is bit t % 64 of word t / 64; bits beyond the vocabulary are 0.
    package init(vocabulary: Int, words: [UInt64]) {
        precondition(words.count == (vocabulary + 63) / 64, "a mask has one bit for each token")
        self.vocabulary = vocabulary
        self.words = words
    }

    /// A mask that allows every token of the vocabulary.
    package static func all(vocabulary: Int) -> TokenMask {
        var mask = TokenMask(vocabulary: vocabulary)
        for index in mask.words.indices { mask.words[index] = .max }
        if vocabulary % 64 != 0 { mask.words[mask.words.count - 1] = (1 << UInt64(vocabulary % 64)) - 1 }
        return mask
    }

    /// Whether `token` is allowed; false for ids outside the vocabulary.
    package func allows(_ token: Int32) -> Bool {
        guard token >= 0, Int(token) < vocabulary else { return false }
        return words[Int(token) >> 6] & (1 << UInt64(token & 63)) != 0
    }

    /// Allows `token`; ids outside the vocabulary are ignored.
    package mutating func allow(_ token: Int32) {
        guard token >= 0, Int(token) < vocabulary else { return }
        words[Int(token) >> 6] |= 1 << UInt64(token & 63)
    }

    /// Bans `token`; ids outside the vocabulary are ignored.
    package mutating func ban(_ token: Int32) {
        guard token >= 0, Int(token) < vocabulary else { return }
        words[Int(token) >> 6] &= ~(1 << UInt64(token & 63))
    }

    /// Keeps what both masks allow; the masks speak about the same vocabulary.
    package mutating func formIntersection(_ other: TokenMask) {
        precondition(vocabulary == other.vocabulary, "masks of different vocabularies")
        for index in words.indices { words[index] &= other.words[index] }
    }

    /// How many tokens are allowed.
    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
}
