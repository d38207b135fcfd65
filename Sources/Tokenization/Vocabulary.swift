/// Pieces and ids: what each token stands for, and how to find a token by its bytes.
struct Vocabulary: Sendable {
    /// What each token decodes to: raw bytes for pieces of ordinary text, the literal text for all others.
    let texts: PieceTable
    /// How the file writes pieces of ordinary text.
    let spelling: PieceSpelling
    /// The kind of each token.
    let kinds: [TokenKind]
    /// Tokens whose file text is ``texts`` itself rather than its spelling.
    private let isLiteral: [Bool]
    private let plain: PieceIndex
    private let literal: PieceIndex
    /// The token of each single byte, or -1 where the vocabulary has none.
    let byteTokens: [Int32]

    var count: Int { kinds.count }

    /// The token whose bytes are `bytes[range]`, among pieces of ordinary text.
    func find(_ bytes: [UInt8], _ range: Range<Int>) -> Int32? {
        plain.find(bytes, range, in: texts)
    }

    /// The same, where the hash of the bytes is known.
    func find(_ bytes: [UInt8], _ range: Range<Int>, hash: PieceIndex.RunningHash) -> Int32? {
        plain.find(bytes, range, hash: hash, in: texts)
    }

    /// The token whose literal text is `bytes[range]`, among special, added and foreign pieces.
    func findLiteral(_ bytes: [UInt8], _ range: Range<Int>) -> Int32? {
        literal.find(bytes, range, in: texts)
    }

    /// The token that the file spells like this.
    func id(ofPiece piece: String) -> Int32? {
        let bytes = Array(piece.utf8)
        if let id = findLiteral(bytes, 0..<bytes.count) {
            return id
        }
        var raw: [UInt8] = []
        guard spelling.decode(bytes, 0..<bytes.count, into: &raw) else { return nil }
        return find(raw, 0..<raw.count)
    }

    /// How the file spells a token.
    func piece(of id: Int) -> String {
        isLiteral[id] ? String(decoding: texts[id], as: UTF8.self) : spelling.encode(texts[id])
    }

    /// What a token decodes to, special ones included. The id must be in the table.
    func bytes(of id: Int) -> ArraySlice<UInt8> {
        guard kinds[id] == .byte, let value = Self.byteValue(texts[id]) else { return texts[id] }
        return [value]
    }

    /// Whether an index lies inside the table.
    func contains(_ id: Int32) -> Bool {
        id >= 0 && Int(id) < count
    }
}

// MARK: - From the description

extension Vocabulary {
    /// Most rows that a vocabulary may have.
    private static let maximumPieces = 1 << 24

    /// Reads and checks pieces and types.
    init(_ description: VocabularyDescription, spelling: PieceSpelling) throws(VocabularyError) {
        let pieces = description.pieces
        guard pieces.count > 0, pieces.count <= Self.maximumPieces else {
            throw VocabularyError("the vocabulary has \(pieces.count) pieces; 1 to \(Self.maximumPieces) are possible")
        }
        if let index = pieces.unsoundEntry {
            throw VocabularyError("piece \(index) does not lie inside the table of pieces")
        }
        var kinds = try Self.kinds(description.types, count: pieces.count)
        Self.overrideEnds(&kinds, in: pieces)
        let (texts, isLiteral) = try Self.texts(of: pieces, kinds: kinds, spelling)
        let (plain, literal) = try Self.indices(texts, pieces: pieces, isLiteral: isLiteral)
        self.texts = texts
        self.spelling = spelling
        self.kinds = kinds
        self.isLiteral = isLiteral
        self.plain = plain
        self.literal = literal
        switch spelling {
        case .byteLevel:
            try Self.refuseDoubleMeaning(texts, isLiteral: isLiteral, plain: plain)
            byteTokens = (0..<256).map { plain.find([UInt8($0)], 0..<1, in: texts) ?? -1 }
            // Rare control bytes are missing from real vocabularies and are dropped, as in the reference; text is not.
            if let byte = (0x20...0x7E).first(where: { byteTokens[$0] < 0 }) {
                throw VocabularyError("there is no piece for the byte 0x\(String(byte, radix: 16, uppercase: true))")
            }
        case .spaces:
            byteTokens = Self.byteTokens(texts, kinds: kinds)
            guard plain.find([SpaceRules.space], 0..<1, in: texts) != nil else {
                throw VocabularyError("there is no piece \u{2581} for a space")
            }
        }
    }

