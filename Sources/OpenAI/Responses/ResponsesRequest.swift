package import JSON

/// A validated body of `POST /v1/responses`: a conversation like chat's, and what is echoed of it.
package struct ResponsesRequest: Sendable {
    /// What is to be answered.
    package let chat: ChatRequest
    /// Whether thinking is shown as a summary, which holds the same words.
    package let showsSummary: Bool
    /// The response's members that only the request decides.
    package let echo: JSONObject
    /// The functions' own names by those that the model reads.
    package let toolNames: [String: String]
    /// The place of each function among `tools`, where others were left out.
    package let toolPlaces: [Int]

    /// Reads and checks a request body.
    /// - Parameters:
    ///   - shorten: the name by which the model reads of a function, the same whenever it is asked.
    ///   - defaults: what is echoed where the request is silent.
    /// - Throws: 400 naming the field at fault.
    package init(
        _ body: JSONValue, limits: RequestLimits, defaults: JSONObject, shorten: @escaping (String) -> String
    ) throws(APIError) {
        guard let object = body.objectValue else { throw .notAnObject }
        var unknown = try FieldTable.responses.check(object, limits: limits)
        let reader = FieldReader(object: object, prefix: "")
        try Self.checkMetadata(reader)
        var conversation = ResponsesInput(shorten: shorten)
        let messages = try conversation.read(reader)
        let tools = try ResponsesTools(reader, shorten: shorten)
        unknown += tools.dropped + conversation.dropped
        if try reader.boolean("store") == true { unknown.append("store") }
        if try reader.string("truncation") == "auto" { unknown.append("truncation") }
        if limits.refusesUnknownFields, let name = (tools.dropped + conversation.dropped).first {
            throw .unsupported(name, "'\(name)' is of a type that this server does not run.")
        }
        let inner = FieldReader(object: Self.chatObject(reader, tools), prefix: "")
        let reasoning = try ReasoningOptions(inner)
        var options = try GenerationOptions(inner)
        options.reasoning = reasoning
        options.constraint = try Self.constraint(reader, beside: options.constraint)
        options.reporting.topLogprobs = try Self.topLogprobs(reader)
        chat = ChatRequest(
            model: try reader.string("model"), messages: messages,
            prompt: try ChatPromptOptions(inner, messages: messages, reasoning: reasoning), options: options,
            ignoredFields: unknown)
        showsSummary = reader.value("reasoning")?["summary"]?.stringValue != nil
        toolNames = tools.names
        toolPlaces = tools.places
        echo = Self.echo(reader, tools: tools.shown, defaults: defaults)
    }

    /// The request in the words of chat, without what chat spells otherwise.
    private static func chatObject(_ reader: FieldReader, _ tools: ResponsesTools) -> JSONObject {
        var object: JSONObject = [:]
        let other: Set<String> = ["input", "tools", "tool_choice", "text", "reasoning", "stream_options"]
        for field in FieldTable.responses.fields where !other.contains(field.name) {
            if let value = reader.value(field.name) { object[field.name] = value }
        }
        object["max_completion_tokens"] = reader.value("max_output_tokens")
        object["tools"] = .array(tools.definitions)
        object["tool_choice"] = tools.choice
        guard var reasoning = reader.value("reasoning")?.objectValue else { return object }
        if reasoning["effort"]?.stringValue == "max" { reasoning["effort"] = "xhigh" }
        object["reasoning"] = .object(reasoning)
        return object
    }

    private static func topLogprobs(_ reader: FieldReader) throws(APIError) -> Int? {
        let top = try reader.integer("top_logprobs") ?? 0
        let isIncluded = reader.value("include")?.arrayValue?.contains("message.output_text.logprobs") == true
        return isIncluded || top > 0 ? top : nil
    }

    /// The form of the answer, which `text.format` and the extensions of chat may ask for.
    private static func constraint(
        _ reader: FieldReader, beside other: OutputConstraint?
    ) throws(APIError) -> OutputConstraint? {
        guard let object = try reader.object("text").flatMap({ $0["format"]?.objectValue }) else { return other }
        let format = FieldReader(object: object, prefix: "text.format.")
        let asked: OutputConstraint
        switch try format.string("type") {
        case "json_object": asked = OutputConstraint(form: .jsonObject, parameter: "text.format")
        case "json_schema": asked = try OutputConstraint.ofSchema(format)
        default: return other
        }
        guard other == nil else {
            throw .invalid("text.format", "'text.format' cannot be combined with '\(other?.parameter ?? "")'.")
        }
        return asked
    }

    private static func checkMetadata(_ reader: FieldReader) throws(APIError) {
        guard let metadata = try reader.object("metadata") else { return }
        guard metadata.count <= 16 else {
            throw .invalid("metadata", "'metadata' has \(metadata.count) members; at most 16 are allowed.")
        }
        for (key, value) in metadata {
            guard key.unicodeScalars.count <= 64, value.stringValue.map({ $0.unicodeScalars.count <= 512 }) == true
            else {
                throw .invalid(
                    "metadata", "'metadata' takes texts of at most 512 characters under keys of at most 64.")
            }
        }
    }

    private static func echo(_ reader: FieldReader, tools: [JSONValue], defaults: JSONObject) -> JSONObject {
        func given(_ name: String) -> JSONValue { reader.value(name) ?? defaults[name] ?? .null }
        func text(_ name: String) -> JSONValue { reader.value(name)?.stringValue.map { .string($0) } ?? .null }
        let reasoning = reader.value("reasoning")
        let verbosity = reader.value("text")?["verbosity"]?.stringValue
        return [
            "instructions": given("instructions"), "previous_response_id": .null, "conversation": .null,
            "parallel_tool_calls": reader.value("parallel_tool_calls") ?? true,
            "reasoning": ["effort": reasoning?["effort"] ?? .null, "summary": reasoning?["summary"] ?? .null],
            "store": false, "background": false, "temperature": given("temperature"), "top_p": given("top_p"),
            "presence_penalty": reader.value("presence_penalty") ?? 0,
            "frequency_penalty": reader.value("frequency_penalty") ?? 0,
            "text": [
                "format": format(reader.value("text")?["format"]),
                "verbosity": ["low", "medium", "high"].first { $0 == verbosity }.map { .string($0) } ?? .null,
            ],
            "tool_choice": reader.value("tool_choice") ?? "auto", "tools": .array(tools),
            "top_logprobs": reader.value("top_logprobs") ?? 0, "truncation": "disabled",
            "max_output_tokens": given("max_output_tokens"), "max_tool_calls": given("max_tool_calls"),
            "user": text("user"), "safety_identifier": text("safety_identifier"),
            "prompt_cache_key": text("prompt_cache_key"), "service_tier": "default",
            "metadata": reader.value("metadata") ?? [:],
        ]
    }

    /// The form as it binds the answer: schemas always do.
    private static func format(_ given: JSONValue?) -> JSONValue {
        guard var format = given?.objectValue else { return ["type": "text"] }
        guard format["type"]?.stringValue == "json_schema" else { return .object(format) }
        format["strict"] = true
        // Clients' types know objects alone; `true` says the same as an empty one.
        if format["schema"]?.objectValue == nil { format["schema"] = [:] }
        format["description"] = format["description"] ?? .some(.null)
        return .object(format)
    }
}

