import JSON

/// The rows of a vocabulary in id order, out of a map from piece to id and a list of added tokens.
struct PieceRows {
    private(set) var table = PieceTable(bytes: [], ends: [])
    private(set) var types: [Int32] = []
    /// How added tokens are matched, where that is not exactly as they are spelt.
    private(set) var rules: [Int32: AddedTokenRule] = [:]
    /// The score of each row, where the vocabulary is a list with scores.
    private(set) var scores: [Double] = []

    /// Ids above this are no rows but mistakes.
    private static let maximumID: Int64 = 1 << 22

    /// - Parameter marksBytes: whether pieces like `<0x41>` stand for bytes.
    init(_ vocabulary: JSONValue?, added: [JSONValue], marksBytes: Bool = false) throws(VocabularyError) {
        var rows: [(piece: String, kind: TokenKind)?] =
            if let list = vocabulary?.arrayValue { try scored(list) } else { try Self.mapped(vocabulary) }
        if marksBytes {
            for (id, row) in rows.enumerated() {
                guard let row, Vocabulary.byteValue(Array(row.piece.utf8)[...]) != nil else { continue }
                rows[id] = (row.piece, .byte)
            }
        }
        for token in added { try add(token, to: &rows) }
        for (id, row) in rows.enumerated() {
            table.append((row?.piece ?? "[PAD\(id)]").utf8)
            types.append((row?.kind ?? .unused).rawValue)
            if !scores.isEmpty && scores.count <= id { scores.append(0) }
        }
    }

    /// The rows of a list of pieces with their scores.
    private mutating func scored(_ list: [JSONValue]) throws(VocabularyError) -> [(piece: String, kind: TokenKind)?] {
        var rows: [(piece: String, kind: TokenKind)?] = []
        guard !list.isEmpty, list.count <= Self.maximumID else {
            throw VocabularyError("there are \(list.count) pieces", key: "model.vocab")
        }
        for (id, entry) in list.enumerated() {
            guard let piece = entry[0]?.stringValue, let score = entry[1]?.doubleValue, entry[2] == nil else {
                throw VocabularyError("entry \(id) is not a piece and its score", key: "model.vocab")
            }
            rows.append((piece, .normal))
            scores.append(score)
        }
        return rows
    }

    /// The rows of a map from piece to id.
    private static func mapped(_ vocabulary: JSONValue?) throws(VocabularyError) -> [(piece: String, kind: TokenKind)?]
    {
        guard let map = vocabulary?.objectValue, !map.isEmpty else {
            throw VocabularyError("there is no vocabulary", key: "model.vocab")
        }
        var rows: [(piece: String, kind: TokenKind)?] = []
        for (piece, value) in map {
            let id = try Self.id(value, of: piece, "model.vocab")
            Self.extend(&rows, to: id)
            if let other = rows[id] {
                let names = "\(TokenizerFile.quoted(other.piece)) and \(TokenizerFile.quoted(piece))"
                throw VocabularyError("pieces \(names) both have the id \(id)", key: "model.vocab")
            }
            rows[id] = (piece, .normal)
        }
        return rows
    }

    private mutating func add(
        _ token: JSONValue, to rows: inout [(piece: String, kind: TokenKind)?]
    ) throws(VocabularyError) {
        let key = "added_tokens"
        guard let content = token["content"]?.stringValue, !content.isEmpty else {
            throw VocabularyError("a token has no content", key: key)
        }
        let id = try Self.id(token["id"] ?? .null, of: content, key)
        guard token["single_word"]?.boolValue != true else {
            throw VocabularyError("token \(TokenizerFile.quoted(content)): single_word is not supported", key: key)
        }
        let rule = AddedTokenRule(
            stripsLeft: token["lstrip"]?.boolValue ?? false, stripsRight: token["rstrip"]?.boolValue ?? false,
            isNormalized: token["normalized"]?.boolValue ?? false)
        if rule.stripsLeft || rule.stripsRight || rule.isNormalized { rules[Int32(id)] = rule }
        Self.extend(&rows, to: id)
        if let other = rows[id], other.piece != content {
            let names = "\(TokenizerFile.quoted(other.piece)) and \(TokenizerFile.quoted(content))"
            throw VocabularyError("pieces \(names) both have the id \(id)", key: key)
        }
        rows[id] = (content, token["special"]?.boolValue == true ? .control : .userDefined)
    }

    private static func id(_ value: JSONValue, of piece: String, _ key: String) throws(VocabularyError) -> Int {
        guard let id = value.intValue, id >= 0, id < maximumID else {
            throw VocabularyError(
                "piece \(TokenizerFile.quoted(piece)) has no id from 0 to \(maximumID - 1)", key: key)
        }
        return Int(id)
    }

    private static func extend(_ rows: inout [(piece: String, kind: TokenKind)?], to id: Int) {
        while rows.count <= id { rows.append(nil) }
    }
}
