import JSON

/// What a request asks of the generation, whatever the endpoint; nil means "the server's default".
package struct GenerationOptions: Sendable {
    /// Most tokens to generate.
    package var maximumTokens: Int?
    /// Answers to each prompt.
    package var choices: Int
    /// How tokens are chosen.
    package var sampling: SamplingOptions
    /// When to stop before the limit.
    package var stopping: StoppingOptions
    /// What is reported beside the text.
    package var reporting: ReportingOptions
    /// Present exactly when the answer is streamed.
    package var stream: StreamOptions?
    /// Smaller runs earlier; 0 is the default.
    package var priority: Int
    /// Separates this request's cached prefixes from those of other salts.
    package var cacheSalt: String?
    /// What is said about the model's thinking; nil where its text is taken as it comes.
    package var reasoning: ReasoningOptions?
}

/// How tokens are chosen.
package struct SamplingOptions: Sendable {
    /// 0 is greedy.
    package var temperature: Double?
    /// Nucleus mass, 0…1.
    package var topP: Double?
    /// Candidates kept; 0 switches the stage off.
    package var topK: Int?
    /// Floor relative to the best candidate, 0…1.
    package var minP: Double?
    /// −2…2.
    package var presencePenalty: Double?
    /// −2…2.
    package var frequencyPenalty: Double?
    /// 1 is neutral.
    package var repetitionPenalty: Double?
    /// Added to the logits of these tokens, −100…100.
    package var logitBias: [Int32: Float]
    /// The seed's bits.
    package var seed: UInt64?
}

/// When to stop before the limit.
package struct StoppingOptions: Sendable {
    /// Texts that end the answer; never empty strings.
    package var strings: [String]
    /// Tokens that end the answer, beside the model's own.
    package var tokens: [Int32]
    /// Whether the stop text that matched stays in the answer.
    package var includesText: Bool
    /// Whether the model's own end tokens are just tokens.
    package var ignoresEnd: Bool
    /// No stopping before this many tokens.
    package var minimumTokens: Int
}

/// What is reported beside the text.
package struct ReportingOptions: Sendable {
    /// Alternatives to report per token; nil means no logprobs at all.
    package var topLogprobs: Int?
    /// The same for the prompt's tokens.
    package var promptLogprobs: Int?
    /// Whether special tokens leave no trace in the text.
    package var skipsSpecialTokens: Bool
    /// Whether each choice carries its `token_ids`.
    package var returnsTokenIDs: Bool
}

/// What a stream carries beside the deltas.
package struct StreamOptions: Sendable {
    /// One more chunk with the usage before the end.
    package var includesUsage: Bool
    /// Usage so far in every chunk.
    package var continuousUsage: Bool
}

extension GenerationOptions {
    /// Reads everything but logprobs, which the endpoints spell differently.
    init(_ reader: FieldReader, leastTokens: Int, limits: RequestLimits) throws(APIError) {
        maximumTokens = try Self.maximumTokens(reader, least: leastTokens)
        choices = try reader.integer("n", in: 1...max(1, min(128, limits.choices))) ?? 1
        sampling = try SamplingOptions(reader, limits: limits)
        stopping = try StoppingOptions(reader, limits: limits)
        stream = try StreamOptions.read(reader)
        reporting = ReportingOptions(
            topLogprobs: nil, promptLogprobs: try reader.integer("prompt_logprobs", in: 0...RequestLimits.topLogprobs),
            skipsSpecialTokens: try reader.boolean("skip_special_tokens") ?? true,
            returnsTokenIDs: try reader.boolean("return_token_ids") ?? false)
        priority = try reader.integer("priority", in: -1_000_000...1_000_000) ?? 0
        cacheSalt = try Self.cacheSalt(reader)
        if let most = maximumTokens, stopping.minimumTokens > most {
            throw .invalid("min_tokens", "'min_tokens' must not exceed the limit of \(most) tokens.")
        }
        if stream != nil, reporting.promptLogprobs != nil {
            throw .invalid("prompt_logprobs", "'prompt_logprobs' is not available in a stream.")
        }
    }

    private static func maximumTokens(_ reader: FieldReader, least: Int) throws(APIError) -> Int? {
        let older = try reader.integer("max_tokens", in: least...RequestLimits.tokens)
        let newer = try reader.integer("max_completion_tokens", in: least...RequestLimits.tokens)
        return newer ?? older
    }

    private static func cacheSalt(_ reader: FieldReader) throws(APIError) -> String? {
        guard let salt = try reader.string("cache_salt") else { return nil }
        guard (1...RequestLimits.saltBytes).contains(salt.utf8.count) else {
            throw .invalid("cache_salt", "'cache_salt' must have 1 to \(RequestLimits.saltBytes) bytes.")
        }
        return salt
    }
}

