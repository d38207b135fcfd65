/// The algorithm that makes tokens of words, with its tables.
enum TokenModel: Sendable {
    /// Bytes merge by rank.
    case bytePairs(MergeTable)
    /// Characters merge by rank.
    case characterPairs(MergeTable, UnknownText)
    /// Characters merge by score.
    case scoredPairs(PieceScores, UnknownText)
    /// The split of the highest sum of scores.
    case unigram(PieceScores, UnknownText, roundsSums: Bool)

    /// How files with a model of this name spell their pieces; nil if the name is not known.
    static func spelling(ofModel name: String) -> PieceSpelling? {
        switch name {
        case "gpt2": .byteLevel
        case "llama", "t5": .spaces
        default: nil
        }
    }

    init(_ description: VocabularyDescription, in vocabulary: Vocabulary) throws(VocabularyError) {
        let unknown = UnknownText(
            byteTokens: vocabulary.byteTokens, unknown: description.unknown, fuses: description.fusesUnknown)
        switch description.model {
        case "llama" where description.scores.isEmpty && description.merges.count > 0:
            self = .characterPairs(try MergeTable(description.merges, in: vocabulary), unknown)
        case "llama": self = .scoredPairs(try PieceScores(description.scores, in: vocabulary), unknown)
        case "t5":
            let scores = try PieceScores(description.scores, in: vocabulary)
            self = .unigram(scores, unknown, roundsSums: description.roundsSums)
        default: self = .bytePairs(try MergeTable(description.merges, in: vocabulary))
        }
    }

    /// An encoder of words, for one text.
    func encoder(_ vocabulary: Vocabulary, takesWholeWords: Bool) -> any WordEncoder {
        switch self {
        case .bytePairs(let merges):
            BytePairEncoder(vocabulary: vocabulary, merges: merges, takesWholeWords: takesWholeWords)
        case .characterPairs(let merges, let unknown):
            CharacterPairEncoder(
                vocabulary: vocabulary, merges: merges, unknown: unknown, takesWholeWords: takesWholeWords)
        case .scoredPairs(let scores, let unknown):
            ScoredPairEncoder(vocabulary: vocabulary, scores: scores, unknown: unknown)
        case .unigram(let scores, let unknown, let roundsSums):
            UnigramEncoder(vocabulary: vocabulary, scores: scores, unknown: unknown, roundsSums: roundsSums)
        }
    }
}
