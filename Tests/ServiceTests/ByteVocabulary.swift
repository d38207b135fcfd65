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

    /// The tokenizer over it; without merges a text becomes its bytes.
    static func tokenizer(addBOS: Bool) throws -> Tokenizer {
        let pieces = (0..<256).map { [UInt8($0)] } + longer
        let names = pieces.map { $0.map { alphabet[Int($0)] }.joined() } + ["<s>", "</s>", "<mark>"]
        return try Tokenizer(
            VocabularyDescription(
                pieces: PieceTable(names), types: pieces.map { _ in 1 } + [3, 3, 3], merges: PieceTable([String]()),
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