extension SamplingOptions {
    init(_ reader: FieldReader, limits: RequestLimits) throws(APIError) {
        temperature = try reader.number("temperature", in: 0...2)
        topP = try reader.number("top_p", in: 0...1)
        topK = try reader.integer("top_k", in: -1...RequestLimits.tokens).map { max(0, $0) }
        minP = try reader.number("min_p", in: 0...1)
        presencePenalty = try reader.number("presence_penalty", in: -2...2)
        frequencyPenalty = try reader.number("frequency_penalty", in: -2...2)
        repetitionPenalty = try reader.number("repetition_penalty", in: 0.01...10)
        seed = try reader.integer("seed", in: Int.min...Int.max).map { UInt64(bitPattern: Int64($0)) }
        logitBias = try Self.logitBias(reader, limits: limits)
    }

    private static func logitBias(_ reader: FieldReader, limits: RequestLimits) throws(APIError) -> [Int32: Float] {
        guard let entries = try reader.object("logit_bias") else { return [:] }
        guard entries.count <= limits.lists.logitBiases else {
            throw .invalid("logit_bias", "'logit_bias' has more than \(limits.lists.logitBiases) entries.")
        }
        var biases: [Int32: Float] = [:]
        for (key, value) in entries {
            guard let token = Int32(key), token >= 0, Int(token) < limits.vocabulary else {
                throw .invalid(
                    "logit_bias",
                    "'logit_bias' has the key '\(key.clipped)'; keys are token ids from 0 to \(limits.vocabulary - 1).")
            }
            let bias = try FieldReader.number(value, in: -100...100, path: "logit_bias")
            guard biases.updateValue(Float(bias), forKey: token) == nil else {
                throw .invalid("logit_bias", "'logit_bias' names token \(token) twice.")
            }
        }
        return biases
    }
}

extension StoppingOptions {
    init(_ reader: FieldReader, limits: RequestLimits) throws(APIError) {
        strings = try Self.strings(reader, limits: limits.lists)
        tokens = try Self.tokens(reader, limits: limits)
        includesText = try reader.boolean("include_stop_str_in_output") ?? false
        ignoresEnd = try reader.boolean("ignore_eos") ?? false
        minimumTokens = try reader.integer("min_tokens", in: 0...RequestLimits.tokens) ?? 0
    }

    private static func strings(_ reader: FieldReader, limits: ListLimits) throws(APIError) -> [String] {
        guard let value = reader.value("stop") else { return [] }
        let elements: [JSONValue]
        switch value {
        case .string: elements = [value]
        case .array(let several): elements = several
        default: throw FieldReader.wrongType("stop", expected: "a string or an array of strings", value)
        }
        guard elements.count <= limits.stops else {
            throw .invalid("stop", "'stop' has \(elements.count) sequences; at most \(limits.stops) are allowed.")
        }
        var strings: [String] = []
        for (index, element) in elements.enumerated() {
            guard let text = element.stringValue else {
                throw FieldReader.wrongType("stop[\(index)]", expected: "a string", element)
            }
            guard (1...limits.stopBytes).contains(text.utf8.count) else {
                throw .invalid("stop", "A stop sequence must have 1 to \(limits.stopBytes) bytes.")
            }
            strings.append(text)
        }
        return strings
    }

    private static func tokens(_ reader: FieldReader, limits: RequestLimits) throws(APIError) -> [Int32] {
        guard let elements = try reader.array("stop_token_ids", atMost: RequestLimits.stopTokens) else { return [] }
        var tokens: [Int32] = []
        for (index, element) in elements.enumerated() {
            let path = "stop_token_ids[\(index)]"
            tokens.append(
                Int32(try FieldReader.integer(element, in: 0...max(0, limits.vocabulary - 1), path: path)))
        }
        return tokens
    }
}

extension StreamOptions {
    /// The options of a stream, nil when none is asked for; options without a stream are an error.
    static func read(_ reader: FieldReader) throws(APIError) -> StreamOptions? {
        let isStreamed = try reader.boolean("stream") ?? false
        guard let options = try reader.object("stream_options") else {
            return isStreamed ? StreamOptions(includesUsage: false, continuousUsage: false) : nil
        }
        guard isStreamed else {
            throw .invalid("stream_options", "'stream_options' is only allowed when 'stream' is true.")
        }
        let inner = FieldReader(object: options, prefix: "stream_options.")
        return StreamOptions(
            includesUsage: try inner.boolean("include_usage") ?? false,
            continuousUsage: try inner.boolean("continuous_usage_stats") ?? false)
    }
}
