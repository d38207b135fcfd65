package import JSON

/// A validated body of the legacy `POST /v1/completions`.
package struct CompletionRequest: Sendable {
    /// One prompt.
    package enum Prompt: Sendable, Equatable {
        /// Text to be tokenised.
        case text(String)
        /// Tokens as they are.
        case tokens([Int32])
    }

    /// The model asked for; nil means the one that is loaded.
    package let model: String?
    /// The prompts, at least one.
    package let prompts: [Prompt]
    /// Whether each text begins with its prompt.
    package let echoesPrompt: Bool
    /// Candidates per prompt from which the likeliest `options.choices` are returned.
    package let candidates: Int
    /// Whether the model's begin token is put before a text.
    package let addsSpecialTokens: Bool
    /// How to generate; `maximumTokens` is never nil.
    package let options: GenerationOptions
    /// Whether the request names its limit; one that it does not name shrinks to what is left of the context.
    package let namesLimit: Bool
    /// Unknown fields, which were ignored.
    package let ignoredFields: [String]

    /// The limit when a request names none, as OpenAI documents it.
    private static let defaultTokens = 16

    /// Reads and checks a request body.
    /// - Throws: 400 naming the field at fault.
    package init(_ body: JSONValue, limits: RequestLimits) throws(APIError) {
        guard let object = body.objectValue else {
            throw .invalidJSON("a request is an object.")
        }
        ignoredFields = try FieldTable.completion.check(object, refusesUnknown: limits.refusesUnknownFields)
        let reader = FieldReader(object: object, prefix: "")
        model = try reader.string("model")
        prompts = try Self.prompts(reader, limits: limits)
        echoesPrompt = try reader.boolean("echo") ?? false
        addsSpecialTokens = try reader.boolean("add_special_tokens") ?? true
        var options = try GenerationOptions(reader, leastTokens: echoesPrompt ? 0 : 1, limits: limits)
        namesLimit = options.maximumTokens != nil
        options.maximumTokens = options.maximumTokens ?? Self.defaultTokens
        options.reporting.topLogprobs = try reader.integer("logprobs", in: 0...RequestLimits.topLogprobs)
        self.options = options
        candidates = try Self.candidates(reader, options: options, limits: limits)
    }

    private static func candidates(
        _ reader: FieldReader, options: GenerationOptions, limits: RequestLimits
    ) throws(APIError) -> Int {
        guard let best = try reader.integer("best_of", in: 1...max(1, min(128, limits.choices))) else {
            return options.choices
        }
        guard best >= options.choices else {
            throw .invalid("best_of", "'best_of' must be at least 'n', which is \(options.choices).")
        }
        if options.stream != nil, best > options.choices {
            throw .invalid("best_of", "'best_of' above 'n' cannot be streamed.")
        }
        return best
    }

    private static func prompts(_ reader: FieldReader, limits: RequestLimits) throws(APIError) -> [Prompt] {
        guard let value = reader.value("prompt") else { throw .missing("prompt") }
        if let text = value.stringValue { return [.text(text)] }
        guard let elements = value.arrayValue else {
            throw FieldReader.wrongType("prompt", expected: "a string or an array", value)
        }
        guard let first = elements.first else { throw .invalid("prompt", "'prompt' must not be empty.") }
        if first.stringValue == nil, first.arrayValue == nil {
            return [.tokens(try tokens(elements, path: "prompt", limits: limits))]
        }
        guard elements.count <= limits.prompts else {
            throw .invalid("prompt", "'prompt' has \(elements.count) texts; at most \(limits.prompts) are allowed.")
        }
        var prompts: [Prompt] = []
        for (index, element) in elements.enumerated() {
            prompts.append(try prompt(element, path: "prompt[\(index)]", limits: limits))
        }
        return prompts
    }

    private static func prompt(_ value: JSONValue, path: String, limits: RequestLimits) throws(APIError) -> Prompt {
        if let text = value.stringValue { return .text(text) }
        guard let elements = value.arrayValue else {
            throw FieldReader.wrongType(path, expected: "a string or an array of token ids", value)
        }
        return .tokens(try tokens(elements, path: path, limits: limits))
    }

    private static func tokens(
        _ elements: [JSONValue], path: String, limits: RequestLimits
    ) throws(APIError) -> [Int32] {
        try TokenList.read(elements, path: path, vocabulary: limits.vocabulary)
    }
}

/// Lists of token ids from outside.
enum TokenList {
    /// The ids, each checked to be one of the vocabulary's.
    static func read(_ elements: [JSONValue], path: String, vocabulary: Int) throws(APIError) -> [Int32] {
        var tokens: [Int32] = []
        tokens.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            let element = try FieldReader.integer(
                element, in: 0...max(0, vocabulary - 1), path: "\(path)[\(index)]")
            tokens.append(Int32(element))
        }
        return tokens
    }
}
