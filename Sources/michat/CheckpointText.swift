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
    func vocabulary() throws -> VocabularyDescription {
        guard let json = try folder.json("tokenizer.json") else {
            throw WeightsError(file: folder.path, reason: "there is no tokenizer.json")
        }
        var description: VocabularyDescription
        do {
            description = try TokenizerFile(json).description
        } catch {
            throw fail("tokenizer.json", "\(error.key): \(error.reason)")
        }
        var ids: [String: Int32] = [:]
        for index in 0..<description.pieces.count {
            ids[String(decoding: description.pieces[index], as: UTF8.self)] = Int32(index)
        }
        func named(_ field: String) throws -> Int32? {
            guard let name = tokenName(field) else { return nil }
            guard let id = ids[name] else {
                throw fail("tokenizer_config.json", "\(field) \(Quotation.quoted(name)) is not in tokenizer.json")
            }
            return id
        }
        description.bos = try named("bos_token")
        description.eos = try named("eos_token")
        description.pad = try named("pad_token")
        description.otherEnds = try ends()
        description.addBOS = configuration["add_bos_token"]?.boolValue ?? false
        return description
    }

    /// The name of a token with a role: a string, or an object with its content.
    private func tokenName(_ field: String) -> String? {
        configuration[field]?.stringValue ?? configuration[field]?["content"]?.stringValue
    }

    /// The ids after which an answer is over.
    private func ends() throws -> [Int32] {
        var result: [Int32] = []
        for (file, json) in [("generation_config.json", generation), ("config.json", folder.configuration)] {
            guard let value = json["eos_token_id"], !value.isNull else { continue }
            for entry in value.arrayValue ?? [value] {
                guard let id = entry.intValue, id >= 0, id <= Int64(Int32.max) else {
                    throw fail(file, "field 'eos_token_id': a token id or a list of them is expected")
                }
                result.append(Int32(id))
            }
        }
        return result
    }

    /// The chat template: a file of its own, or part of the tokenizer's.
    func template() throws -> String? {
        if let own = try folder.text("chat_template.jinja") { return own }
        guard let value = configuration["chat_template"], !value.isNull else { return nil }
        if let text = value.stringValue { return text }
        let named = value.arrayValue?.first { $0["name"]?.stringValue == "default" }
        guard let text = named?["template"]?.stringValue else {
            throw fail("tokenizer_config.json", "field 'chat_template': neither a template nor a list with a default")
        }
        return text
    }

    private func fail(_ name: String, _ reason: String) -> WeightsError {
        WeightsError(file: folder.path + "/" + name, reason: reason)
    }
}