    /// The token of each byte among pieces of type byte, or -1.
    private static func byteTokens(_ texts: PieceTable, kinds: [TokenKind]) -> [Int32] {
        var tokens = [Int32](repeating: -1, count: 256)
        for index in 0..<texts.count where kinds[index] == .byte {
            if let value = byteValue(texts[index]) { tokens[Int(value)] = Int32(truncatingIfNeeded: index) }
        }
        return tokens
    }

    private static func kinds(_ types: [Int32], count: Int) throws(VocabularyError) -> [TokenKind] {
        guard !types.isEmpty else {
            return [TokenKind](repeating: .normal, count: count)
        }
        guard types.count == count else {
            throw VocabularyError("there are \(count) pieces but \(types.count) types", key: "token_type")
        }
        var kinds: [TokenKind] = []
        kinds.reserveCapacity(count)
        for (index, type) in types.enumerated() {
            guard let kind = TokenKind(rawValue: type) else {
                throw VocabularyError("piece \(index) has the unknown type \(type)", key: "token_type")
            }
            kinds.append(kind)
        }
        return kinds
    }

    /// Pieces that end a turn by their name are control tokens even where a file says otherwise.
    private static func overrideEnds(_ kinds: inout [TokenKind], in pieces: PieceTable) {
        for index in 0..<pieces.count where kinds[index] == .userDefined && EndTokens.isEnd(pieces[index]) {
            kinds[index] = .control
        }
    }

    private static func texts(
        of pieces: PieceTable, kinds: [TokenKind], _ spelling: PieceSpelling
    ) throws(VocabularyError) -> (PieceTable, isLiteral: [Bool]) {
        var raw: [UInt8] = []
        var ends: [Int] = []
        raw.reserveCapacity(pieces.bytes.count)
        ends.reserveCapacity(pieces.count)
        var isLiteral = [Bool](repeating: false, count: pieces.count)
        for index in 0..<pieces.count {
            let start = raw.count
            let isText = kinds[index] == .normal
            if !isText || !spelling.decode(pieces.bytes, pieces.range(of: index), into: &raw) {
                isLiteral[index] = true
                raw.removeSubrange(start...)
                raw.append(contentsOf: pieces[index])
            }
            if kinds[index] == .byte && byteValue(pieces[index]) == nil {
                throw VocabularyError("piece \(index) \(pieces.quoted(index)) is of type byte but not like <0x41>")
            }
            ends.append(raw.count)
        }
        return (PieceTable(bytes: raw, ends: ends), isLiteral)
    }

    /// The byte of a piece `<0x41>`; nil for any other spelling.
    static func byteValue(_ piece: ArraySlice<UInt8>) -> UInt8? {
        let text = Array(piece)
        guard text.count == 6, text.starts(with: "<0x".utf8), text[5] == UInt8(ascii: ">") else { return nil }
        let digits = text[3..<5]
        guard digits.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x46).contains($0) }) else { return nil }
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private static func indices(
        _ texts: PieceTable, pieces: PieceTable, isLiteral: [Bool]
    ) throws(VocabularyError) -> (plain: PieceIndex, literal: PieceIndex) {
        let literals = isLiteral.count { $0 }
        var plain = PieceIndex(capacity: pieces.count - literals)
        var literal = PieceIndex(capacity: literals)
        for index in 0..<pieces.count where !texts.range(of: index).isEmpty {
            let id = Int32(truncatingIfNeeded: index)
            let twin = isLiteral[index] ? literal.insert(id, in: texts) : plain.insert(id, in: texts)
            if let twin {
                throw VocabularyError("pieces \(twin) and \(index) are both \(pieces.quoted(index))")
            }
        }
        return (plain, literal)
    }

    /// Two rows may not be spelt alike, the one as text and the other as a special token.
    private static func refuseDoubleMeaning(
        _ texts: PieceTable, isLiteral: [Bool], plain: PieceIndex
    ) throws(VocabularyError) {
        var raw: [UInt8] = []
        for index in 0..<texts.count where isLiteral[index] {
            raw.removeAll(keepingCapacity: true)
            guard ByteAlphabet.decode(texts.bytes, texts.range(of: index), into: &raw) else { continue }
            if let twin = plain.find(raw, 0..<raw.count, in: texts) {
                throw VocabularyError("pieces \(twin) and \(index) are both \(texts.quoted(index))")
            }
        }
    }
}
