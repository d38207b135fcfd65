package import JSON

/// `tokenizer.json` of a published model: a byte-level BPE with everything that goes with it.
///
/// What is read here is exactly what this tokenizer does; whatever else a file asks for is refused by name.
package struct TokenizerFile: Sendable {
    /// Vocabulary, types, merges and rules; which tokens have a role stands in other files.
    package let description: VocabularyDescription

    /// Reads the file; the error names the part at fault.
    ///
    /// - Parameter others: added tokens that stand elsewhere, each with its id; those of the file itself win.
    package init(_ json: JSONValue, others: [JSONValue]) throws(VocabularyError) {
        guard json.objectValue != nil else { throw VocabularyError("a JSON object is expected", key: "") }
        let model = json["model"] ?? .null
        try Self.checkModel(model)
        try Self.checkDecoder(json["decoder"] ?? .null)
        var rules = TextRules(try Self.family(json["pre_tokenizer"] ?? .null))
        rules.takesWholeWords = model["ignore_merges"]?.boolValue ?? false
        rules.normalizes = try Self.normalizes(json["normalizer"] ?? .null)
        let opening = try Self.opening(json["post_processor"] ?? .null)
        rules.addsBOS = opening != nil
        let added = json["added_tokens"]?.arrayValue ?? []
        let ids = Set(added.compactMap { $0["id"]?.intValue })
        let names = Set(added.compactMap { $0["content"]?.stringValue })
        let further = others.filter { token in
            !(token["id"]?.intValue.map(ids.contains) ?? false)
                && !(token["content"]?.stringValue.map(names.contains) ?? false)
        }
        let pieces = try PieceRows(model["vocab"], added: added + further)
        var description = VocabularyDescription(
            pieces: pieces.table, types: pieces.types, merges: try Self.merges(model["merges"] ?? .null),
            preTokenizer: "", model: "gpt2", bos: opening, eos: nil, eot: nil, pad: nil, addBOS: nil)
        description.rules = rules
        description.addedRules = pieces.rules
        self.description = description
    }

    // MARK: Model

    private static func checkModel(_ model: JSONValue) throws(VocabularyError) {
        guard let type = model["type"]?.stringValue ?? (model["merges"] == nil ? nil : "BPE") else {
            throw VocabularyError("there is no model", key: "model")
        }
        guard type == "BPE" else {
            throw VocabularyError("a model of type \(quoted(type)) is not supported; BPE is", key: "model.type")
        }
        guard model["byte_fallback"]?.boolValue != true else {
            throw VocabularyError(
                "a vocabulary in the manner of SentencePiece is not supported; byte-level BPE is",
                key: "model.byte_fallback")
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard let text = model[key]?.stringValue, !text.isEmpty else { continue }
            throw VocabularyError("\(quoted(text)) is not supported", key: "model.\(key)")
        }
        guard (model["dropout"]?.doubleValue ?? 0) == 0 else {
            throw VocabularyError("merges that are left out by chance are not supported", key: "model.dropout")
        }
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
