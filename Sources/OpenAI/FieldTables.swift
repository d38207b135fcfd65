extension FieldTable {
    /// Every field of `POST /v1/chat/completions`.
    package static let chat = FieldTable(
        [
            RequestField("messages", required: .messages, "The conversation so far."),
            RequestField("logprobs", .boolean, "Whether to report the log probability of each token."),
            RequestField("top_logprobs", .alternatives, onlyWith: "logprobs", "Alternatives to report per token."),
            RequestField("add_generation_prompt", .boolean, "Whether the template opens the assistant's turn."),
            RequestField("continue_final_message", .boolean, "Whether the answer continues the last message."),
            RequestField("prediction", .prediction, "What the answer may look like; it changes speed alone."),
            RequestField(
                "chat_template_kwargs", .templateVariables, "Variables for the chat template, 64 KiB at most."),
        ] + reasoning + tools + limit + generation + laterChat + ignoredChat)

    /// Functions that the model may call.
    private static let tools = [
        RequestField("tools", .tools, "The functions that the model may call; an empty list counts as absent."),
        RequestField("tool_choice", .toolChoice, "Which of them it calls; needs 'tools'."),
        RequestField("parallel_tool_calls", .boolean, "Whether an answer may call several times."),
    ]

    /// The model's thinking, in every spelling that clients know.
    private static let reasoning = [
        RequestField("reasoning_effort", .effort, "How much is thought."),
        RequestField("max_thinking_tokens", .budget, "Tokens after which the thinking is closed; -1 for no bound."),
        RequestField("thinking_budget", .budget, "The same."),
        RequestField("thinking_token_budget", .budget, "The same."),
        RequestField("thinking_budget_tokens", .budget, "The same."),
        RequestField("enable_thinking", .boolean, "Whether anything is thought at all."),
        RequestField(
            "thinking",
            .members([
                RequestField("type", .word(ReasoningOptions.types), "Whether anything is thought."),
                RequestField("budget_tokens", .budget, "Tokens after which the thinking is closed."),
            ]), "Thinking, in the shape of other services."),
        RequestField(
            "reasoning",
            .members([
                RequestField("effort", .effort, "How much is thought."),
                RequestField("max_tokens", .budget, "Tokens after which the thinking is closed."),
                RequestField("enabled", .boolean, "Whether anything is thought at all."),
                RequestField("exclude", .boolean, "Whether the reasoning is kept back."),
            ]), "Thinking, in the shape of routers."),
        RequestField("include_reasoning", .boolean, "Whether the reasoning is sent."),
        RequestField("separate_reasoning", .boolean, "Whether the reasoning is told from the content."),
        RequestField("stream_reasoning", .ignored, "Reasoning is streamed whenever the answer is."),
    ]

    /// Every field of `POST /v1/completions`.
    package static let completion = FieldTable(
        [
            RequestField("prompt", required: .prompt, "A text, several, a list of token ids, or several of those."),
            RequestField("logprobs", .alternatives, "Alternatives to report per token."),
            RequestField("echo", .boolean, "Whether the prompt is part of the text."),
            RequestField("best_of", .integer(1, .choices), "Candidates from which the likeliest 'n' are returned."),
            RequestField("add_special_tokens", .boolean, "Whether the model's begin token is put first."),
            RequestField(
                "suffix", .refused(unless: .emptyString), "this server completes a text but does not fill a gap."),
        ] + limit + generation + constraints + ignored)

    /// The limit of an answer.
    private static let limit: [RequestField] = {
        let tokens = FieldSchema.integer(-1, .fixed(RequestLimits.tokens))
        return [
            RequestField(
                "max_tokens", tokens,
                "Most tokens to generate; -1 for as many as when nothing is said, 0 only for an echo of the prompt."),
            RequestField("max_completion_tokens", tokens, "The same under its newer name, which wins."),
        ]
    }()

    /// What both endpoints honour.
    private static let generation = [
        model,
        RequestField("temperature", .number(0...2), "0 is greedy."),
        RequestField("top_p", .number(0...1), "Nucleus mass."),
        RequestField(
            "top_k", .integer(-1, .fixed(RequestLimits.tokens)), "Candidates kept; -1 or 0 switches the stage off."),
        RequestField("min_p", .number(0...1), "Floor relative to the likeliest token."),
        RequestField("presence_penalty", .number(-2...2), "Makes tokens that were said less likely."),
        RequestField("frequency_penalty", .number(-2...2), "The same for each time that they were said."),
        RequestField("repetition_penalty", .number(0.01...10), "Divides the logits of known tokens; 1 is neutral."),
        RequestField("logit_bias", .tokenMap(.number(-100...100), .logitBiases), "Token ids as strings to biases."),
        RequestField("seed", .integer(Int.min, .unlimited), "The same seed gives the same answer."),
        RequestField("n", .integer(1, .choices), "Answers to each prompt."),
        RequestField("stop", .stops, "A text, or several, that end the answer."),
        RequestField(
            "stop_token_ids", .array(.token, 0, .fixed(RequestLimits.stopTokens)), "Tokens that end the answer."),
        RequestField("include_stop_str_in_output", .boolean, "Whether the stop text stays in the answer."),
        RequestField("ignore_eos", .boolean, "Whether the model's end token is just a token."),
        RequestField("min_tokens", .integer(0, .fixed(RequestLimits.tokens)), "No stopping before this many tokens."),
        RequestField("stream", .boolean, "Whether the answer comes as server-sent events."),
        RequestField("stream_options", .streamOptions, onlyWith: "stream", "What a stream carries beside the deltas."),
        RequestField("skip_special_tokens", .boolean, "Whether special tokens leave no trace in the text."),
        RequestField("prompt_logprobs", .alternatives, "Alternatives to report per token of the prompt."),
        RequestField("return_token_ids", .boolean, "Whether each choice carries its token_ids."),
        RequestField(
            "priority", .integer(-1_000_000, 1_000_000),
            "Larger runs later; smaller runs earlier where 'api.priority' lets it."),
        RequestField(
            "cache_salt", .string(1, .fixed(RequestLimits.saltBytes)),
            "Cached prefixes are shared among requests of one salt only, whatever their users."),
    ]

    /// The model's name.
    private static let model = RequestField("model", .text, "The loaded model's id, or 'default'.")

    /// Every field of `POST /tokenize` but those of a conversation.
    package static let tokenize = FieldTable(
        [
            model,
            RequestField("content", .text, "The text; no begin token is added unless asked for."),
            RequestField("prompt", .text, "The text; the begin token is added unless refused."),
            RequestField("messages", .messages, "A conversation instead, with the fields of chat that render it."),
            RequestField("add_special", .boolean, "Whether the model's begin token is put first."),
            RequestField("add_special_tokens", .boolean, "The same."),
            RequestField("parse_special", .boolean, "Whether special tokens written in the text are recognised."),
            RequestField("with_pieces", .boolean, "Whether each token comes with its text."),
            RequestField("return_token_strs", .boolean, "Whether a list of the tokens' texts is added."),
        ], oneOf: ["prompt", "content", "messages"])

    /// Every field of `POST /detokenize`.
    package static let detokenize = FieldTable([
        model,
        RequestField("tokens", required: .array(.anyToken, 0, .fixed(RequestLimits.tokens)), "The tokens."),
    ])

    /// What the answer has to look like.
    private static let constraints =
        [
            RequestField("response_format", .responseFormat, "What the answer has to look like."),
            RequestField("structured_outputs", .structuredOutputs, "The same, as vLLM spells it."),
        ] + FieldSchema.constraintFields

    /// What only chat has and this server does not serve.
    private static let laterChat =
        constraints + [
            RequestField("functions", .refused(unless: .emptyArray), "use 'tools'."),
            RequestField("function_call", .refused(unless: .nothing), "use 'tools' and 'tool_choice'."),
            RequestField("modalities", .refused(unless: .textModality), "this server answers in text only."),
            RequestField("audio", .refused(unless: .nothing), "this server answers in text only."),
            RequestField("web_search_options", .refused(unless: .nothing), "this server does not search the web."),
            RequestField(
                "chat_template", .refused(unless: .nothing), "the chat template is the model's, not the request's."),
            RequestField("echo", .refused(unless: .falseValue), "use /v1/completions for an echo of the prompt."),
            RequestField("no_stop_trim", .refused(unless: .falseValue), "use 'include_stop_str_in_output'."),
            RequestField(
                "return_hidden_states", .refused(unless: .falseValue), "hidden states are not handed out."),
        ]

    /// Bookkeeping of hosted services: never an error, and no effect but what is said.
    private static let ignored = [
        RequestField(
            "user", .ignored, "An end user's name; cached prefixes are shared among requests of one user only."),
        RequestField("metadata", .ignored, "Labels for stored completions; nothing is stored."),
        RequestField("store", .ignored, "Nothing is stored."),
        RequestField("service_tier", .ignored, "There is one tier."),
        RequestField("safety_identifier", .ignored, "The same under its newer name, which wins."),
        RequestField("prompt_cache_key", .ignored, "Prefixes are found by their tokens."),
        RequestField("prompt_cache_options", .ignored, "Prefixes are found by their tokens."),
        RequestField("prompt_cache_retention", .ignored, "Prefixes stay as long as there is room."),
    ]

    private static let ignoredChat =
        ignored + [
            RequestField("verbosity", .ignored, "A hint that open models were not trained on."),
            RequestField("moderation", .ignored, "Nothing is moderated."),
        ]
}
