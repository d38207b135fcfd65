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
    /// Whom the caller asks for: `safety_identifier` or, under its older name, `user`.
    package var user: String?
    /// What is said about the model's thinking; nil where its text is taken as it comes.
    package var reasoning: ReasoningOptions?
    /// What the answer has to look like; nil for any form.
    package var constraint: OutputConstraint?
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
    init(_ reader: FieldReader) throws(APIError) {
        let olderLimit = try reader.integer("max_tokens")
        let limit = try reader.integer("max_completion_tokens") ?? olderLimit
        maximumTokens = limit.flatMap { $0 < 0 ? nil : $0 }
        choices = try reader.integer("n") ?? 1
        sampling = try SamplingOptions(reader)
        stopping = try StoppingOptions(reader)
        stream = try StreamOptions.read(reader)
        reporting = ReportingOptions(
            topLogprobs: nil, promptLogprobs: try reader.integer("prompt_logprobs"),
            skipsSpecialTokens: try reader.boolean("skip_special_tokens") ?? true,
            returnsTokenIDs: try reader.boolean("return_token_ids") ?? false)
        priority = try reader.integer("priority") ?? 0
        cacheSalt = try reader.string("cache_salt")
        user = reader.value("safety_identifier")?.stringValue ?? reader.value("user")?.stringValue
        constraint = try OutputConstraint.read(reader)
        if let most = maximumTokens, stopping.minimumTokens > most {
            throw .invalid("min_tokens", "'min_tokens' must not exceed the limit of \(most) tokens.")
        }
        if stream != nil, reporting.promptLogprobs != nil {
            throw .invalid("prompt_logprobs", "'prompt_logprobs' is not available in a stream.")
        }
    }
}

extension SamplingOptions {
    init(_ reader: FieldReader) throws(APIError) {
        temperature = try reader.number("temperature")
        topP = try reader.number("top_p")
        topK = try reader.integer("top_k").map { max(0, $0) }
        minP = try reader.number("min_p")
        presencePenalty = try reader.number("presence_penalty")
        frequencyPenalty = try reader.number("frequency_penalty")
        repetitionPenalty = try reader.number("repetition_penalty")
        seed = try reader.integer("seed").map { UInt64(bitPattern: Int64($0)) }
        logitBias = [:]
        for (key, value) in try reader.object("logit_bias") ?? [:] {
            guard let token = Int32(key), let bias = value.doubleValue else { continue }
            logitBias[token] = Float(bias)
        }
    }
}

extension StoppingOptions {
    init(_ reader: FieldReader) throws(APIError) {
        let stop = reader.value("stop")
        strings = stop?.stringValue.map { [$0] } ?? stop?.arrayValue?.compactMap(\.stringValue) ?? []
        tokens = TokenList.read(reader.value("stop_token_ids")?.arrayValue ?? [])
        includesText = try reader.boolean("include_stop_str_in_output") ?? false
        ignoresEnd = try reader.boolean("ignore_eos") ?? false
        minimumTokens = try reader.integer("min_tokens") ?? 0
    }
}

extension StreamOptions {
    /// The options of a stream, nil when none is asked for.
    static func read(_ reader: FieldReader) throws(APIError) -> StreamOptions? {
        let isStreamed = try reader.boolean("stream") ?? false
        guard let options = try reader.object("stream_options") else {
            return isStreamed ? StreamOptions(includesUsage: false, continuousUsage: false) : nil
        }
        let inner = FieldReader(object: options, prefix: "stream_options.")
        return StreamOptions(
            includesUsage: try inner.boolean("include_usage") ?? false,
            continuousUsage: try inner.boolean("continuous_usage_stats") ?? false)
    }
}
