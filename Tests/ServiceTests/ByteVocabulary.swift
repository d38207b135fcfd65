import Tokenization

/// A vocabulary whose first 256 tokens are the bytes, followed by longer pieces and three special tokens.
enum ByteVocabulary {
    /// Pieces that only come out of a model: parts of characters, stop strings over token borders.
    static let longer: [[UInt8]] = [
        Array("ab".utf8), Array(" END".utf8), Array("EN".utf8), Array("D\n".utf8), Array("é".utf8),
        [0xF0, 0x9F], [0x98, 0x80], [0x98, 0x80, 0x61, 0x62], [0x78, 0xE2, 0x82], [0xAC, 0x79], [0xFF, 0x62],
        [0xE2, 0x28],
    ]

    static let start = Int32(256 + longer.count)
    static let end = start + 1
    static let mark = start + 2
    static let count = Int(start) + 3

    /// The first of the tags of thinking, in vocabularies that have them.
    static let openingTag = Int32(count)
    static let closingTag = Int32(count) + 1

    /// The tokenizer over it; without merges a text becomes its bytes.
    /// - Parameter tagKind: what kind of token each tag of thinking is; nil leaves them out.
    static func tokenizer(addBOS: Bool, tagKind: TokenKind? = nil) throws -> Tokenizer {
        let pieces = (0..<256).map { [UInt8($0)] } + longer
        let tags = tagKind == nil ? [] : ["<think>", "</think>"]
        let names = pieces.map { $0.map { alphabet[Int($0)] }.joined() } + ["<s>", "</s>", "<mark>"] + tags
        let types = pieces.map { _ in Int32(1) } + [3, 3, 3] + tags.map { _ in tagKind?.rawValue ?? 1 }
        return try Tokenizer(
            VocabularyDescription(
                pieces: PieceTable(names), types: types, merges: PieceTable([String]()),
                preTokenizer: "gpt-2", model: "gpt2", bos: start, eos: end, eot: nil, pad: nil, addBOS: addBOS))
    }

    /// GPT-2's printable stand-ins for bytes.
    private static let alphabet: [String] = {
        var next: UInt32 = 0x100
        return (UInt32(0)...255).map { byte in
            var scalar = byte
            if !(0x21...0x7E).contains(byte), !(0xA1...0xAC).contains(byte), !(0xAE...0xFF).contains(byte) {
                scalar = next
                next += 1
            }
            return Unicode.Scalar(scalar).map { String(Character($0)) } ?? ""
        }
    }()
}
