import JSON

/// `config.json` of a checkpoint, said in the keys that GGUF files use for the same numbers.
///
/// Keys begin with the name in `architectures`. The keys know the fields they come from, so that errors name these.
struct CheckpointConfiguration {
    private let file: String
    /// The whole file.
    private let root: JSONObject
    /// The part about the text model, and what its fields' names begin with in errors.
    private let text: JSONObject
    private let prefix: String
    private let architecture: String

    private var keys: [String] = []
    private var values: [String: MetadataValue] = [:]
    private var fields: [String: String] = [:]

    init(_ json: JSONValue, file: String) throws(WeightsError) {
        self.file = file
        root = json.objectValue ?? JSONObject()
        guard let names = root["architectures"]?.arrayValue, let name = names.first?.stringValue, !name.isEmpty else {
            throw WeightsError(file: file, reason: "field 'architectures': is missing or does not begin with a name")
        }
        architecture = name
        (text, prefix) = try Self.textPart(root, file)
    }

    /// Models with several parts describe their text part in an object of its own.
    private static func textPart(_ root: JSONObject, _ file: String) throws(WeightsError) -> (JSONObject, String) {
        var part = root
        var prefix = ""
        for field in ["thinker_config", "text_config"] {
            guard let inner = part[field], !inner.isNull else { continue }
            prefix += field + "."
            guard let object = inner.objectValue else {
                throw WeightsError(file: file, reason: "field '\(prefix.dropLast())': an object is expected")
            }
            part = object
        }
        return (part, prefix)
    }

    /// Integers that only change their names.
    private static let integers: [(field: String, key: String)] = [
        ("max_position_embeddings", "context_length"), ("num_hidden_layers", "block_count"),
        ("hidden_size", "embedding_length"), ("intermediate_size", "feed_forward_length"),
        ("num_attention_heads", "attention.head_count"), ("num_key_value_heads", "attention.head_count_kv"),
        ("head_dim", "attention.key_length"), ("vocab_size", "vocab_size"),
        ("num_nextn_predict_layers", "nextn_predict_layers"),
    ]

    /// Everything that a model needs to know.
    consuming func metadata() throws(WeightsError) -> ModelMetadata {
        keys.append("general.architecture")
        fields["general.architecture"] = "architectures"
        values["general.architecture"] = .text(architecture)
        for (field, key) in Self.integers { try copyInteger(field, key) }
        try copyNumber(text["rms_norm_eps"], "rms_norm_eps", "attention.layer_norm_rms_epsilon")
        try copyTie()
        try refuseUnsupported()
        try copyRotary()
        return ModelMetadata(file: file, keys: keys, values: values, fields: fields)
    }

    // MARK: Single fields

    private mutating func set(_ suffix: String, _ field: String, _ value: MetadataValue?) {
        let key = "\(architecture).\(suffix)"
        fields[key] = prefix + field
        guard let value else { return }
        keys.append(key)
        values[key] = value
    }

    private mutating func copyInteger(_ field: String, _ suffix: String) throws(WeightsError) {
        let value = text[field] ?? .null
        guard !value.isNull else { return set(suffix, field, nil) }
        guard let integer = value.intValue else { throw mismatch(field, "an integer", value) }
        let most = suffix == "context_length" ? window ?? integer : integer
        set(suffix, field, .signed(min(integer, most)))
    }

    /// The window of a Mistral model: within it, attention is full attention.
    private var window: Int64? {
        guard architecture == "MistralForCausalLM", let window = text["sliding_window"]?.intValue, window > 0 else {
            return nil
        }
        return window
    }

    private mutating func copyNumber(
        _ value: JSONValue?, _ field: String, _ suffix: String
    ) throws(WeightsError) {
        guard let value, !value.isNull else { return set(suffix, field, nil) }
        guard let number = value.doubleValue else { throw mismatch(field, "a number", value) }
        set(suffix, field, .real(number))
    }

    /// Whether the embedding serves as head; models with several parts say so outside or inside the text part.
    private mutating func copyTie() throws(WeightsError) {
        let field = "tie_word_embeddings"
        guard let value = text[field] ?? root[field], !value.isNull else { return set("tied_embeddings", field, nil) }
        guard let flag = value.boolValue else { throw mismatch(field, "a truth value", value) }
        set("tied_embeddings", field, .flag(flag))
    }

    // MARK: Rotary position embedding

