/// Bounds on what one request may ask for.
package struct RequestLimits: Sendable {
    /// Most choices (`n`) of one prompt, 1…128.
    package var choices: Int
    /// Most sequences one request may start: prompts × choices.
    package var sequences: Int
    /// Ids from 0 up to this are tokens; `logit_bias` and `stop_token_ids` must stay below it.
    package var vocabulary: Int
    /// Whether unknown fields are an error instead of being named in a header.
    package var refusesUnknownFields: Bool

    /// All four limits.
    package init(choices: Int, sequences: Int, vocabulary: Int, refusesUnknownFields: Bool) {
        self.choices = choices
        self.sequences = sequences
        self.vocabulary = vocabulary
        self.refusesUnknownFields = refusesUnknownFields
    }

    /// Most messages of a conversation.
    static let messages = 16_384
    /// Most parts of one message, and most tool calls of one.
    static let parts = 4_096
    /// Most stop strings; OpenAI takes 4.
    static let stops = 16
    /// Longest stop string in UTF-8 bytes.
    static let stopBytes = 1_024
    /// Most stop token ids.
    static let stopTokens = 1_024
    /// Most entries of `logit_bias`.
    static let logitBiases = 4_096
    /// Most alternatives reported for a token.
    static let topLogprobs = 20
    /// Longest `cache_salt` in UTF-8 bytes.
    static let saltBytes = 1_024
    /// Largest token count a request may name; far above every context, far below overflow.
    static let tokens = Int(Int32.max)
}
