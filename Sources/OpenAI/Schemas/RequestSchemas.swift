/// Forms that several tables share, or that are too long for a row.
extension FieldSchema {
    /// How many alternatives to report.
    static let alternatives = FieldSchema.integer(0, .fixed(RequestLimits.topLogprobs))
    /// A bound on thinking.
    static let budget = FieldSchema.integer(-1, .fixed(RequestLimits.tokens))
    /// How much is to be thought.
    static let effort = FieldSchema.word(ReasoningOptions.Effort.allCases.map(\.rawValue))

    /// One text, or several, none of them empty.
    static let stops = FieldSchema.either([.string(1, .stopBytes), .array(.string(1, .stopBytes), 0, .stops)])

    /// One prompt or several, each as text or as token ids.
    static let prompt = FieldSchema.either([
        .text,
        .array(.either([.text, .array(.token, 0, .fixed(RequestLimits.tokens))]), 1, .prompts),
        .array(.token, 1, .fixed(RequestLimits.tokens)),
    ])

    /// What a stream carries beside the deltas.
    static let streamOptions = FieldSchema.members([
        RequestField("include_usage", .boolean, "One more chunk with the usage before the end."),
        RequestField("continuous_usage_stats", .boolean, "Usage so far in every chunk."),
        RequestField("include_obfuscation", .ignored, "Chunks are not padded."),
    ])

    /// What the answer may look like.
    static let prediction = FieldSchema.members([
        RequestField("type", required: .word(["content"]), "The only kind there is."),
        RequestField("content", required: .content, "The text."),
    ])

    /// Variables for the template; those that the server reads itself have forms.
    static let templateVariables = FieldSchema.object(
        FieldTable([RequestField("thinking_budget", .budget, "Tokens after which the thinking is closed.")]), .free)
}
