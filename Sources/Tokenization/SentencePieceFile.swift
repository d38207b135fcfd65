package import JSON

/// `tokenizer.model`: SentencePiece's own file, a message of Protocol Buffers.
///
/// Read are the pieces (field 1), of the trainer's part (2) the algorithm and the numbers of tokens with a role, and of the
/// normalizer's part (3) how spaces are treated. A normalizer that rewrites characters is refused by name.
/// Source: sentencepiece, `sentencepiece_model.proto`.
package struct SentencePieceFile: Sendable {
    /// Vocabulary, scores, rules, and the tokens that have a role.
    package let description: VocabularyDescription

    private static let maximumPieces = 1 << 22

    /// Reads the file; the error names the part at fault.
    ///
    /// - Parameter others: added tokens that stand elsewhere, each with its id.
    /// - Throws: ``VocabularyError`` naming the part at fault.
    package init(_ bytes: [UInt8], others: [JSONValue]) throws(VocabularyError) {
        var pieces = PieceTable(bytes: [], ends: [])
        var types: [Int32] = []
        var scores: [Double] = []
        var trainer = Trainer()
        var normalizer = Normalizer()
        var message = ProtobufReader(bytes, 0..<bytes.count)
        while let field = try message.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let range)):
                guard types.count < Self.maximumPieces else { throw Self.fail("there are too many pieces") }
                let piece = try Piece(bytes, range)
                pieces.append(bytes[piece.text])
                types.append(piece.type)
                scores.append(piece.score)
            case (2, .bytes(let range)): trainer = try Trainer(bytes, range)
            case (3, .bytes(let range)): normalizer = try Normalizer(bytes, range)
            default: continue
            }
        }
        guard !types.isEmpty else { throw Self.fail("there are no pieces, so it is no model of SentencePiece") }
        try normalizer.check()
        var description = VocabularyDescription(
            pieces: pieces, types: types, merges: PieceTable(bytes: [], ends: []), preTokenizer: "",
            model: try trainer.modelName(), bos: trainer.role(41, 1), eos: trainer.role(42, 2), eot: nil,
            pad: trainer.role(43, -1), addBOS: nil)
        description.unknown = trainer.role(40, 0)
        description.scores = scores
        description.roundsSums = true
        description.rules = TextRules(.llama(addsPrefix: normalizer.addsPrefix), addsBOS: true)
        self.description = try Self.adding(others, to: description)
    }

    /// Pieces that a user defined are spelt with marks for spaces; added tokens extend the table or change a row's kind.
    private static func adding(
        _ others: [JSONValue], to description: VocabularyDescription
    ) throws(VocabularyError) -> VocabularyDescription {
        var added: [Int: (name: [UInt8], type: Int32)] = [:]
        for token in others {
            guard let name = token["content"]?.stringValue, let id = token["id"]?.intValue, id >= 0,
                id < maximumPieces
            else { throw VocabularyError("a token has no content or no id", key: "added_tokens") }
            let isControl = token["special"]?.boolValue ?? false
            let kind: TokenKind = isControl ? .control : .userDefined
            added[Int(id)] = (Array(name.utf8), kind.rawValue)
        }
        var result = description
        result.pieces = PieceTable(bytes: [], ends: [])
        let count = max(description.pieces.count, (added.keys.max() ?? -1) + 1)
        for id in 0..<count {
            let isOld = id < description.pieces.count
            if !isOld {
                result.types.append(TokenKind.unused.rawValue)
                result.scores.append(0)
            }
            var name = isOld ? Array(description.pieces[id]) : Array("[PAD\(id)]".utf8)
            if let token = added[id], result.types[id] != TokenKind.unknown.rawValue {
                result.types[id] = token.type
                name = token.name
            }
            if result.types[id] == TokenKind.userDefined.rawValue {
                var text: [UInt8] = []
                SpaceRules.append(name, 0..<name.count, to: &text)
                name = text
            }
            result.pieces.append(name)
        }
        return result
    }

    fileprivate static func fail(_ reason: String) -> VocabularyError { VocabularyError(reason, key: "model") }
}

/// One piece: its text (1), its score (2) and its type (3), which has the numbers of ``TokenKind``.
private struct Piece {
    var text: Range<Int> = 0..<0
    var score = 0.0
    var type = TokenKind.normal.rawValue

    init(_ bytes: [UInt8], _ range: Range<Int>) throws(VocabularyError) {
        var message = ProtobufReader(bytes, range)
        while let field = try message.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let range)): text = range
            case (2, .fixed32(let bits)): score = Double(Float(bitPattern: bits))
            case (3, .number(let number)): type = Int32(clamping: number)
            default: continue
            }
        }
    }
}

/// What the trainer's part says: the algorithm (3), and the numbers of unknown, bos, eos and pad (40 to 43).
private struct Trainer {
    private var numbers: [Int: Int64] = [:]

    init() {}

    init(_ bytes: [UInt8], _ range: Range<Int>) throws(VocabularyError) {
        var message = ProtobufReader(bytes, range)
        while let field = try message.next() {
            if case .number(let number) = field.value { numbers[field.number] = Int64(bitPattern: number) }
        }
    }

    func modelName() throws(VocabularyError) -> String {
        switch numbers[3] ?? 1 {
        case 1: return "t5"
        case 2: return "llama"
        default: throw SentencePieceFile.fail("the algorithm is neither unigram nor BPE")
        }
    }

    /// The token of a role; negative numbers say that there is none.
    func role(_ field: Int, _ usual: Int64) -> Int32? {
        let id = numbers[field] ?? usual
        return id < 0 ? nil : Int32(clamping: id)
    }
}

/// What the normalizer's part says: characters that it rewrites (2), and how spaces are treated (3 to 5).
private struct Normalizer {
    private var rewrites = false
    private(set) var addsPrefix = true
    private var removesSpaces = true
    private var marksSpaces = true

    init() {}

    init(_ bytes: [UInt8], _ range: Range<Int>) throws(VocabularyError) {
        var message = ProtobufReader(bytes, range)
        while let field = try message.next() {
            switch (field.number, field.value) {
            case (2, .bytes(let map)): rewrites = !map.isEmpty
            case (3, .number(let flag)): addsPrefix = flag != 0
            case (4, .number(let flag)): removesSpaces = flag != 0
            case (5, .number(let flag)): marksSpaces = flag != 0
            default: continue
            }
        }
    }

    func check() throws(VocabularyError) {
        let reason: String? =
            if rewrites {
                "rewrites characters"
            } else if removesSpaces {
                "removes spaces"
            } else if !marksSpaces {
                "does not mark spaces"
            } else {
                nil
            }
        guard let reason else { return }
        throw SentencePieceFile.fail("a normalizer that \(reason) is not supported; a tokenizer.json may say the same")
    }
}
