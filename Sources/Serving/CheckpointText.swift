import JSON
import Tokenization
import Weights

/// What a checkpoint folder says about text: tokenizer, template, ends of answers, sampling.
struct CheckpointText {
    private let folder: CheckpointFolder
    /// `tokenizer_config.json`, or null.
    private let configuration: JSONValue
    /// `generation_config.json`, or null.
    private let generation: JSONValue

    init(_ folder: CheckpointFolder) throws(WeightsError) {
        self.folder = folder
        configuration = try folder.json("tokenizer_config.json") ?? .null
        generation = try folder.json("generation_config.json") ?? .null
    }

    /// The vocabulary with the tokens that have a role.
    func vocabulary() throws(WeightsError) -> VocabularyDescription {
        var description = try pieces()
        let ids = try roles(in: description.pieces)
        description.addBOS = configuration["add_bos_token"]?.boolValue ?? description.rules?.addsBOS
        // The token that the file itself puts in front is the one that opens.
        description.bos = description.bos ?? ids["bos_token"]
        description.eos = ids["eos_token"] ?? description.eos
        description.pad = ids["pad_token"] ?? description.pad
        description.otherEnds = try ends(in: description)
        return description
    }

    /// What `tokenizer.json` says, or `tokenizer.model` where that is all there is.
    private func pieces() throws(WeightsError) -> VocabularyDescription {
        if let json = try folder.json("tokenizer.json") {
            do {
                return try TokenizerFile(json, others: furtherTokens()).description
            } catch {
                throw fail("tokenizer.json", "\(error.key): \(error.reason)")
            }
        }
        guard let bytes = try folder.data("tokenizer.model") else {
            throw fail("tokenizer.json", "is missing, and there is no tokenizer.model either")
        }
        do {
            return try SentencePieceFile(bytes, others: furtherTokens()).description
        } catch {
            throw fail("tokenizer.model", error.reason)
        }
    }

    /// Added tokens that stand in `tokenizer_config.json`.
    private func furtherTokens() -> [JSONValue] {
        let listed = configuration["added_tokens_decoder"]?.objectValue ?? JSONObject()
        return listed.map { id, token in
            var entry = token.objectValue ?? JSONObject()
            entry["id"] = Int64(id).map { .int($0) } ?? .string(id)
            return .object(entry)
        }
    }

    /// The ids of the tokens with a role, by the field that names them.
    private func roles(in pieces: PieceTable) throws(WeightsError) -> [String: Int32] {
        var wanted: [String: String] = [:]
        for field in ["bos_token", "eos_token", "pad_token"] { wanted[field] = tokenName(field) }
        var ids: [String: Int32] = [:]
        let names = wanted.mapValues { Array($0.utf8)[...] }
        for index in 0..<pieces.count {
            for (field, name) in names where pieces[index] == name { ids[field] = Int32(index) }
        }
        if let lost = wanted.keys.sorted().first(where: { ids[$0] == nil }) {
            throw fail(
                "tokenizer_config.json", "\(lost) \(Quotation.quoted(wanted[lost] ?? "")) is not in tokenizer.json")
        }
        return ids
    }

    /// The name of a token with a role: a string, or an object with its content.
    private func tokenName(_ field: String) -> String? {
        configuration[field]?.stringValue ?? configuration[field]?["content"]?.stringValue
    }

    /// The ids after which an answer is over. Where one of them is no special token, the tokenizer is of another model.
    private func ends(in description: VocabularyDescription) throws(WeightsError) -> [Int32] {
        var result: [Int32] = []
        for (file, json) in [("generation_config.json", generation), ("config.json", folder.configuration)] {
            guard let value = json["eos_token_id"], !value.isNull else { continue }
            for entry in value.arrayValue ?? [value] {
                guard let number = entry.intValue, let id = Int32(exactly: number), id >= 0 else {
                    throw fail(file, "field 'eos_token_id': a token id or a list of them is expected")
                }
                let mismatch = "field 'eos_token_id': the tokenizer does not match the model: \(id) is"
                guard id < description.pieces.count else {
                    throw fail(file, "\(mismatch) not among the \(description.pieces.count) tokens of tokenizer.json")
                }
                guard description.types[Int(id)] != TokenKind.normal.rawValue else {
                    let piece = String(decoding: description.pieces[Int(id)], as: UTF8.self)
                    throw fail(file, "\(mismatch) the ordinary text \(Quotation.quoted(piece)) in tokenizer.json")
                }
                result.append(id)
            }
        }
        return result
    }

    /// The chat template: a file of its own, or part of the tokenizer's.
    func template() throws(WeightsError) -> String? {
        if let own = try folder.text("chat_template.jinja") { return own }
        var value = configuration["chat_template"] ?? .null
        if value.isNull { value = try folder.json("chat_template.json")?["chat_template"] ?? .null }
        guard !value.isNull else { return nil }
        if let text = value.stringValue { return text }
        guard let text = namedTemplate("default") else {
            throw fail("tokenizer_config.json", "field 'chat_template': neither a template nor a list with a default")
        }
        return text
    }

    /// The chat template for conversations with tools, where the folder has one of its own.
    func toolTemplate() throws(WeightsError) -> String? {
        try folder.text("additional_chat_templates/tool_use.jinja") ?? namedTemplate("tool_use")
    }

    private func namedTemplate(_ name: String) -> String? {
        let list = configuration["chat_template"]?.arrayValue
        return list?.first { $0["name"]?.stringValue == name }?["template"]?.stringValue
    }

    /// What the model's makers recommend to sample with.
    func sampling() throws(WeightsError) -> SamplingSuggestion {
        var result = SamplingSuggestion()
        result.temperature = try number("temperature", 0...2)
        result.topP = try number("top_p", 0...1)
        result.topK = try number("top_k", -1...1_000_000).map { max(0, Int($0)) }
        result.minP = try number("min_p", 0...1)
        result.repetitionPenalty = try number("repetition_penalty", 0.01...10)
        if generation["do_sample"]?.boolValue == false { result.temperature = 0 }
        return result
    }

    private func number(_ field: String, _ range: ClosedRange<Double>) throws(WeightsError) -> Double? {
        guard let value = generation[field], !value.isNull else { return nil }
        guard let number = value.doubleValue, range.contains(number) else {
            throw fail(
                "generation_config.json",
                "field '\(field)': a number from \(range.lowerBound) to \(range.upperBound) is expected")
        }
        return number
    }

    private func fail(_ name: String, _ reason: String) -> WeightsError {
        WeightsError(file: folder.path + (folder.path.hasSuffix("/") ? "" : "/") + name, reason: reason)
    }
}
