/// Merges the characters of one word by the ranks of the merges: `tokenizer.json` of models with SentencePiece's pieces.
struct CharacterPairEncoder: WordEncoder {
    private let vocabulary: Vocabulary
    private let takesWholeWords: Bool
    private let unknown: UnknownText
    private var symbols: TokenSymbols
    private var merger = PairMerger()

    /// - Parameter takesWholeWords: a word that is itself a piece is taken as it is, without looking at merges.
    init(vocabulary: Vocabulary, merges: MergeTable, unknown: UnknownText, takesWholeWords: Bool) {
        self.vocabulary = vocabulary
        self.takesWholeWords = takesWholeWords
        self.unknown = unknown
        symbols = TokenSymbols(merges: merges)
    }

    mutating func encode(_ bytes: [UInt8], _ word: Range<Int>, into output: inout [Int32]) {
        if takesWholeWords, let id = vocabulary.find(bytes, word) {
            output.append(id)
            return
        }
        symbols.tokens.removeAll(keepingCapacity: true)
        var index = word.lowerBound
        var isKnown = true
        while index < word.upperBound {
            let end = index + UTF8Reader.scalar(in: bytes, at: index, end: word.upperBound).length
            if let token = vocabulary.find(bytes, index..<end) {
                symbols.tokens.append(token)
                isKnown = true
            } else {
                isKnown = !unknown.append(bytes, index..<end, isFirst: isKnown, to: &symbols.tokens)
            }
            index = end
        }
        symbols.merge(with: &merger, into: &output)
    }
}
