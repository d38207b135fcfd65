/// The split of a word into pieces with the highest sum of scores: SentencePiece's unigram model.
///
/// Example: with `▁a` -1, `b` -2, `▁ab` -4, the word `▁ab` becomes `▁a`, `b`, since -3 is more than -4. Best sums are kept
/// for every place, from left to right (Viterbi). A character that is no piece costs ten more than the worst piece.
/// Source: sentencepiece, `unigram_model.cc`.
struct UnigramEncoder: WordEncoder {
    private let vocabulary: Vocabulary
    private let scores: PieceScores
    private let unknown: UnknownText
    private let unknownScore: Double
    private let roundsSums: Bool
    /// For each place in the word: the best sum of scores up to it, and how many bytes its last piece has.
    private var sums: [Double] = []
    private var lengths: [Int32] = []
    /// The piece that ends at each place on the best way; -1 for an unknown character.
    private var tokens: [Int32] = []
    /// The sum of all words of the text before: sums are rounded as if the words were one.
    private var base = 0.0

    init(vocabulary: Vocabulary, scores: PieceScores, unknown: UnknownText, roundsSums: Bool) {
        self.roundsSums = roundsSums
        self.vocabulary = vocabulary
        self.scores = scores
        self.unknown = unknown
        unknownScore = scores.lowest - 10
    }

    mutating func beginText() { base = 0 }

    mutating func encode(_ bytes: [UInt8], _ word: Range<Int>, into output: inout [Int32]) {
        guard !word.isEmpty else { return }
        sums = [Double](repeating: 0, count: word.count + 1)
        lengths = [Int32](repeating: 0, count: word.count + 1)
        tokens = [Int32](repeating: -1, count: word.count + 1)
        sums[0] = base
        var place = 0
        while place < word.count {
            place += extend(bytes, word, from: place)
        }
        base = sums[word.count]
        append(bytes, word, to: &output)
    }

    /// Enters all pieces that begin at a place; the length of its character is returned.
    private mutating func extend(_ bytes: [UInt8], _ word: Range<Int>, from place: Int) -> Int {
        let start = word.lowerBound + place
        let limit = min(word.upperBound, start + max(scores.longestBytes, 4))
        let character = UTF8Reader.scalar(in: bytes, at: start, end: word.upperBound).length
        var hash = PieceIndex.RunningHash()
        var isPiece = false
        for index in start..<limit {
            hash.append(bytes[index])
            // Only whole characters: what follows must not continue one.
            if index + 1 < word.upperBound && bytes[index + 1] & 0xC0 == 0x80 { continue }
            guard let token = vocabulary.find(bytes, start..<index + 1, hash: hash) else { continue }
            let length = index + 1 - start
            isPiece = isPiece || length == character
            enter(token, at: place, length: length, score: scores.values[Int(token)])
        }
        if !isPiece { enter(-1, at: place, length: character, score: unknownScore) }
        return character
    }

    private mutating func enter(_ token: Int32, at place: Int, length: Int, score: Double) {
        let end = place + length
        let sum = roundsSums ? Double(Float(score) + Float(sums[place])) : score + sums[place]
        guard lengths[end] == 0 || sum > sums[end] else { return }
        sums[end] = sum
        lengths[end] = Int32(truncatingIfNeeded: length)
        tokens[end] = token
    }

    /// Walks the best way back, turns it round, and appends its tokens.
    private mutating func append(_ bytes: [UInt8], _ word: Range<Int>, to output: inout [Int32]) {
        var way: [Int32] = []
        var place = word.count
        while place > 0 {
            way.append(Int32(truncatingIfNeeded: place))
            place -= Int(lengths[place])
        }
        var start = word.lowerBound
        var isKnown = true
        for end in way.reversed() {
            let next = word.lowerBound + Int(end)
            let token = tokens[Int(end)]
            if token >= 0 {
                output.append(token)
                isKnown = true
            } else {
                isKnown = !unknown.append(bytes, start..<next, isFirst: isKnown, to: &output)
            }
            start = next
        }
    }
}
