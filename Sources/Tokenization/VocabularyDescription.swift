/// What a model file says about its tokenizer, not yet checked.
package struct VocabularyDescription: Sendable {
    /// The pieces in id order, as written in the file (byte-level alphabet or `▁` for a space, special tokens literally).
    package var pieces: PieceTable
    /// The kind of each piece: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte. Empty: all normal.
    package var types: [Int32]
    /// How added tokens are matched, where that is not exactly as they are spelt.
    package var addedRules: [Int32: AddedTokenRule] = [:]
    /// The merges in order of rank, each "left right".
    package var merges: PieceTable
    /// Name of the pre-tokenizer, as in `tokenizer.ggml.pre`.
    package var preTokenizer: String
    /// How text is split, where the file says it in full; nil: as ``preTokenizer`` names it.
    package var rules: TextRules?
    /// The algorithm, as in `tokenizer.ggml.model`: `gpt2` (byte-level BPE), `llama` (SentencePiece's BPE, by scores, or by
    /// merges where there are no scores) or `t5` (unigram).
    package var model: String
    /// The score of each piece, for `llama` and `t5`.
    package var scores: [Double] = []
    /// Whether sums of scores are rounded to 32 bits, as SentencePiece does; `tokenizer.json`'s reference has 64.
    package var roundsSums = false
    /// Token for text of which there are neither pieces nor bytes; nil leaves it out.
    package var unknown: Int32?
    /// Whether unknown characters in a row are one token.
    package var fusesUnknown = true
    /// Token that opens a text.
    package var bos: Int32?
    /// Token that ends a text.
    package var eos: Int32?
    /// Token that ends a turn.
    package var eot: Int32?
    /// Tokens that end an answer besides ``eos`` and ``eot``.
    package var otherEnds: [Int32] = []
    /// Token that fills rows.
    package var pad: Int32?
    /// Whether the model wants ``bos`` in front; nil: as the pre-tokenizer's family does.
    package var addBOS: Bool?

    /// Everything the file says, field by field.
    package init(
        pieces: PieceTable, types: [Int32], merges: PieceTable, preTokenizer: String, model: String, bos: Int32?,
        eos: Int32?, eot: Int32?, pad: Int32?, addBOS: Bool?
    ) {
        self.pieces = pieces
        self.types = types
        self.merges = merges
        self.preTokenizer = preTokenizer
        self.model = model
        self.bos = bos
        self.eos = eos
        self.eot = eot
        self.pad = pad
        self.addBOS = addBOS
    }
}

/// How an added token is found in text.
package struct AddedTokenRule: Sendable, Equatable {
    /// Whitespace in front of it belongs to it.
    package let stripsLeft: Bool
    /// Whitespace behind it belongs to it.
    package let stripsRight: Bool
    /// It is looked for in text that has been normalized, after all tokens that are not.
    package let isNormalized: Bool

    /// All three.
    package init(stripsLeft: Bool, stripsRight: Bool, isNormalized: Bool) {
        self.stripsLeft = stripsLeft
        self.stripsRight = stripsRight
        self.isNormalized = isNormalized
    }
}
