package import JSON

/// A conversation to be answered: the validated body of `POST /v1/chat/completions`, and what others come down to.
package struct ChatRequest: Sendable {
    /// The model asked for; nil means the one that is loaded.
    package let model: String?
    /// The conversation, never empty.
    package let messages: [Message]
    /// How to turn the conversation into a prompt.
    package let prompt: ChatPromptOptions
    /// How to generate.
    package let options: GenerationOptions
    /// What the answer may look like in large parts; it changes speed alone.
    package let prediction: String?
    /// Unknown fields, which were ignored.
    package let ignoredFields: [String]

    /// Reads and checks a request body.
    /// - Throws: 400 naming the field at fault.
    package init(_ body: JSONValue, limits: RequestLimits) throws(APIError) {
        guard let object = body.objectValue else {
            throw .notAnObject
        }
        let unknown = try FieldTable.chat.check(object, limits: limits)
        let reader = FieldReader(object: object, prefix: "")
        model = try reader.string("model")
        var conversation = ConversationReader()
        messages = try conversation.read(reader, atMost: limits.lists.messages)
        if limits.refusesUnknownFields, let name = conversation.unknown.first {
            throw .unsupported(name.clipped, "Unrecognized request argument: '\(name.clipped)'.")
        }
        let reasoning = try ReasoningOptions(reader)
        prompt = try ChatPromptOptions(reader, messages: messages, reasoning: reasoning)
        var options = try GenerationOptions(reader)
        guard options.maximumTokens != 0 else {
            let name = try reader.integer("max_completion_tokens") == 0 ? "max_completion_tokens" : "max_tokens"
            throw .invalid(name, "'\(name)' must be at least 1, or -1 for no limit of the request's own.")
        }
        options.reporting.topLogprobs = try Self.topLogprobs(reader)
        options.reasoning = reasoning
        self.options = options
        prediction = try Prediction.text(reader)
        ignoredFields = unknown + conversation.unknown
    }

    /// A request that came in other words and was checked.
    init(
        model: String?, messages: [Message], prompt: ChatPromptOptions, options: GenerationOptions,
        ignoredFields: [String]
    ) {
        self.model = model
        self.messages = messages
        self.prompt = prompt
        self.options = options
        self.ignoredFields = ignoredFields
        prediction = nil
    }

    private static func topLogprobs(_ reader: FieldReader) throws(APIError) -> Int? {
        let wantsLogprobs = try reader.boolean("logprobs") ?? false
        let top = try reader.integer("top_logprobs")
        return wantsLogprobs ? top ?? 0 : nil
    }
}

/// How a conversation becomes a prompt.
package struct ChatPromptOptions: Sendable, Equatable {
    /// Whether the template opens the assistant's turn at the end.
    package let addsGenerationPrompt: Bool
    /// Whether the prompt ends inside the last message, which the answer continues.
    package let continuesFinalMessage: Bool
    /// Variables for the template beside those it always gets.
    package let variables: JSONObject
    /// The tools that the answer may call; nil without any.
    package let tools: ToolOptions?

    /// What a request cannot set by `chat_template_kwargs`, because the server does.
    private static let reserved: Set<String> = [
        "messages", "tools", "documents", "add_generation_prompt", "continue_final_message", "bos_token", "eos_token",
        "chat_template", "strftime_now", "raise_exception",
    ]

    init(_ reader: FieldReader, messages: [Message], reasoning: ReasoningOptions) throws(APIError) {
        continuesFinalMessage = try reader.boolean("continue_final_message") ?? false
        addsGenerationPrompt = try reader.boolean("add_generation_prompt") ?? !continuesFinalMessage
        variables = reasoning.variables(beside: try Self.variables(reader))
        tools = try ToolOptions.read(reader)
        guard continuesFinalMessage else { return }
        if addsGenerationPrompt {
            throw .invalid(
                "continue_final_message",
                "'continue_final_message' and 'add_generation_prompt' cannot both be true.")
        }
        guard messages.last?.content?.isEmpty == false || messages.last?.reasoning?.isEmpty == false else {
            throw .invalid("continue_final_message", "The last message has no content to continue.")
        }
    }

    private static func variables(_ reader: FieldReader) throws(APIError) -> JSONObject {
        let variables = try reader.object("chat_template_kwargs") ?? [:]
        for name in variables.keys where reserved.contains(name) {
            throw .invalid(
                "chat_template_kwargs", "'chat_template_kwargs' must not set '\(name)', which the server sets.")
        }
        let limits = (members: RequestLimits.templateVariables, bytes: RequestLimits.templateVariableBytes)
        guard variables.count <= limits.members,
            JSONValue.object(variables).serialized().utf8.count <= limits.bytes
        else {
            throw .invalid(
                "chat_template_kwargs",
                "'chat_template_kwargs' may have at most \(limits.members) members and \(limits.bytes) bytes.")
        }
        return variables
    }
}