extension FieldTable {
    /// Every field of `POST /v1/responses`.
    package static let responses = FieldTable(
        [
            RequestField("input", required: .responsesInput, "A text of the user's, or the conversation as items."),
            RequestField("instructions", .text, "What stands before the conversation."),
            RequestField(
                "max_output_tokens", .integer(1, .fixed(RequestLimits.tokens)),
                "Most tokens to generate, thinking included."),
            RequestField("top_logprobs", .alternatives, "Alternatives to report per token."),
            RequestField("tools", .array(.object(FieldTable([]), .free), 0, 512), "The functions; others are dropped."),
            RequestField("tool_choice", .responsesToolChoice, "Which of them the answer calls."),
            RequestField("parallel_tool_calls", .boolean, "Whether an answer may call several times."),
            RequestField("max_tool_calls", .integer(1, .fixed(RequestLimits.tokens)), "Echoed; nothing is run here."),
            RequestField("text", .responsesText, "What the answer has to look like."),
            RequestField("reasoning", .responsesReasoning, "How much is thought, and how that is shown."),
            RequestField("include", .array(.word(Self.included), 0, 64), "What the answer carries besides."),
            RequestField("truncation", .word(["disabled", "auto"]), "What does not fit is refused, whatever is said."),
            RequestField("metadata", .map(.text), "At most 16 labels, echoed."),
            RequestField("store", .boolean, "Nothing is stored; 'true' is named in 'x-michat-ignored'."),
            RequestField("previous_response_id", .refused(unless: .nothing), Self.stateless),
            RequestField("conversation", .refused(unless: .nothing), Self.stateless),
            RequestField(
                "background", .refused(unless: .falseValue),
                "nothing is stored here; wait for the answer, or stream it."),
            RequestField("prompt", .refused(unless: .nothing), "there are no stored templates."),
            RequestField("response_format", .refused(unless: .nothing), "use 'text.format'."),
            RequestField(
                "structured_outputs", .structuredOutputs, "What the answer has to look like, as vLLM says it."),
            RequestField(
                "chat_template_kwargs", .templateVariables, "Variables for the chat template, 64 KiB at most."),
        ] + shared + FieldSchema.constraintFields + ignoredResponses)

