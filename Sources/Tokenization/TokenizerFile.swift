package import JSON

/// `tokenizer.json` of a published model: a byte-level BPE with everything that goes with it.
///
/// What is read here is exactly what this tokenizer does; whatever else a file asks for is refused by name.
package struct TokenizerFile: Sendable {
    /// Vocabulary, types, merges and rules; which tokens have a role stands in other files.
    package let description: VocabularyDescription

    /// Reads the file; the error names the part at fault.
    package init(_ json: JSONValue) throws(VocabularyError) {
        guard json.objectValue != nil else { throw VocabularyError("a JSON object is expected", key: "") }
        let model = json["model"] ?? .null
        try Self.checkModel(model)
        try Self.checkDecoder(json["decoder"] ?? .null)
        var rules = TextRules(try Self.family(json["pre_tokenizer"] ?? .null))
        rules.takesWholeWords = model["ignore_merges"]?.boolValue ?? false
        rules.normalizes = try Self.normalizes(json["normalizer"] ?? .null)
        rules.addsBOS = false
        let pieces = try PieceRows(model["vocab"], added: json["added_tokens"])
        var description = VocabularyDescription(
            pieces: pieces.table, types: pieces.types, merges: try Self.merges(model["merges"] ?? .null),
            preTokenizer: "", model: "gpt2", bos: nil, eos: nil, eot: nil, pad: nil, addBOS: nil)
        description.rules = rules
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

    static func quoted(_ text: String) -> String { PieceTable.quoted(Array(text.utf8)[...]) }
}
