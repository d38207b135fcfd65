import Tokenization
import Weights

/// A vocabulary in the manner of SentencePiece, as GGUF files say it.
struct SpacedVocabulary {
    private let vocabulary: VocabularyDescription
    private let spaces: SpaceRules
    /// What messages call the model.
    private let name: String

    /// - Throws: ``ServingError/model(_:)`` where GGUF files have no words for how spaces are treated.
    init(
        _ vocabulary: VocabularyDescription, _ rules: TextRules, _ spaces: SpaceRules, name: String
    ) throws(ServingError) {
        let known = SpaceRules.llama(addsPrefix: spaces.prefix != .never)
        let isKnown =
            spaces.prefix == known.prefix && (spaces.prefixesSpaces || spaces.prefix == .never)
            && !spaces.splitsAtSpaces && spaces.stripsFirstSpace == known.stripsFirstSpace && !rules.takesWholeWords
            && vocabulary.addedRules.isEmpty
        guard isKnown else {
            throw .model("\(name): the way the tokenizer treats spaces cannot be said in GGUF files")
        }
        self.vocabulary = vocabulary
        self.spaces = spaces
        self.name = name
    }

    /// The keys, with scores for so many rows.
    func values(rows: Int) throws(ServingError) -> [(String, GGUFValue)] {
        var scores = vocabulary.scores.isEmpty ? try scoresOfMerges() : vocabulary.scores
        while scores.count < rows { scores.append(0) }
        var values: [(String, GGUFValue)] = [
            ("tokenizer.ggml.scores", .reals(scores.map { Float($0) })),
            ("tokenizer.ggml.add_space_prefix", .flag(spaces.prefix != .never)),
        ]
        if let unknown = vocabulary.unknown, let id = UInt32(exactly: unknown) {
            values.append(("tokenizer.ggml.unknown_token_id", .unsigned(id)))
        }
        return values
    }

    /// Scores that merge in the order of the merges: minus the rank of the first merge that makes the piece.
    private func scoresOfMerges() throws(ServingError) -> [Double] {
        var ranks: [[UInt8]: Int] = [:]
        for index in 0..<vocabulary.merges.count {
            let piece = vocabulary.merges[index].filter { $0 != UInt8(ascii: " ") }
            if ranks[piece] == nil { ranks[piece] = index }
        }
        return try (0..<vocabulary.pieces.count).map { (id) throws(ServingError) in
            let piece = Array(vocabulary.pieces[id])
            if let rank = ranks[piece] { return -Double(rank) }
            let isNormal = vocabulary.types[id] == TokenKind.normal.rawValue
            guard !isNormal || String(decoding: piece, as: UTF8.self).unicodeScalars.count <= 1 else {
                throw .model("\(name): piece \(id) has neither a score nor a merge")
            }
            return 0
        }
    }
}
