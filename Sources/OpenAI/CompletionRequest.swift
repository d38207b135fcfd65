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
            throw .notAnObject
        }
        ignoredFields = try FieldTable.completion.check(object, limits: limits)
        let reader = FieldReader(object: object, prefix: "")
        model = try reader.string("model")
        prompts = try Self.prompts(reader)
        echoesPrompt = try reader.boolean("echo") ?? false
        addsSpecialTokens = try reader.boolean("add_special_tokens") ?? true
        var options = try GenerationOptions(reader)
        if options.maximumTokens == 0, !echoesPrompt {
            let name = reader.value("max_completion_tokens") == nil ? "max_tokens" : "max_completion_tokens"
            throw .invalid(name, "'\(name)' may be 0 only when 'echo' is true.")
        }
        namesLimit = options.maximumTokens != nil
        options.maximumTokens = options.maximumTokens ?? Self.defaultTokens
        options.reporting.topLogprobs = try reader.integer("logprobs")
        self.options = options
        candidates = try Self.candidates(reader, options: options)
    }

    private static func candidates(
        _ reader: FieldReader, options: GenerationOptions
    ) throws(APIError) -> Int {
        guard let best = try reader.integer("best_of") else { return options.choices }
        guard best >= options.choices else {
            throw .invalid("best_of", "'best_of' must be at least 'n', which is \(options.choices).")
        }
        if options.stream != nil, best > options.choices {
            throw .invalid("best_of", "'best_of' above 'n' cannot be streamed.")
        }
        return best
    }

    private static func prompts(_ reader: FieldReader) throws(APIError) -> [Prompt] {
        guard let value = reader.value("prompt") else { throw .missing("prompt") }
        if let text = value.stringValue { return [.text(text)] }
        let elements = value.arrayValue ?? []
        if elements.first?.intValue != nil { return [.tokens(TokenList.read(elements))] }
        return elements.map { element in
            element.stringValue.map { .text($0) } ?? .tokens(TokenList.read(element.arrayValue ?? []))
        }
    }
}

/// Lists of token ids from outside.
enum TokenList {
    /// The ids of a list whose form was checked.
    static func read(_ elements: [JSONValue]) -> [Int32] {
        elements.compactMap { element in element.intValue.flatMap { Int32(exactly: $0) } }
    }
}
