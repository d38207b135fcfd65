/// Makes tokens of words, one word after the other; holds scratch memory, so one encoder per call.
protocol WordEncoder {
    /// Forgets the words before.
    mutating func beginText()

    /// Appends the tokens of `bytes[word]`.
    mutating func encode(_ bytes: [UInt8], _ word: Range<Int>, into output: inout [Int32])
}

extension WordEncoder {
    mutating func beginText() {}
}

/// Merges the bytes of one word into tokens by the ranks of the merges.
/// Source: Radford and others, "Language Models are Unsupervised Multitask Learners", 2019 (pairs of bytes).
struct BytePairEncoder: WordEncoder {
    private let vocabulary: Vocabulary
    private let takesWholeWords: Bool
    private var symbols: TokenSymbols
    private var merger = PairMerger()

    /// - Parameter takesWholeWords: a word that is itself a piece is taken as it is, without looking at merges.
    init(vocabulary: Vocabulary, merges: MergeTable, takesWholeWords: Bool) {
        self.vocabulary = vocabulary
        self.takesWholeWords = takesWholeWords
        symbols = TokenSymbols(merges: merges)
    }

    /// Bytes without a piece are left out, as in the reference.
    mutating func encode(_ bytes: [UInt8], _ word: Range<Int>, into output: inout [Int32]) {
        if takesWholeWords, let id = vocabulary.find(bytes, word) {
            output.append(id)
            return
        }
        symbols.tokens.removeAll(keepingCapacity: true)
        for index in word {
            let token = vocabulary.byteTokens[Int(bytes[index])]
            if token >= 0 {
                symbols.tokens.append(token)
            }
        }
        symbols.merge(with: &merger, into: &output)
    }
}

/// Tokens that merge as a table says.
struct TokenSymbols: PairSymbols {
    let merges: MergeTable
    var tokens: [Int32] = []

    init(merges: MergeTable) { self.merges = merges }

    var count: Int { tokens.count }

    func rank(_ left: Int, _ right: Int) -> UInt32 { merges.rank(tokens[left], tokens[right]) }

    mutating func merge(_ left: Int, _ right: Int, rank: UInt32) { tokens[left] = merges.result(ofRank: rank) }

    /// Merges all and appends what is left.
    mutating func merge(with merger: inout PairMerger, into output: inout [Int32]) {
        guard tokens.count > 1 else {
            output.append(contentsOf: tokens)
            return
        }
        merger.run(&self)
        var next: Int? = 0
        while let index = next {
            output.append(tokens[index])
            next = merger.next(index)
        }
    }
}
