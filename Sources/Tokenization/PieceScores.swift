/// The scores of a SentencePiece vocabulary, checked, and their order.
struct PieceScores: Sendable {
    /// The score of each piece; of pieces that are no ordinary text it means nothing.
    let values: [Double]
    /// Lowest score among pieces of ordinary text.
    let lowest: Double
    /// Bytes of the longest piece of ordinary text.
    let longestBytes: Int
    /// The place of each piece among the ordinary ones, highest score first; equal scores share one.
    let ranks: [UInt32]

    /// Longest piece of ordinary text that is looked for.
    static let maximumPieceBytes = 1024

    init(_ scores: [Double], in vocabulary: Vocabulary) throws(VocabularyError) {
        guard scores.count == vocabulary.count else {
            throw VocabularyError("there are \(vocabulary.count) pieces but \(scores.count) scores", key: "scores")
        }
        if let index = scores.firstIndex(where: { !$0.isFinite }) {
            throw VocabularyError("piece \(index) has the score \(scores[index]), which is no number", key: "scores")
        }
        let ids = (0..<scores.count).filter { vocabulary.kinds[$0] == .normal }
        var longest = 0
        for id in ids {
            let count = vocabulary.texts.range(of: id).count
            guard count <= Self.maximumPieceBytes else {
                throw VocabularyError("piece \(id) has \(count) bytes, more than \(Self.maximumPieceBytes)")
            }
            longest = max(longest, count)
        }
        var ranks = [UInt32](repeating: MergeTable.none, count: scores.count)
        var rank: UInt32 = 0
        var previous: Double?
        for id in ids.sorted(by: { scores[$0] > scores[$1] }) {
            if let previous, scores[id] < previous { rank += 1 }
            previous = scores[id]
            ranks[id] = rank
        }
        values = scores
        lowest = previous ?? 0
        longestBytes = longest
        self.ranks = ranks
    }
}
