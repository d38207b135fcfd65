package import Sampling

/// What bounding a model's thinking takes of its vocabulary; made once per model.
package struct ThinkingVocabulary: Sendable {
    /// The bytes of every token, those of special tokens too.
    let texts: TokenBytes
    /// Ids below this may be chosen.
    let count: Int
    /// Special tokens that are no tags: where they are not shown, they are no text.
    let special: TokenMask
    /// The token that opens a block, if one token does.
    let opening: Int32?
    /// The tokens that close a block from any place in it; if they do not, it is never closed by force.
    let closing: [Int32]
    /// Tokens of `closing` up to the one that completes the tag; nil if none does.
    let closingTagTokens: Int?

    /// A vocabulary.
    /// - Parameters:
    ///   - texts: the bytes of tokens 0 and up, those of special tokens too.
    ///   - count: ids below this may be chosen.
    ///   - isSpecial: whether a token is left out of what is shown, if a request does not ask for it.
    ///   - opening: the token that opens a block, if one token does; needed where an answer is bound.
    ///   - closing: the tokens that close one.
    package init(
        texts: some Sequence<[UInt8]>, count: Int, isSpecial: (Int32) -> Bool, opening: Int32?, closing: [Int32]
    ) {
        let texts = TokenBytes(texts)
        var special = TokenMask(vocabulary: texts.count)
        for token in 0..<Int32(texts.count) where isSpecial(token) {
            let isTag =
                texts[token].elementsEqual(ThinkingScanner.openingTag)
                || texts[token].elementsEqual(ThinkingScanner.closingTag)
            if !isTag { special.allow(token) }
        }
        var scanner = ThinkingScanner(isInside: true, awaitsLateClose: false)
        closingTagTokens = closing.firstIndex { scanner.marks(in: texts[$0]).contains(.closed) }.map { $0 + 1 }
        self.texts = texts
        self.count = count
        self.special = special
        self.opening = opening
        self.closing = closing
    }
}

/// How the thinking of an answer is found and bounded.
package struct ThinkingRules: Sendable {
    let vocabulary: ThinkingVocabulary
    /// The text before its first token.
    let start: ThinkingScanner
    /// Most tokens of the block, its tags included; nil for no bound of its own. The tags themselves always come.
    package let budget: Int?
    /// What counts as repetition; nil for no look-out.
    let repetition: RepetitionDetector.Rules?
    /// Whether special tokens are no text.
    let hidesSpecial: Bool

    /// The rules for an answer that begins at `start`.
    package init(
        _ vocabulary: ThinkingVocabulary, start: ThinkingScanner, budget: Int?,
        repetition: RepetitionDetector.Rules?, hidesSpecial: Bool
    ) {
        self.vocabulary = vocabulary
        self.start = start
        self.budget = budget
        self.repetition = repetition
        self.hidesSpecial = hidesSpecial
    }

    /// What a token adds to the text of an answer.
    func text(of token: Int32) -> ArraySlice<UInt8> {
        hidesSpecial && vocabulary.special.allows(token) ? [] : vocabulary.texts[token]
    }
}