    private static let stateless = "nothing is stored here; send the whole conversation as 'input'."

    private static let included = [
        "reasoning.encrypted_content", "message.output_text.logprobs", "file_search_call.results",
        "web_search_call.results", "web_search_call.action.sources", "message.input_image.image_url",
        "computer_call_output.output.image_url", "code_interpreter_call.outputs",
    ]

    /// Rows of chat that mean the same here.
    private static let shared = FieldTable.chat.fields.filter { field in
        [
            "model", "temperature", "top_p", "top_k", "min_p", "presence_penalty", "frequency_penalty",
            "repetition_penalty", "logit_bias", "seed", "stop", "stop_token_ids", "include_stop_str_in_output",
            "ignore_eos", "min_tokens", "stream", "skip_special_tokens", "priority", "cache_salt",
            "max_thinking_tokens", "thinking_budget", "thinking_token_budget", "thinking_budget_tokens",
            "enable_thinking", "thinking", "include_reasoning", "user", "safety_identifier", "service_tier",
            "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "moderation",
        ].contains(field.name)
    }

    private static let ignoredResponses = [
        "stream_options", "background_options", "client_metadata", "access_programs", "image", "personality",
    ].map { RequestField($0, .ignored, "Of no use to one machine.") }
}

/// The forms of what chat spells otherwise.
extension FieldSchema {
    /// A text, or items whose members beside those that are read are their own.
    fileprivate static let responsesInput = FieldSchema.either([
        .text, .array(.object(FieldTable([]), .free), 1, .messages),
    ])

    fileprivate static let responsesToolChoice = FieldSchema.either([
        .word(ToolChoice.words), .object(FieldTable([RequestField("type", required: .text, "Of what type.")]), .free),
    ])

    fileprivate static let responsesText = FieldSchema.members([
        RequestField(
            "format",
            .variants(
                "type",
                [
                    Variant(["text", "json_object"], []),
                    Variant(
                        ["json_schema"],
                        [
                            RequestField("name", required: .string(1, 64), "What the schema is called."),
                            RequestField("schema", required: .jsonSchema, "The schema that the answer meets."),
                            RequestField("description", .text, "What it is for."),
                            RequestField("strict", .boolean, "Every answer meets the schema either way."),
                        ]),
                ]), "The form of the answer."),
        RequestField("verbosity", .ignored, "A hint that open models were not trained on."),
    ])

    fileprivate static let responsesReasoning = FieldSchema.members(
        [
            RequestField(
                "effort", .word(ReasoningOptions.Effort.allCases.map(\.rawValue) + ["max"]), "How much is thought."),
            RequestField("summary", .word(["auto", "concise", "detailed"]), "Shows the same words as a summary."),
            RequestField("max_tokens", .budget, "Tokens after which the thinking is closed."),
            RequestField("enabled", .boolean, "Whether anything is thought at all."),
            RequestField("exclude", .boolean, "Whether the reasoning is kept back."),
        ] + ["context", "mode", "generate_summary"].map { RequestField($0, .ignored, "Of no effect.") })
}

extension NamedSchema {
    /// `POST /v1/responses`.
    package static let responsesRequest = NamedSchema("ResponsesRequest", .object(.responses, .noted))
}
