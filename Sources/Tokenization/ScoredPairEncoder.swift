/// Merges the characters of one word by the scores of the pieces that they make: SentencePiece's BPE.
///
/// Example: of `low` the pieces `lo` (score -3) and `ow` (-1) are possible, so `l` and `ow` stand side by side next, and
/// become one if `low` is a piece. Source: sentencepiece, `bpe_model.cc`.
struct ScoredPairEncoder: WordEncoder {
    private let unknown: UnknownText
    private var symbols: ScoredSymbols
    private var merger = PairMerger()

    init(vocabulary: Vocabulary, scores: PieceScores, unknown: UnknownText) {
        self.unknown = unknown
        symbols = ScoredSymbols(vocabulary: vocabulary, scores: scores)
    }

    mutating func encode(_ bytes: [UInt8], _ word: Range<Int>, into output: inout [Int32]) {
        guard !word.isEmpty else { return }
        symbols.read(bytes, word)
        merger.run(&symbols)
        var next: Int? = 0
        var isKnown = true
        while let index = next {
            let span = symbols.span(index, index)
            if let token = symbols.token(span) {
                output.append(token)
                isKnown = true
            } else {
                isKnown = !unknown.append(symbols.bytes, span, isFirst: isKnown, to: &output)
            }
            next = merger.next(index)
        }
        symbols.bytes = []
    }
}

/// Stretches of text that merge where together they are a piece.
private struct ScoredSymbols: PairSymbols {
    private let vocabulary: Vocabulary
    private let scores: PieceScores
    /// The text that is being merged; shared with the caller, not copied.
    var bytes: [UInt8] = []
    private var starts: [Int32] = []
    private var ends: [Int32] = []

    init(vocabulary: Vocabulary, scores: PieceScores) {
        self.vocabulary = vocabulary
        self.scores = scores
    }

    /// Begins with the characters of a word.
    mutating func read(_ bytes: [UInt8], _ word: Range<Int>) {
        self.bytes = bytes
        starts.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        var index = word.lowerBound
        while index < word.upperBound {
            starts.append(Int32(truncatingIfNeeded: index))
            index += UTF8Reader.scalar(in: bytes, at: index, end: word.upperBound).length
            ends.append(Int32(truncatingIfNeeded: index))
        }
    }

    var count: Int { starts.count }

    /// The text from one symbol to another.
    func span(_ left: Int, _ right: Int) -> Range<Int> { Int(starts[left])..<Int(ends[right]) }

    /// The piece that a stretch of text is.
    func token(_ span: Range<Int>) -> Int32? {
        span.count <= scores.longestBytes ? vocabulary.find(bytes, span) : nil
    }

    func rank(_ left: Int, _ right: Int) -> UInt32 {
        token(span(left, right)).map { scores.ranks[Int($0)] } ?? MergeTable.none
    }

    mutating func merge(_ left: Int, _ right: Int, rank: UInt32) { ends[left] = ends[right] }
}
