/// What several answers consist of.
enum AnswerParts {
    static let count = FieldSchema.integer(0, .unlimited)
    private static let ids = FieldSchema.array(count, 0, .unlimited)
    private static let logprob = FieldSchema.number(-9999...1)
    private static let finish = FieldSchema.word(["stop", "length", "tool_calls", "content_filter"])

    /// What is equal in every chunk of an answer.
    static func identity(_ object: String) -> [RequestField] {
        [
            RequestField("id", required: .text, "The answer's name."),
            RequestField("object", required: .word([object]), "What this is."),
            RequestField("created", required: count, "Unix time in seconds."),
            RequestField("model", required: .text, "The model that answers."),
            RequestField("system_fingerprint", required: .text, "Changes when answers might."),
        ]
    }

    /// Tokens read and written.
    static let usage = FieldSchema.answer([
        RequestField("prompt_tokens", required: count, "Tokens of the prompt."),
        RequestField("completion_tokens", required: count, "Tokens of all answers."),
        RequestField("total_tokens", required: count, "Both."),
        RequestField(
            "prompt_tokens_details",
            required: .answer([RequestField("cached_tokens", required: count, "Found in the prefix cache.")]),
            "Of the prompt."),
        RequestField(
            "completion_tokens_details",
            required: .answer([
                RequestField("reasoning_tokens", required: count, "Thinking."),
                RequestField("accepted_prediction_tokens", required: count, "Drafted and right."),
                RequestField("rejected_prediction_tokens", required: count, "Drafted and wrong; part of nothing."),
            ]), "Of the answers."),
    ])

    private static let remarks = [
        RequestField("stop_reason", .text, "Why it ended although no limit was reached."),
        RequestField("reasoning_closed_by", .text, "What closed the thinking in the model's stead."),
    ]

    private static let reasoning = [
        RequestField("reasoning_content", .nullable(.text), "What was thought."),
        RequestField("reasoning", .nullable(.text), "The same."),
    ]

    /// One answer to a conversation.
    static let choice = FieldSchema.answer(
        [
            RequestField("index", required: count, "Its place."),
            RequestField("message", required: message, "What is said."),
            RequestField("logprobs", required: .nullable(chatLogprobs), "Where they were asked for."),
            RequestField("token_ids", ids, "Where they were asked for."),
            RequestField("finish_reason", required: finish, "Why it ended."),
        ] + remarks)

    private static let message = FieldSchema.answer(
        [
            RequestField("role", required: .word(["assistant"]), "Who speaks."),
            RequestField("content", required: .nullable(.text), "What is said; null only beside calls."),
            RequestField("refusal", required: .null, "Always null."),
            RequestField(
                "tool_calls",
                .array(
                    .answer([
                        RequestField("id", required: .text, "By which it is answered."),
                        RequestField("type", required: .word(["function"]), "The only type there is."),
                        RequestField(
                            "function",
                            required: .answer([
                                RequestField("name", required: .text, "Which function."),
                                RequestField("arguments", required: .text, "JSON in a text."),
                            ]), "What is called."),
                    ]), 1, .unlimited), "What is called."),
        ] + reasoning)

    /// What a chunk adds to an answer to a conversation.
    static let chunkChoice = FieldSchema.answer(
        [
            RequestField("index", required: count, "Its place."),
            RequestField("delta", required: delta, "What is new."),
            RequestField("logprobs", required: .nullable(chatLogprobs), "Where they were asked for."),
            RequestField("token_ids", ids, "Where they were asked for."),
            RequestField("finish_reason", required: .nullable(finish), "Why it ended; null until then."),
        ] + remarks)

    private static let delta = FieldSchema.answer(
        [
            RequestField("role", .word(["assistant"]), "Only in the first."),
            RequestField("content", .text, "More text."),
            RequestField("refusal", .null, "Always null."),
            RequestField(
                "tool_calls",
                .array(
                    .answer([
                        RequestField("index", required: count, "Which call."),
                        RequestField("id", .text, "Only in the first fragment."),
                        RequestField("type", .word(["function"]), "Only in the first fragment."),
                        RequestField(
                            "function",
                            required: .answer([
                                RequestField("name", .text, "Only in the first fragment."),
                                RequestField("arguments", .text, "More of the arguments."),
                            ]), "What is called."),
                    ]), 1, .unlimited), "More of the calls."),
        ] + reasoning)

    /// One continuation, or what a chunk adds to it.
    static let completionChoice = FieldSchema.answer(
        [
            RequestField("text", required: .text, "The text."),
            RequestField("index", required: count, "Its place."),
            RequestField("logprobs", required: .nullable(legacyLogprobs), "Where they were asked for."),
            RequestField("token_ids", ids, "Where they were asked for."),
            RequestField("prompt_logprobs", promptLogprobs, "Where they were asked for."),
            RequestField("finish_reason", required: .nullable(finish), "Why it ended; null until then."),
        ] + remarks)

    private static let figures = [
        RequestField("token", required: .text, "The token's text."),
        RequestField("logprob", required: logprob, "Natural logarithm of its probability."),
        RequestField("bytes", required: .nullable(.array(.integer(0, 255), 0, .unlimited)), "The token's bytes."),
    ]

    private static let chatLogprobs = FieldSchema.answer([
        RequestField(
            "content",
            required: .array(
                .answer(
                    figures + [
                        RequestField("top_logprobs", required: .array(.answer(figures), 0, 21), "Alternatives.")
                    ]), 0, .unlimited), "One entry a token."),
        RequestField("refusal", required: .null, "Always null."),
    ])

    private static let legacyLogprobs = FieldSchema.answer([
        RequestField("tokens", required: .array(.text, 0, .unlimited), "The tokens' texts."),
        RequestField("token_logprobs", required: .array(.nullable(logprob), 0, .unlimited), "One a token."),
        RequestField("top_logprobs", required: .array(.nullable(.map(logprob)), 0, .unlimited), "Alternatives."),
        RequestField("text_offset", required: ids, "Where each token begins, in Unicode scalars."),
    ])

    /// One entry for each token of the prompt.
    static let promptLogprobs = FieldSchema.array(
        .nullable(
            .map(
                .answer([
                    RequestField("logprob", required: logprob, "Natural logarithm of its probability."),
                    RequestField("rank", required: .nullable(count), "Its place among all tokens."),
                    RequestField("decoded_token", required: .text, "The token's text."),
                ]))), 0, .unlimited)

    /// A token with its text, or with its bytes where they are no text.
    static let piece = FieldSchema.answer([
        RequestField("id", required: count, "The token."),
        RequestField("piece", required: .either([.text, .array(.integer(0, 255), 0, .unlimited)]), "Its text."),
    ])
}
