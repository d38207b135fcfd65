/// Every setting, in the order in which files, help and documentation show them.
package enum SettingsTable {
    /// All rows.
    package static let rows: [Setting] =
        model + http + engine + sampling + messages + reasoning + structured + tools + api + chat + shutdown + process
        + log

    /// The tables of the file in order, each with what it is about.
    package static let sections: [(name: String, title: String)] = [
        ("model", "Which model is served, and under which name"),
        ("http", "The listener, and what one client may ask of it"),
        ("engine", "How much runs at once, and in how much memory"),
        ("sampling", "What a request samples with when it does not say"),
        ("messages", "How messages become a prompt"),
        ("reasoning", "How thinking is handled, and answers that repeat themselves"),
        ("structured", "The forms that requests want their answers to have"),
        ("tools", "How tools are called"),
        ("api", "The limits of the API itself"),
        ("chat", "Conversations in the terminal"),
        ("shutdown", "How the process ends"),
        ("process", "The process itself"),
        ("log", "What is written to standard error"),
    ]

    /// The row of a key.
    package static func row(_ key: String) -> Setting? { rows.first { $0.key == key } }

    private static let seconds = 0.05...86_400.0

    private static let model: [Setting] = [
        Setting(
            "model.path", alias: "model", letter: "m", .text(\.model.path),
            "The model: a GGUF file, or a folder as published."),
        Setting(
            "model.name", .text(\.model.name),
            "Names in /v1/models, separated by commas; empty for the name of the file."),
        Setting(
            "model.any_name", .toggle(\.model.anyName),
            "Answer requests for a model of any name, instead of 404 for an unknown one."),
        Setting(
            "model.chat_template", .text(\.model.chatTemplate),
            "A file with a chat template that replaces the one in the model."),
        Setting(
            "model.quantize", alias: "quantize",
            .choice(
                \.model.quantize,
                ["none", "r8", "q8_0", "q6_k", "q5_k", "q5_1", "q5_0", "q4_k", "q4_1", "q4_0", "bf16", "f16", "f32"]),
            otherNames: ["q4_k_m": "q4_k", "q5_k_m": "q5_k"],
            "What F32, F16 and BF16 matrices (for r8, all) become while they are loaded; none keeps them as stored."),
        Setting(
            "model.cache_dir", .text(\.model.cacheDir),
            "Folder that keeps quantised weights for the next start; auto for $CACHE_DIRECTORY, $XDG_CACHE_HOME/michat or "
                + "~/.cache/michat, none for nowhere."),
        Setting(
            "model.cache_bytes", .bytes(\.model.cacheBytes, 0...(1 << 44)),
            "Size that this folder may reach; files used longest ago make room."),
    ]

    private static let http: [Setting] = [
        Setting("http.host", alias: "host", .text(\.http.host), "The address to listen on."),
        Setting(
            "http.port", alias: "port", .integer(\.http.port, 0...65_535), "The port; 0 lets the system choose one."),
        Setting(
            "http.api_key", alias: "api-key", .text(\.http.apiKey), secret: true, reload: .signal,
            "The key that clients must send; a file is safer, since flags and variables can be seen by others."),
        Setting(
            "http.api_key_file", alias: "api-key-file", .text(\.http.apiKeyFile), reload: .signal,
            "A file with the keys that clients may send, one a line."),
        Setting(
            "http.allowed_hosts", .text(\.http.allowedHosts),
            "Names, separated by commas, that a request's Host may carry besides the loopback ones while the server "
                + "listens on a loopback address; * for any."),
        Setting(
            "http.allowed_origins", .text(\.http.allowedOrigins),
            "Origins, separated by commas, of web pages that may call the server, such as https://chat.example:8443, "
                + "app://name, or null for files; * for any. Its own pages always may."),
        Setting("http.max_connections", .integer(\.http.maxConnections, 1...65_536), "Connections at once."),
        Setting(
            "http.max_head_bytes", .bytes(\.http.maxHeadBytes, 512...(1 << 20)),
            "Size of a request's line and header fields."),
        Setting("http.max_fields", .integer(\.http.maxFields, 8...1000), "Header fields of a request."),
        Setting("http.max_target_bytes", .bytes(\.http.maxTargetBytes, 128...(1 << 16)), "Size of a request's target."),
        Setting("http.max_body_bytes", .bytes(\.http.maxBodyBytes, 1024...(1 << 30)), "Size of a request's body."),
        Setting("http.head_seconds", .number(\.http.headSeconds, seconds), "Time for a whole head to arrive."),
        Setting("http.body_seconds", .number(\.http.bodySeconds, seconds), "Time for a whole body to arrive."),
        Setting(
            "http.min_body_rate", .number(\.http.minBodyRate, 0...1e9),
            "Bytes a second at which a body must arrive, and a waiting answer be read, at least."),
        Setting(
            "http.idle_seconds", .number(\.http.idleSeconds, seconds),
            "Time that a connection may wait for its next request."),
        Setting(
            "http.stall_seconds", .number(\.http.stallSeconds, seconds),
            "Close the connection when a client has read less than its share of what waits for so long: "
                + "http.min_body_rate, at least a byte."),
        Setting(
            "http.max_output_bytes", .bytes(\.http.maxOutputBytes, 65_536...(1 << 30)),
            "Output of a stream that may wait for a slow reader; it is given up if more waits and does not shrink in 5 s."
        ),
        Setting(
            "http.keep_alive_seconds", .number(\.http.keepAliveSeconds, seconds),
            "Time between two comments in a stream that has nothing else to say."),
        Setting(
            "http.absorb_retries", .choice(\.http.absorbRetries, ["off", "retries", "always"]),
            "Whether a request attaches to the running answer to the same request of the same key instead of starting a "
                + "second: none, retries of an SDK, or all."),
        Setting(
            "http.retry_seconds", .number(\.http.retrySeconds, 0...600),
            "Time that an answer goes on at most when an SDK's client has left before any of it was there; 0 to stop at once."
        ),
        Setting(
            "http.retry_bytes", .bytes(\.http.retryBytes, 0...(1 << 34)),
            "Size of all answers that are held to be told again."),
        Setting(
            "http.request_bytes", .bytes(\.http.requestBytes, 0...(1 << 40)),
            "Memory that all requests under way may take together, with everything made of them; more are answered with "
                + "503. 0 for an eighth of the memory limit, at most 1 GiB."),
    ]

    private static let engine: [Setting] = [
        Setting(
            "engine.threads", alias: "threads", .integer(\.engine.threads, 0...256),
            "Threads that compute; 0 for one on each usable core."),
        Setting(
            "engine.spin_us", .integer(\.engine.spinUs, -1...1_000_000),
            "Microseconds that an idle compute thread spins before it sleeps; -1 for 50, or for 0 where there are more "
                + "threads than usable cores."),
        Setting(
            "engine.pin_threads", .toggle(\.engine.pinThreads),
            "Bind every compute thread but the first to a core of its own; for machines that do nothing else."),
        Setting(
            "engine.context", alias: "context", .integer(\.engine.context, 0...4_194_304),
            "Tokens of one request, prompt and answer; 0 for the model's own, at most 8192."),
        Setting(
            "engine.instruction_set", alias: "isa",
            .choice(
                \.engine.instructionSet, ["auto", "scalar", "neon", "neondot", "avx2", "avx512", "avx512bf16", "amx"]),
            "Kernels to compute with; auto takes the best that the processor has, amx and neondot only if a short test "
                + "shows that they are faster."
        ),
        Setting(
            "engine.activations", .choice(\.engine.activations, ["int8", "f32"]),
            "Precision of activations in matrix products: eight bits (with weights in bf16: bf16), or exact and slower."
        ),
        Setting("engine.max_running", .integer(\.engine.maxRunning, 1...4096), "Sequences that run at once."),
        Setting(
            "engine.max_waiting", .integer(\.engine.maxWaiting, 0...65_536),
            "Sequences that wait; more are answered with 429."),
        Setting(
            "engine.step_tokens", .integer(\.engine.stepTokens, 1...65_536), "Tokens that one step computes at most."),
        Setting(
            "engine.inter_token_ms", .number(\.engine.interTokenMs, 0...60_000),
            "Time between two tokens of a stream that prompts beside it may stretch a step to; 0 for no bound."),
        Setting(
            "engine.speculative", alias: "speculative",
            .choice(\.engine.speculative, ["none", "mtp", "ngram", "auto"]),
            "Where drafts of the next tokens come from: the model's own layer, the request's text, or both. Changes "
                + "speed alone."),
        Setting(
            "engine.draft_tokens", alias: "draft-tokens", .integer(\.engine.draftTokens, 0...16),
            "Most drafts of a sequence in a step; 0 for as many as recent acceptance justifies."),
        Setting(
            "engine.draft_always", .toggle(\.engine.draftAlways),
            "Draft in every step, whether or not that has paid so far; for measurements."),
        Setting(
            "engine.draft_hidden", .choice(\.engine.draftHidden, ["pre_norm", "post_norm"]),
            "Which hidden state the model's drafting layer takes: before or behind the last norm."),
        Setting(
            "engine.draft_vocabulary", .integer(\.engine.draftVocabulary, 0...1_048_576),
            "How many tokens, from the first and most frequent on, the layer can draft; 0 for as many as its size "
                + "justifies, at most 16384."),
        Setting(
            "engine.page_tokens", .integer(\.engine.pageTokens, 8...512),
            "Tokens of one page of the KV cache; a power of two."),
        Setting(
            "engine.kv_format", .choice(\.engine.kvFormat, ["f32", "bf16", "int8", "k8v4"]),
            "How keys and values are kept: exact in f32, in bf16, in int8, or with k8v4 keys in 8 bits and values in 4. "
                + "Fewer bits hold more tokens."
        ),
        Setting(
            "engine.kv_bytes", .bytes(\.engine.kvBytes, 0...(1 << 44)),
            "Size of the KV cache; 0 for four full contexts, or as much as the memory limit allows."),
        Setting(
            "engine.stuck_seconds", .number(\.engine.stuckSeconds, seconds), reload: .restart,
            "Time without a sign of life after which the engine counts as stuck."),
        Setting(
            "engine.memory_bytes", .bytes(\.engine.memoryBytes, 0...(1 << 44)), reload: .restart,
            "Memory that the process may take; 0 for what the machine or its control group allows."),
    ]

    private static let sampling: [Setting] = [
        Setting("sampling.temperature", .number(\.sampling.temperature, 0...2), "Temperature; 0 is greedy."),
        Setting(
            "sampling.top_k", .integer(\.sampling.topK, 0...1_000_000), "Keep the k most likely tokens; 0 for all."),
        Setting("sampling.top_p", .number(\.sampling.topP, 0...1), "Keep the most likely tokens up to this sum."),
        Setting(
            "sampling.min_p", .number(\.sampling.minP, 0...1), "Keep tokens at least this likely, relative to the best."
        ),
        Setting(
            "sampling.repetition_penalty", .number(\.sampling.repetitionPenalty, 0.01...10),
            "Divides the logits of tokens already seen; 1 for none."),
        Setting(
            "sampling.max_tokens", .integer(\.sampling.maxTokens, 0...4_194_304),
            "Tokens of an answer; 0 for as many as the context has room for."),
    ]

    private static let messages: [Setting] = [
        Setting(
            "messages.control_tokens", .choice(\.messages.controlTokens, ["text", "tokens"]),
            "What the names of control tokens are in messages: plain text, or those tokens, so that the writer of a message "
                + "can end its turn and begin another."),
        Setting(
            "messages.system", .choice(\.messages.system, ["join", "strict"]),
            "System messages that the chat template would drop or refuse: joined, or put into the next user turn; strict "
                + "leaves them to the template."),
    ]

    private static let reasoning: [Setting] = [
        Setting(
            "reasoning.split", .choice(\.reasoning.split, ["auto", "always", "never"]),
            "When thinking is told from the answer: where the prompt or the answer opens it, also where nobody opens it, "
                + "or never."),
        Setting(
            "reasoning.field", .choice(\.reasoning.field, ["both", "reasoning_content", "reasoning"]),
            "The member under which thinking is sent."),
        Setting(
            "reasoning.budget", .integer(\.reasoning.budget, -1...4_194_304),
            "Tokens of thinking when a request does not say; -1 for no bound."),
        Setting(
            "reasoning.max_budget", .integer(\.reasoning.maxBudget, -1...4_194_304),
            "Tokens of thinking that a request may ask for; -1 for no bound."),
        Setting(
            "reasoning.break_loops", .toggle(\.reasoning.breakLoops),
            "Close thinking and end answers that repeat the same tokens over and over."),
        Setting(
            "reasoning.loop_period", .integer(\.reasoning.loopPeriod, 1...4096),
            "Tokens of the longest repetition that is noticed."),
        Setting(
            "reasoning.loop_repeats", .integer(\.reasoning.loopRepeats, 2...1_000_000),
            "How often thinking must have repeated the same tokens to be closed."),
        Setting(
            "reasoning.loop_tokens", .integer(\.reasoning.loopTokens, 1...4_194_304),
            "Tokens that the repetitions in thinking must have together."),
        Setting(
            "reasoning.answer_loop_repeats", .integer(\.reasoning.answerLoopRepeats, 2...1_000_000),
            "How often an answer must have repeated the same tokens to be ended."),
        Setting(
            "reasoning.answer_loop_tokens", .integer(\.reasoning.answerLoopTokens, 1...4_194_304),
            "Tokens that the repetitions in an answer must have together."),
    ]

    private static let structured: [Setting] = [
        Setting(
            "structured.whitespace", .choice(\.structured.whitespace, ["flexible", "compact"]),
            "What stands between the parts of JSON where a request does not say: a blank or a line break with "
                + "indentation, or nothing."),
        Setting(
            "structured.additional_properties", .choice(\.structured.additionalProperties, ["closed", "open"]),
            "Whether objects may have properties that their schema does not declare, where it does not say: `closed` "
                + "allows only declared ones, `open` is the letter of JSON Schema. `additionalProperties` in a schema "
                + "goes first."),
        Setting(
            "structured.compile_milliseconds", .integer(\.structured.compileMilliseconds, 10...60_000),
            "Processor time that compiling one schema, expression or grammar may take, in milliseconds; what takes "
                + "longer is refused."),
        Setting(
            "structured.cache_grammars", .integer(\.structured.cacheGrammars, 1...4096),
            "Schemas and grammars that are kept ready for the next request."),
        Setting(
            "structured.cache_bytes", .bytes(\.structured.cacheBytes, 0...(1 << 36)),
            "Memory that they may take together; 0 for a sixteenth of the memory limit, at most 256 MiB."),
    ]

    private static let tools: [Setting] = [
        Setting(
            "tools.format",
            .choice(
                \.tools.format,
                [
                    "auto", "hermes", "xml", "llama3", "mistral", "functionary", "recipient", "pythonic", "deepseek",
                    "nemotron", "none",
                ]),
            "How the model writes calls of tools; auto takes the format that its chat template shows, none refuses tools."
        )
    ]

    private static let api: [Setting] = [
        Setting(
            "api.strict_fields", .toggle(\.api.strictFields),
            "Refuse a request with an unknown field, or with a max_tokens beyond the context, instead of naming what was "
                + "done in the headers x-michat-ignored and x-michat-max-tokens."),
        Setting(
            "api.priority", .choice(\.api.priority, ["off", "clamp", "on"]),
            "What a request's priority does: nothing, only let others go first (0 and above), or anything. Only on lets "
                + "callers overtake each other, and is for servers whose callers agree."),
        Setting("api.max_choices", .integer(\.api.maxChoices, 1...128), "Choices of one request (n)."),
        Setting("api.max_prompts", .integer(\.api.maxPrompts, 1...1024), "Prompts of one request to /v1/completions."),
        Setting("api.max_messages", .integer(\.api.maxMessages, 1...100_000), "Messages of one conversation."),
        Setting("api.max_stops", .integer(\.api.maxStops, 1...256), "Stop strings of one request."),
        Setting("api.max_stop_bytes", .bytes(\.api.maxStopBytes, 1...65_536), "Size of one stop string."),
        Setting("api.max_logit_bias", .integer(\.api.maxLogitBias, 0...65_536), "Entries of one logit_bias."),
    ]

    private static let chat: [Setting] = [
        Setting(
            "chat.history", .toggle(\.chat.history),
            "Keep the questions typed into michat chat for the next time, in $XDG_STATE_HOME/michat/chat_history.")
    ]

    private static let shutdown: [Setting] = [
        Setting(
            "shutdown.grace_seconds", .number(\.shutdown.graceSeconds, 0...86_400), reload: .signal,
            "Time that running requests have to finish after SIGTERM.")
    ]

    private static let process: [Setting] = [
        Setting(
            "process.core_dumps", .toggle(\.process.coreDumps),
            "Let a crash leave a core file, and debuggers attach; memory holds keys and what users said.")
    ]

    private static let log: [Setting] = [
        Setting(
            "log.level", .choice(\.log.level, ["debug", "info", "warning", "error"]),
            "The least level that is written."),
        Setting("log.format", .choice(\.log.format, ["text", "json"]), "Lines of key=value, or JSON objects."),
        Setting(
            "log.trace_requests", .toggle(\.log.traceRequests),
            "Write the name of every hop that a request passes; never what it says."),
    ]
}
