/// Which of the trunk's hidden states a drafting layer takes.
package enum DraftHiddenState: String, Sendable, CaseIterable {
    /// The last block's output, as MiMo's authors hand it over in vLLM.
    case preNorm = "pre_norm"
    /// The same behind the trunk's last norm, as SGLang hands it over.
    case postNorm = "post_norm"
}

/// How a drafting layer is used; only the share of drafts that prove right depends on it.
package struct DraftOptions: Sendable, Equatable {
    /// What it takes from the trunk.
    package let hiddenState: DraftHiddenState
    /// Whether the token of position 0 counts as nothing, as where the layer was published.
    package let zeroesFirstToken: Bool
    /// How many tokens, from the first on, can be drafted: rows of the head that a draft costs.
    package let vocabulary: Int

    /// Options in full.
    package init(hiddenState: DraftHiddenState, zeroesFirstToken: Bool, vocabulary: Int) {
        precondition(vocabulary > 0, "something can be drafted")
        self.hiddenState = hiddenState
        self.zeroesFirstToken = zeroesFirstToken
        self.vocabulary = vocabulary
    }

    /// As published, with the tokens that are drafted unless asked otherwise.
    ///
    /// Byte-pair vocabularies are in the order of their merges, so the first tokens are the frequent ones. In a small model
    /// the head is most of what a draft costs: it gets no more rows there than have as many weights as the layer.
    package static func usual(_ shape: ModelShape) -> DraftOptions {
        let projections = 2 * shape.hidden + 2 * (shape.heads + shape.kvHeads) * shape.headDimension
        let rows = projections + 3 * shape.feedForward
        let rounded = (rows + rowUnit - 1) / rowUnit * rowUnit
        return DraftOptions(
            hiddenState: .preNorm, zeroesFirstToken: true,
            vocabulary: min(shape.usableVocabulary, max(leastVocabulary, min(rounded, mostVocabulary))))
    }

    private static let leastVocabulary = 4_096, mostVocabulary = 16_384, rowUnit = 1_024
}
