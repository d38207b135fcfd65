/// Bounds on what one request may ask for.
package struct RequestLimits: Sendable {
    /// Most choices (`n`) of one prompt, 1…128.
    package var choices: Int
    /// Most prompts of one completion request.
    package var prompts: Int
    /// Ids from 0 up to this are tokens; `logit_bias` and `stop_token_ids` must stay below it.
    package var vocabulary: Int
    /// Ids from 0 up to this have a text; 0 while no model is known.
    package var knownTokens = 0
    /// Whether unknown fields are an error instead of being named in a header.
    package var refusesUnknownFields: Bool
    /// Bounds of the lists in a request.
    package var lists: ListLimits

    /// All limits.
    package init(choices: Int, prompts: Int, vocabulary: Int, refusesUnknownFields: Bool, lists: ListLimits) {
        self.choices = choices
        self.prompts = prompts
        self.vocabulary = vocabulary
        self.refusesUnknownFields = refusesUnknownFields
        self.lists = lists
    }

    /// The same limits for endpoints that always take unknown fields.
    var withoutStrictness: RequestLimits {
        var limits = self
        limits.refusesUnknownFields = false
        return limits
    }

    /// Most parts of one message, and most tool calls of one.
    static let parts = 4_096
    /// Most stop token ids.
    static let stopTokens = 1_024
    /// Most alternatives reported for a token.
    static let topLogprobs = 20
    /// Longest `cache_salt` in UTF-8 bytes.
    static let saltBytes = 1_024
    /// Most members of `chat_template_kwargs`.
    static let templateVariables = 64
    /// Most bytes of `chat_template_kwargs` as JSON.
    static let templateVariableBytes = 65_536
    /// Largest token count a request may name; far above every context, far below overflow.
    static let tokens = Int(Int32.max)
}

/// Bounds of the lists in a request.
package struct ListLimits: Sendable {
    /// Most messages of a conversation.
    package var messages: Int
    /// Most stop strings; OpenAI takes 4.
    package var stops: Int
    /// Longest stop string in UTF-8 bytes.
    package var stopBytes: Int
    /// Most entries of `logit_bias`.
    package var logitBiases: Int

    /// All limits.
    package init(messages: Int, stops: Int, stopBytes: Int, logitBiases: Int) {
        self.messages = messages
        self.stops = stops
        self.stopBytes = stopBytes
        self.logitBiases = logitBiases
    }
}
