import Tokenization
package import Weights

/// What a GGUF file says about text: vocabulary, roles of tokens, chat template.
package struct GGUFText {
    private let model: ModelFile
    /// Rows of the embedding.
    private let rows: Int

    /// What `model` says, for an embedding of so many rows.
    package init(_ model: ModelFile, rows: Int) {
        self.model = model
        self.rows = rows
    }

    /// All keys.
    /// - Throws: ``ServingError`` for a tokenizer that cannot be used, or cannot be said in GGUF files.
    package func values() throws(ServingError) -> [(String, GGUFValue)] {
        let vocabulary = try ServingError.reading(try model.vocabulary())
        guard vocabulary.pieces.count <= rows else {
            throw .model(
                "\(model.file.path): the tokenizer has \(vocabulary.pieces.count) tokens, the model \(rows)")
        }
        _ = try model.tokenizer()
        var values: [(String, GGUFValue)] = [("general.name", .text(title))]
        values += [
            ("tokenizer.ggml.model", .text(vocabulary.model)),
            ("tokenizer.ggml.pre", .text(try preTokenizer(vocabulary))),
        ]
        values += filled(vocabulary)
        if let rules = vocabulary.rules, let spaces = rules.spaces {
            values += try SpacedVocabulary(vocabulary, rules, spaces, name: model.file.path).values(rows: rows)
        } else {
            values.append(("tokenizer.ggml.merges", .strings(Self.packed(vocabulary.merges))))
        }
        values += roles(vocabulary)
        if let adds = vocabulary.addBOS { values.append(("tokenizer.ggml.add_bos_token", .flag(adds))) }
        if let template = try model.templateText() { values.append(("tokenizer.chat_template", .text(template))) }
        return values
    }

    private var title: String {
        if !model.title.isEmpty { return model.title }
        let base = model.file.path.split(separator: "/").last.map(String.init) ?? "model"
        return base.hasSuffix(".gguf") ? String(base.dropLast(5)) : base
    }

    /// The name that other programs know the splitting by.
    private func preTokenizer(_ vocabulary: VocabularyDescription) throws(ServingError) -> String {
        guard let rules = vocabulary.rules else { return vocabulary.preTokenizer }
        if rules.spaces != nil { return "default" }
        guard let name = rules.publishedName else {
            throw .model("\(model.file.path): the way the tokenizer splits text has no name in GGUF files")
        }
        return name
    }

    /// Pieces and their kinds, rows without a token filled with padding.
    private func filled(_ vocabulary: VocabularyDescription) -> [(String, GGUFValue)] {
        var bytes = vocabulary.pieces.bytes
        var ends = vocabulary.pieces.ends
        let normal: Int32 = 1, unused: Int32 = 5
        var types =
            vocabulary.types.isEmpty ? [Int32](repeating: normal, count: ends.count) : vocabulary.types
        for row in ends.count..<rows {
            bytes += "[PAD\(row)]".utf8
            ends.append(bytes.count)
            types.append(unused)
        }
        return [
            ("tokenizer.ggml.tokens", .strings(PackedStrings(bytes: bytes, ends: ends))),
            ("tokenizer.ggml.token_type", .integers(types)),
        ]
    }

    private static func packed(_ table: PieceTable) -> PackedStrings {
        PackedStrings(bytes: table.bytes, ends: table.ends)
    }

    /// Tokens with a role. The first end that is not the usual one ends turns.
    private func roles(_ vocabulary: VocabularyDescription) -> [(String, GGUFValue)] {
        let eos = vocabulary.eos ?? vocabulary.otherEnds.first
        let eot = vocabulary.eot ?? vocabulary.otherEnds.first { $0 != eos }
        let roles = [("bos", vocabulary.bos), ("eos", eos), ("eot", eot), ("padding", vocabulary.pad)]
        return roles.compactMap { name, id in
            guard let id, let number = UInt32(exactly: id) else { return nil }
            return ("tokenizer.ggml.\(name)_token_id", .unsigned(number))
        }
    }
}
