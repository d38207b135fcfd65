/// Text to tokens and back, for one vocabulary. Immutable: any number of threads may use it at once.
package final class Tokenizer: Sendable {
    private let vocabulary: Vocabulary
    private let model: TokenModel
    private let splitter: WordSplitter
    /// How text is prepared and split.
    package let rules: TextRules
    /// Finds special and added tokens.
    private let matchers: TokenMatchers

    /// Token that opens a text.
    package let bos: Int32?
    /// Token that ends a text.
    package let eos: Int32?
    /// Token that fills rows.
    package let pad: Int32?
    /// Token for text of which there are neither pieces nor bytes.
    package let unknown: Int32?
    /// Tokens that end an answer: end of text, end of turn, and the ones known by name.
    package let endTokens: Set<Int32>
    /// Whether the model wants ``bos`` in front of a text.
    package let addsBOS: Bool

    /// Checks a description and builds the tables.
    ///
    /// - Throws: ``VocabularyError`` naming the piece, merge, type or token at fault.
    package init(_ description: VocabularyDescription) throws(VocabularyError) {
        guard let spelling = TokenModel.spelling(ofModel: description.model) else {
            let name = PieceTable.quoted(Array(description.model.utf8)[...])
            throw VocabularyError(
                "the tokenizer model \(name) is not supported; gpt2, llama and t5 are", key: "model")
        }
        guard let rules = description.rules ?? TextRules(named: description.preTokenizer) else {
            let name = PieceTable.quoted(Array(description.preTokenizer.utf8)[...])
            throw VocabularyError("the pre-tokenizer \(name) is not supported", key: "pre")
        }
        let vocabulary = try Vocabulary(description, spelling: spelling)
        bos = try Self.checked(description.bos, "bos", in: vocabulary)
        eos = try Self.checked(description.eos, "eos", in: vocabulary)
        pad = try Self.checked(description.pad, "pad", in: vocabulary)
        unknown = try Self.checked(description.unknown, "unknown", in: vocabulary)
        let eot = try Self.checked(description.eot, "eot", in: vocabulary)
        for id in description.otherEnds { _ = try Self.checked(id, "eos", in: vocabulary) }
        endTokens = EndTokens.ids(in: vocabulary, named: [eos, eot].compactMap { $0 } + description.otherEnds)
        addsBOS = description.addBOS ?? rules.addsBOS
        model = try TokenModel(description, in: vocabulary)
        matchers = try TokenMatchers(in: vocabulary, rules: description.addedRules, spaces: rules.spaces)
        splitter = WordSplitter(rules, vocabulary)
        self.vocabulary = vocabulary
        self.rules = rules
    }

    private static func checked(
        _ id: Int32?, _ name: String, in vocabulary: Vocabulary
    ) throws(VocabularyError) -> Int32? {
        guard let id else { return nil }
        guard vocabulary.contains(id) else {
            throw VocabularyError(
                "the \(name) token \(id) is not among the \(vocabulary.count) pieces",
                key: (name == "pad" ? "padding" : name) + "_token_id")
        }
        return id
    }

    // MARK: Text to tokens

    /// The tokens of a text.
    ///
    /// - Parameters:
    ///   - specialTokens: whether the names of control tokens in the text become those tokens. Added tokens always do.
    ///   - addBOS: whether to begin with ``bos``, if there is one.
    package func encode(_ text: String, specialTokens: Bool, addBOS: Bool) -> [Int32] {
        let bytes = Array(text.utf8)
        return encode(wellFormed: bytes, specialTokens ? .all(bytes.count) : .none, addBOS: addBOS)
    }

    /// The tokens of a text in which only some places may name control tokens.
    ///
    /// The text is encoded as one: words and merges reach over the borders of the ranges.
    ///
    /// - Parameters:
    ///   - ranges: offsets in `text.utf8`, in any order. A control token counts where it lies in them whole; ranges that
    ///     touch are one, what is outside the text is ignored. Added tokens count everywhere.
    ///   - addBOS: whether to begin with ``bos``, if there is one.
    package func encode(_ text: String, specialTokensIn ranges: [Range<Int>], addBOS: Bool) -> [Int32] {
        let bytes = Array(text.utf8)
        return encode(wellFormed: bytes, SpecialTokenSpans(ranges, limit: bytes.count), addBOS: addBOS)
    }

    /// The memory that encoding a text takes at most, beside the text: copies of it, the list of tokens, and what merging
    /// its longest word takes, each with the growth of arrays in it.
    package func encodingBytes(_ text: String) -> Int {
        let growth = rules.normalizes && !text.utf8.allSatisfy { $0 < 0x80 } ? CanonicalComposition.mostGrowth : 1
        return growth * (text.utf8.count * 12 + (min(splitter.longestWordBytes(text), text.utf8.count) + 16) * 64)
    }

    /// Whether a text names the token that opens texts at its beginning, so that it needs no other.
    package func beginsWithBOS(_ text: String) -> Bool {
        guard let bos else { return false }
        let name = bytes(of: bos, rendersSpecial: true)
        return !name.isEmpty && text.utf8.starts(with: name)
    }

    /// The tokens of a text given as UTF-8; what is not UTF-8 is read as U+FFFD.
    package func encode(_ utf8: Span<UInt8>, specialTokens: Bool, addBOS: Bool) -> [Int32] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        for index in utf8.indices {
            bytes.append(utf8[index])
        }
        return encode(String(decoding: bytes, as: UTF8.self), specialTokens: specialTokens, addBOS: addBOS)
    }

    private func encode(wellFormed bytes: [UInt8], _ spans: SpecialTokenSpans, addBOS: Bool) -> [Int32] {
        var output: [Int32] = []
        output.reserveCapacity(bytes.count / 3 + 4)
        if addBOS, let bos {
            output.append(bos)
        }
        var encoder = model.encoder(vocabulary, takesWholeWords: rules.takesWholeWords)
        Self.divide(bytes, 0..<bytes.count, by: matchers.early, spans, into: &output) { range, output in
            if let spaces = rules.spaces {
                encode(bytes, range, spaces, spans, with: &encoder, into: &output)
            } else {
                encode(bytes, range, spans, with: &encoder, into: &output)
            }
        }
        return output
    }

    /// Appends the tokens of byte-level text between special tokens.
    private func encode(
        _ bytes: [UInt8], _ range: Range<Int>, _ spans: SpecialTokenSpans, with encoder: inout any WordEncoder,
        into output: inout [Int32]
    ) {
        // What follows sees normalized text.
        let composed = rules.normalizes ? CanonicalComposition.normalized(bytes, range) : nil
        let moved = composed.map { composed in
            matchers.late.isEmpty
                ? .none
                : spans.mapped(range, to: composed.count) {
                    CanonicalComposition.normalized(bytes, $0)?.count ?? $0.count
                }
        }
        let text = composed ?? bytes
        let part = composed.map { 0..<$0.count } ?? range
        Self.divide(text, part, by: matchers.late, moved ?? spans, into: &output) { words, output in
            encodeWords(text, words, with: &encoder, into: &output)
        }
    }

    /// Appends the tokens of text whose spaces belong to the pieces, between special tokens.
    private func encode(
        _ bytes: [UInt8], _ range: Range<Int>, _ spaces: SpaceRules, _ spans: SpecialTokenSpans,
        with encoder: inout any WordEncoder, into output: inout [Int32]
    ) {
        guard !range.isEmpty else { return }
        guard spaces.precedesAddedTokens else {
            Self.divide(bytes, range, by: matchers.late, spans, into: &output) { part, output in
                let text = spaces.prepared(bytes, part)
                encodeWords(text, 0..<text.count, with: &encoder, into: &output)
            }
            return
        }
        let text = spaces.prepared(bytes, range)
        let moved =
            matchers.late.isEmpty
            ? .none
            : spans.mapped(range, to: text.count) { part in
                let isFirst = part.lowerBound == range.lowerBound && part.upperBound > range.lowerBound
                return SpaceRules.preparedCount(bytes, part) + (isFirst && spaces.hasPrefix(bytes, range) ? 1 : 0)
            }
        Self.divide(text, 0..<text.count, by: matchers.late, moved, into: &output) { words, output in
            encodeWords(text, words, with: &encoder, into: &output)
        }
    }

    /// Appends the tokens that are found, and hands what is between them to `between`.
    private static func divide(
        _ bytes: [UInt8], _ range: Range<Int>, by matcher: SpecialTokenMatcher, _ spans: SpecialTokenSpans,
        into output: inout [Int32], between: (Range<Int>, inout [Int32]) -> Void
    ) {
        var start = range.lowerBound
        while let (token, found) = matcher.firstMatch(in: bytes, start..<range.upperBound, controlsIn: spans) {
            between(start..<found.lowerBound, &output)
            output.append(token)
            start = found.upperBound
        }
        between(start..<range.upperBound, &output)
    }

    private func encodeWords(
        _ bytes: [UInt8], _ range: Range<Int>, with encoder: inout any WordEncoder, into output: inout [Int32]
    ) {
        encoder.beginText()
        splitter.words(bytes, range) { word in
            if splitter.wordsAreTexts { encoder.beginText() }
            encoder.encode(bytes, word, into: &output)
        }
    }

    // MARK: Tokens to text

    /// The bytes that a token stands for; empty for control tokens and for ids outside the vocabulary.
    package func bytes(of token: Int32) -> [UInt8] {
        bytes(of: token, rendersSpecial: false)
    }

    /// The bytes that a token stands for, control tokens by name if `rendersSpecial`.
    package func bytes(of token: Int32, rendersSpecial: Bool) -> [UInt8] {
        guard vocabulary.contains(token) else { return [] }
        let kind = vocabulary.kinds[Int(token)]
        if kind == .unused || kind.isSpecial && !rendersSpecial {
            return []
        }
        return Array(vocabulary.bytes(of: Int(token)))
    }

    /// The text of several tokens, repaired as in ``TextStream``. The tokens are those of a whole text: where encoding puts
    /// a space in front, it is taken away again.
    package func decode(_ tokens: some Sequence<Int32>, rendersSpecial: Bool) -> String {
        var all: [UInt8] = []
        for token in tokens {
            all.append(contentsOf: bytes(of: token, rendersSpecial: rendersSpecial))
        }
        let hasPrefix = all.first == SpaceRules.space && rules.spaces?.stripsFirstSpace == true
        return String(decoding: all.dropFirst(hasPrefix ? 1 : 0), as: UTF8.self)
    }

    /// For every token whether it adds nothing to a text by itself: it steers the model, or is the beginning of a character.
    package var silentTokens: [Bool] {
        (0..<Int32(clamping: count)).map { token in
            var text = TextStream(tokenizer: self, rendersSpecial: false)
            return text.append(token).isEmpty
        }
    }

    // MARK: Pieces and ids

    /// How many tokens there are.
    package var count: Int { vocabulary.count }

    /// How the model file spells a token; empty for ids outside the vocabulary.
    package func piece(of token: Int32) -> String {
        vocabulary.contains(token) ? vocabulary.piece(of: Int(token)) : ""
    }

    /// The token that the model file spells like this.
    package func id(ofPiece piece: String) -> Int32? {
        vocabulary.id(ofPiece: piece)
    }

    /// Whether a token stands beside the pieces of text: it steers the model, or its makers have added it.
    package func isAdded(_ token: Int32) -> Bool {
        vocabulary.contains(token) && (isSpecial(token) || vocabulary.kinds[Int(token)] == .userDefined)
    }

    /// Whether a token steers the model rather than being text.
    package func isSpecial(_ token: Int32) -> Bool {
        vocabulary.contains(token) && vocabulary.kinds[Int(token)].isSpecial
    }
}