    /// `rope_theta` and `rope_scaling`, or both in `rope_parameters` as transformers 5 writes it.
    private mutating func copyRotary() throws(WeightsError) {
        let merged = try object("rope_parameters")
        let name = merged == nil ? "rope_scaling" : "rope_parameters"
        let scaling = merged == nil ? try object("rope_scaling") : merged
        if let scaling, scaling.contains(where: { $0.value.objectValue != nil }) {
            throw fail(name, "different values for different layers are not supported")
        }
        if scaling?["truncate"]?.boolValue == false { throw fail("\(name).truncate", "false is not supported") }
        let inner = scaling?["rope_theta"]
        try copyNumber(
            inner ?? text["rope_theta"], inner == nil ? "rope_theta" : "\(name).rope_theta", "rope.freq_base")
        guard let scaling else { return set("rope.scaling.type", name + ".rope_type", nil) }
        let typeField = scaling["rope_type"] == nil && scaling["type"] != nil ? "type" : "rope_type"
        let kind = scaling[typeField] ?? "default"
        guard let kind = kind.stringValue else { throw mismatch("\(name).\(typeField)", "a string", kind) }
        // Three axes, which are all the same for text.
        let hasAxes = kind == "mrope" || !(scaling["mrope_section"] ?? .null).isNull
        set("rope.axes", "\(name).mrope_section", hasAxes ? .flag(true) : nil)
        let isPlain = ["default", "mrope"].contains(kind)
        set("rope.scaling.type", "\(name).\(typeField)", .text(isPlain ? "none" : kind))
        guard !isPlain else { return }
        for (field, key) in Self.scalingNumbers {
            try copyNumber(scaling[field], "\(name).\(field)", "rope.scaling.\(key)")
        }
    }

    private static let scalingNumbers: [(field: String, key: String)] = [
        ("factor", "factor"), ("original_max_position_embeddings", "original_context_length"),
        ("attention_factor", "attention_factor"), ("beta_fast", "yarn_beta_fast"), ("beta_slow", "yarn_beta_slow"),
        ("low_freq_factor", "low_freq_factor"), ("high_freq_factor", "high_freq_factor"),
        ("mscale", "mscale"), ("mscale_all_dim", "mscale_all_dim"),
    ]

    private func object(_ field: String) throws(WeightsError) -> JSONObject? {
        guard let value = text[field], !value.isNull else { return nil }
        guard let object = value.objectValue else { throw mismatch(field, "an object", value) }
        return object
    }

    // MARK: What would compute something else

    private func refuseUnsupported() throws(WeightsError) {
        if let act = text["hidden_act"]?.stringValue, !["silu", "swish"].contains(act) {
            throw fail("hidden_act", "\(Quotation.quoted(act)) is not supported; only silu is")
        }
        for object in [root, text] {
            guard let quantization = object["quantization_config"], !quantization.isNull else { continue }
            let method = quantization["quant_method"]?.stringValue ?? "unknown"
            throw WeightsError(
                file: file,
                reason:
                    "field 'quantization_config': weights quantised by \(Quotation.quoted(method)) are not supported; "
                    + "take the checkpoint in BF16, F16 or F32")
        }
        let rotary = ["rope_parameters", "rope_scaling"].compactMap { text[$0]?["partial_rotary_factor"]?.doubleValue }
        let share = text["partial_rotary_factor"]?.doubleValue
        for share in rotary + [share].compactMap({ $0 }) where share != 1 {
            throw fail("partial_rotary_factor", "\(share) is not supported; only 1 is")
        }
        try refuseSlidingWindow()
    }

    private func refuseSlidingWindow() throws(WeightsError) {
        if let kinds = text["layer_types"]?.arrayValue,
            let other = kinds.first(where: { $0.stringValue != "full_attention" })
        {
            throw fail(
                "layer_types",
                "\(Quotation.quoted(other.stringValue ?? other.kind)) is not supported; only full_attention is")
        }
        guard text["use_sliding_window"]?.boolValue == true, let window = text["sliding_window"]?.intValue,
            let layers = text["num_hidden_layers"]?.intValue, text["max_window_layers"]?.intValue ?? 0 < layers,
            window < text["max_position_embeddings"]?.intValue ?? Int64.max
        else { return }
        throw fail(
            "use_sliding_window", "a sliding window (of \(window) tokens) is not supported; only full attention is")
    }

    private func mismatch(_ field: String, _ expected: String, _ value: JSONValue) -> WeightsError {
        fail(
            field,
            "\(expected) is expected, but the file holds \(value.kind == "array" || value.kind == "object" ? "an" : "a") \(value.kind)"
        )
    }

    private func fail(_ field: String, _ reason: String) -> WeightsError {
        WeightsError(file: file, reason: "field \(Quotation.quoted(prefix + field)): \(reason)")
    }
}
