package import JSON

/// `tokenizer.json` of a published model: a byte-level BPE, or SentencePiece's BPE or unigram model.
///
/// What is read here is exactly what this tokenizer does; whatever else a file asks for is refused by name.
package struct TokenizerFile: Sendable {
    /// Vocabulary, types, merges and rules; which tokens have a role stands in other files.
    package let description: VocabularyDescription

    /// Reads the file; the error names the part at fault.
    ///
    /// - Parameter others: added tokens that stand elsewhere, each with its id; those of the file itself win.
    /// - Throws: ``VocabularyError`` naming the part at fault.
    package init(_ json: JSONValue, others: [JSONValue]) throws(VocabularyError) {
        guard json.objectValue != nil else { throw VocabularyError("a JSON object is expected", key: "") }
        let model = json["model"] ?? .null
        let type = try Self.checkModel(model)
        var rules = try Self.rules(json, type)
        let opening = try Self.opening(json["post_processor"] ?? .null)
        rules.addsBOS = opening != nil
        let added = json["added_tokens"]?.arrayValue ?? []
        let ids = Set(added.compactMap { $0["id"]?.intValue })
        let names = Set(added.compactMap { $0["content"]?.stringValue })
        let further = others.filter { token in
            !(token["id"]?.intValue.map(ids.contains) ?? false)
                && !(token["content"]?.stringValue.map(names.contains) ?? false)
        }
        let hasBytes = model["byte_fallback"]?.boolValue ?? false
        let pieces = try PieceRows(model["vocab"], added: added + further, marksBytes: hasBytes)
        let merges = type == .unigram ? PieceTable(bytes: [], ends: []) : try Self.merges(model["merges"] ?? .null)
        var description = VocabularyDescription(
            pieces: pieces.table, types: pieces.types, merges: merges, preTokenizer: "",
            model: rules.spaces == nil ? "gpt2" : type == .unigram ? "t5" : "llama", bos: opening, eos: nil, eot: nil,
            pad: nil, addBOS: nil)
        description.scores = pieces.scores
        description.unknown = try Self.unknown(model, in: pieces.table)
        description.fusesUnknown = type == .unigram || model["fuse_unk"]?.boolValue ?? false
        description.rules = rules
        description.addedRules = pieces.rules
        self.description = description
    }

    // MARK: Model

    /// The algorithms that a file may name.
    enum ModelType { case pairs, unigram }

    private static func checkModel(_ model: JSONValue) throws(VocabularyError) -> ModelType {
        guard let type = model["type"]?.stringValue ?? (model["merges"] == nil ? nil : "BPE") else {
            throw VocabularyError("there is no model", key: "model")
        }
        if type == "Unigram" { return .unigram }
        guard type == "BPE" else {
            throw VocabularyError(
                "a model of type \(quoted(type)) is not supported; BPE and Unigram are", key: "model.type")
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard let text = model[key]?.stringValue, !text.isEmpty else { continue }
            throw VocabularyError("\(quoted(text)) is not supported", key: "model.\(key)")
        }
        guard (model["dropout"]?.doubleValue ?? 0) == 0 else {
            throw VocabularyError("merges that are left out by chance are not supported", key: "model.dropout")
        }
        return .pairs
    }

    /// How text is prepared, split and put together again.
    private static func rules(_ json: JSONValue, _ type: ModelType) throws(VocabularyError) -> TextRules {
        let takesWholeWords = json["model"]?["ignore_merges"]?.boolValue ?? false
        if let spaces = try spaces(json, type) {
            return TextRules(spaces, takesWholeWords: takesWholeWords, addsBOS: false)
        }
        guard json["model"]?["byte_fallback"]?.boolValue != true else {
            throw VocabularyError(
                "bytes for unknown characters are not supported in a byte-level vocabulary",
                key: "model.byte_fallback")
        }
        try checkDecoder(json["decoder"] ?? .null)
        var rules = TextRules(try family(json["pre_tokenizer"] ?? .null))
        rules.takesWholeWords = takesWholeWords
        rules.normalizes = try normalizes(json["normalizer"] ?? .null)
        return rules
    }

    /// The token for what has no pieces: named by the one kind of model, numbered by the other.
    private static func unknown(_ model: JSONValue, in pieces: PieceTable) throws(VocabularyError) -> Int32? {
        if let number = model["unk_id"], !number.isNull {
            guard let id = number.intValue, id >= 0, id < pieces.count else {
                throw VocabularyError("there is no such piece", key: "model.unk_id")
            }
            return Int32(truncatingIfNeeded: id)
        }
        guard let name = model["unk_token"]?.stringValue else { return nil }
        let text = Array(name.utf8)[...]
        guard let id = (0..<pieces.count).first(where: { pieces[$0] == text }) else {
            throw VocabularyError("\(quoted(name)) is not a piece", key: "model.unk_token")
        }
        return Int32(truncatingIfNeeded: id)
    }

    private static func merges(_ json: JSONValue) throws(VocabularyError) -> PieceTable {
        guard let list = json.arrayValue else { throw VocabularyError("there are no merges", key: "model.merges") }
        var merges = PieceTable(bytes: [], ends: [])
        for (index, entry) in list.enumerated() {
            if let line = entry.stringValue {
                merges.append(line.utf8)
            } else if let left = entry[0]?.stringValue, let right = entry[1]?.stringValue, entry[2] == nil {
                merges.append((left + " " + right).utf8)
            } else {
                throw VocabularyError("merge \(index) is not two pieces", key: "model.merges")
            }
        }
        return merges
    }

    private static func checkDecoder(_ json: JSONValue) throws(VocabularyError) {
        let steps = json["decoders"]?.arrayValue ?? [json]
        guard steps.contains(where: { $0["type"]?.stringValue == "ByteLevel" }) else {
            let type = json["type"]?.stringValue ?? "none"
            throw VocabularyError("a decoder of type \(quoted(type)) is not supported; ByteLevel is", key: "decoder")
        }
    }

    /// The token that the file puts in front of every text; nil for none.
    private static func opening(_ json: JSONValue) throws(VocabularyError) -> Int32? {
        let key = "post_processor"
        for step in json["processors"]?.arrayValue ?? (json.isNull ? [] : [json]) {
            let type = step["type"]?.stringValue ?? ""
            if type == "ByteLevel" { continue }
            guard type == "TemplateProcessing", let single = step["single"]?.arrayValue else {
                throw VocabularyError(
                    "\(quoted(type)) is not supported; ByteLevel and TemplateProcessing are", key: key)
            }
            let names = single.map { $0["SpecialToken"]?["id"]?.stringValue }
            guard names.count <= 2, names.last == .some(nil) else {
                throw VocabularyError(
                    "only a template of a text with at most one token before it is supported", key: key)
            }
            guard names.count == 2 else { continue }
            guard let name = names[0], let id = step["special_tokens"]?[name]?["ids"]?[0]?.intValue,
                let narrow = Int32(exactly: id)
            else { throw VocabularyError("the template's token has no id", key: key) }
            return narrow
        }
        return nil
    }

    static func quoted(_ text: String) -> String { PieceTable.quoted(Array(text.utf8)[...]) }
}
