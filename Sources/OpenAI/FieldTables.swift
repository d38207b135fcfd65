extension FieldTable {
    /// Every field of `POST /v1/chat/completions`.
    package static let chat = FieldTable(
        [
            RequestField("messages", .implemented, "The conversation so far."),
            RequestField("logprobs", .implemented, "Whether to report the log probability of each token."),
            RequestField("top_logprobs", .implemented, "Alternatives to report per token, 0 to 20."),
            RequestField("add_generation_prompt", .implemented, "Whether the template opens the assistant's turn."),
            RequestField("continue_final_message", .implemented, "Whether the answer continues the last message."),
            RequestField("prediction", .implemented, "What the answer may look like; it changes speed alone."),
            RequestField("chat_template_kwargs", .implemented, "Variables for the chat template, 64 KiB at most."),
        ] + reasoning + generation + laterChat + ignoredChat)

    /// The model's thinking, in every spelling that clients know.
    private static let reasoning = [
        RequestField(
            "reasoning_effort", .implemented, "How much is thought: none, minimal, low, medium, high or xhigh."),
        RequestField(
            "max_thinking_tokens", .implemented, "Tokens after which the thinking is closed; -1 for no bound."),
        RequestField("thinking_budget", .implemented, "The same."),
        RequestField("thinking_token_budget", .implemented, "The same."),
        RequestField("thinking_budget_tokens", .implemented, "The same."),
        RequestField("enable_thinking", .implemented, "Whether anything is thought at all."),
        RequestField("thinking", .implemented, "type (enabled, disabled, adaptive or auto) and budget_tokens."),
        RequestField("reasoning", .implemented, "effort, max_tokens, enabled and exclude."),
        RequestField("include_reasoning", .implemented, "Whether the reasoning is sent."),
        RequestField("separate_reasoning", .implemented, "Whether the reasoning is told from the content."),
        RequestField("stream_reasoning", .ignored, "Reasoning is streamed whenever the answer is."),
    ]

    /// Every field of `POST /v1/completions`.
    package static let completion = FieldTable(
        [
            RequestField("prompt", .implemented, "A text, several, a list of token ids, or several of those."),
            RequestField("logprobs", .implemented, "Alternatives to report per token, 0 to 20."),
            RequestField("echo", .implemented, "Whether the prompt is part of the text."),
            RequestField("best_of", .implemented, "Candidates from which the likeliest 'n' are returned."),
            RequestField("add_special_tokens", .implemented, "Whether the model's begin token is put first."),
            RequestField(
                "suffix", .refused(unless: .emptyString), "this server completes a text but does not fill a gap."),
        ] + generation + constraints + ignored)

    /// What both endpoints honour.
    private static let generation = [
        RequestField("model", .implemented, "The loaded model's id, or 'default'."),
        RequestField("max_tokens", .implemented, "Most tokens to generate."),
        RequestField("max_completion_tokens", .implemented, "The same under its newer name, which wins."),
        RequestField("temperature", .implemented, "0 to 2; 0 is greedy."),
        RequestField("top_p", .implemented, "Nucleus mass, 0 to 1."),
        RequestField("top_k", .implemented, "Candidates kept; -1 or 0 switches the stage off."),
        RequestField("min_p", .implemented, "Floor relative to the likeliest token, 0 to 1."),
        RequestField("presence_penalty", .implemented, "-2 to 2."),
        RequestField("frequency_penalty", .implemented, "-2 to 2."),
        RequestField("repetition_penalty", .implemented, "0.01 to 10; 1 is neutral."),
        RequestField("logit_bias", .implemented, "Token ids as strings to -100…100."),
        RequestField("seed", .implemented, "The same seed gives the same answer."),
        RequestField("n", .implemented, "Answers to each prompt."),
        RequestField("stop", .implemented, "A text, or up to 16, that end the answer."),
        RequestField("stop_token_ids", .implemented, "Tokens that end the answer."),
        RequestField("include_stop_str_in_output", .implemented, "Whether the stop text stays in the answer."),
        RequestField("ignore_eos", .implemented, "Whether the model's end token is just a token."),
        RequestField("min_tokens", .implemented, "No stopping before this many tokens."),
        RequestField("stream", .implemented, "Whether the answer comes as server-sent events."),
        RequestField("stream_options", .implemented, "include_usage and continuous_usage_stats."),
        RequestField("skip_special_tokens", .implemented, "Whether special tokens leave no trace in the text."),
        RequestField("prompt_logprobs", .implemented, "Alternatives to report per token of the prompt, 0 to 20."),
        RequestField("return_token_ids", .implemented, "Whether each choice carries its token_ids."),
        RequestField("priority", .implemented, "Smaller runs earlier."),
        RequestField("cache_salt", .implemented, "Separates cached prefixes."),
    ]

    /// Constraints on the text, refused by both endpoints.
    private static let constraints = [
        RequestField(
            "response_format", .refused(unless: .textFormat), "structured output is not available; only 'text' is."),
        RequestField("structured_outputs", .refused(unless: .nothing), "structured output is not available."),
        RequestField("guided_json", .refused(unless: .nothing), "structured output is not available."),
        RequestField("guided_regex", .refused(unless: .emptyString), "structured output is not available."),
        RequestField("guided_choice", .refused(unless: .emptyArray), "structured output is not available."),
        RequestField("guided_grammar", .refused(unless: .emptyString), "structured output is not available."),
        RequestField("guided_decoding_backend", .ignored, "No structured output, no backend of it."),
        RequestField("guided_whitespace_pattern", .ignored, "No structured output, no whitespace in it."),
        RequestField("grammar", .refused(unless: .emptyString), "structured output is not available."),
        RequestField("json_schema", .refused(unless: .nothing), "structured output is not available."),
    ]

    /// What only chat has and this server does not serve.
    private static let laterChat =
        constraints + [
            RequestField("tools", .refused(unless: .emptyArray), "tool calling is not available."),
            RequestField("tool_choice", .implemented, "Refused, since there are no tools to choose from."),
            RequestField("functions", .refused(unless: .emptyArray), "tool calling is not available."),
            RequestField("function_call", .refused(unless: .nothing), "tool calling is not available."),
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

    /// Bookkeeping of hosted services: never an error, never an effect.
    private static let ignored = [
        RequestField("user", .ignored, "An end user's name, for the caller's own records."),
        RequestField("metadata", .ignored, "Labels for stored completions; nothing is stored."),
        RequestField("store", .ignored, "Nothing is stored."),
        RequestField("service_tier", .ignored, "There is one tier."),
        RequestField("safety_identifier", .ignored, "An end user's hash, for the caller's own records."),
        RequestField("prompt_cache_key", .ignored, "Prefixes are found by their tokens."),
        RequestField("prompt_cache_options", .ignored, "Prefixes are found by their tokens."),
        RequestField("prompt_cache_retention", .ignored, "Prefixes stay as long as there is room."),
    ]

    private static let ignoredChat =
        ignored + [
            RequestField("parallel_tool_calls", .ignored, "Without tools there is nothing to run in parallel."),
            RequestField("verbosity", .ignored, "A hint that open models were not trained on."),
            RequestField("moderation", .ignored, "Nothing is moderated."),
        ]
}
