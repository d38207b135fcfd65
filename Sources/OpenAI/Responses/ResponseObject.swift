package import JSON

/// One item of a response's output.
package struct ResponseItem: Sendable {
    /// What it is.
    package enum Kind: Sendable {
        /// What was thought; as a summary, which holds the same words, or as it is.
        case reasoning(isSummary: Bool)
        /// What was said.
        case message
        /// A call of a function.
        case call(id: String, name: String)
    }

    /// Its name.
    package let id: String
    /// What it is.
    package let kind: Kind
    /// Its text, or the arguments of a call, as far as it has come.
    package var text = ""
    /// Log probabilities of the text's tokens, if asked for.
    package var reports: [TokenReport] = []

    /// An item without text.
    package init(id: String, _ kind: Kind) {
        self.id = id
        self.kind = kind
    }

    /// Whether it is thinking shown as a summary.
    package var isSummary: Bool {
        if case .reasoning(isSummary: true) = kind { true } else { false }
    }

    /// How it ends: a call whose arguments are whole is completed wherever the answer is cut, another one never is.
    package func status(_ wanted: String) -> String {
        guard case .call = kind else { return wanted }
        return (try? JSONParser.parse(text, limits: .request)) == nil ? "incomplete" : "completed"
    }

    /// The item as it is sent; its parts are left out while it has no text.
    package func value(status: String) -> JSONValue {
        var item: JSONObject = ["id": .string(id)]
        let parts = JSONValue.array(text.isEmpty ? [] : [part])
        switch kind {
        case .reasoning(let isSummary):
            item["type"] = "reasoning"
            item["summary"] = isSummary ? parts : []
            if !isSummary { item["content"] = parts }
            item["encrypted_content"] = .some(.null)
        case .message:
            item["type"] = "message"
            item["role"] = "assistant"
            item["content"] = parts
        case .call(let call, let name):
            item["type"] = "function_call"
            item["call_id"] = .string(call)
            item["name"] = .string(name)
            item["arguments"] = .string(text)
        }
        item["status"] = .string(status)
        return .object(item)
    }

    /// The one part of a message or of reasoning.
    package var part: JSONValue {
        switch kind {
        case .reasoning(let isSummary):
            ["type": isSummary ? "summary_text" : "reasoning_text", "text": .string(text)]
        case .message:
            ["type": "output_text", "text": .string(text), "annotations": [], "logprobs": logprobs]
        case .call: .null
        }
    }

    /// The reports as they are sent.
    package var logprobs: JSONValue { .array(reports.map(\.responseValue)) }
}

extension TokenReport {
    /// The report as responses show it.
    package var responseValue: JSONValue {
        func figures(_ bytes: [UInt8], _ logprob: Float) -> JSONObject {
            [
                "token": .string(Self.text(bytes)), "logprob": .double(Self.finite(logprob)),
                "bytes": .array(bytes.map { .int(Int64($0)) }),
            ]
        }
        var value = figures(bytes, logprob ?? 0)
        value["top_logprobs"] = .array(alternatives.map { .object(figures($0.bytes, $0.logprob)) })
        return .object(value)
    }
}

/// The response as it stands: what the request decides, and what has come so far.
package struct ResponseObject: Sendable {
    private let identity: CompletionIdentity
    private let echo: JSONObject
    /// `in_progress`, `completed`, `incomplete` or `failed`.
    package var status = "in_progress"
    /// When it was completed, Unix time.
    package var completed: Int64?
    /// Why it failed.
    package var error: APIError?
    /// Items that are complete, as they were sent.
    package var output: [JSONValue] = []
    /// What it took, at the end.
    package var usage: TokenUsage?

    /// A response without output.
    package init(_ identity: CompletionIdentity, echo: JSONObject) {
        self.identity = identity
        self.echo = echo
    }

    /// The object as it is sent.
    package var value: JSONValue {
        var object: JSONObject = [
            "id": .string(identity.id), "object": "response", "created_at": .int(identity.created),
            "completed_at": completed.map { .int($0) } ?? .null, "status": .string(status),
            "error": error.map { ["code": .string($0.responseCode), "message": .string($0.message)] } ?? .null,
            "incomplete_details": status == "incomplete" ? ["reason": "max_output_tokens"] : .null,
            "model": .string(identity.model), "output": .array(output), "usage": usage.map(\.responseValue) ?? .null,
        ]
        for (name, value) in echo { object[name] = value }
        return .object(object)
    }
}

extension TokenUsage {
    fileprivate var responseValue: JSONValue {
        [
            "input_tokens": .int(Int64(promptTokens)),
            "input_tokens_details": ["cached_tokens": .int(Int64(cachedTokens)), "cache_write_tokens": 0],
            "output_tokens": .int(Int64(completionTokens)),
            "output_tokens_details": ["reasoning_tokens": .int(Int64(reasoningTokens))],
            "total_tokens": .int(Int64(promptTokens + completionTokens)),
        ]
    }
}

extension APIError {
    /// The code by which a failed response says what happened.
    fileprivate var responseCode: String {
        switch (status, code) {
        case (429, _): "rate_limit_exceeded"
        case (500..., _): "server_error"
        case (_, "context_length_exceeded"?): "context_length_exceeded"
        default: "invalid_prompt"
        }
    }

    /// The members of an `error` event, under both of the places where clients look.
    package var responseMembers: JSONObject {
        let members: JSONObject = [
            "code": code.map { .string($0) } ?? .null, "message": .string(message),
            "param": parameter.map { .string($0) } ?? .null,
        ]
        var inner = members
        inner["type"] = .string(type)
        var outer = members
        outer["error"] = .object(inner)
        return outer
    }
}

extension NamedSchema {
    private static let count = AnswerParts.count
    private static let part = FieldSchema.object(
        FieldTable([
            RequestField("type", required: .text, "`output_text`, `reasoning_text` or `summary_text`."),
            RequestField("text", required: .text, "The text."),
        ]), .free)
    private static let item = FieldSchema.variants(
        "type",
        [
            Variant(["message"], named + [RequestField("content", required: .array(part, 1, 1), "What is said.")]),
            Variant(["reasoning"], named + [RequestField("summary", required: .array(part, 0, 1), "Or `content`.")]),
            Variant(
                ["function_call"],
                named + [
                    RequestField("call_id", required: .text, "By which it is answered."),
                    RequestField("name", required: .text, "Which function."),
                    RequestField("arguments", required: .text, "JSON in a text."),
                ]),
        ])
    private static let named = [
        RequestField("id", required: .text, "The item's name."),
        RequestField("status", required: .word(["in_progress", "completed", "incomplete"]), "How far it is."),
    ]
    private typealias Variant = FieldSchema.Variant
    private static let anyObject = FieldSchema.object(FieldTable([]), .free)

    /// A response.
    package static let response = NamedSchema(
        "Response",
        .answer(
            [
                RequestField("id", required: .text, "Its name."),
                RequestField("object", required: .word(["response"]), "What this is."),
                RequestField("created_at", required: count, "Unix time in seconds."),
                RequestField("completed_at", required: .nullable(count), "Unix time in seconds."),
                RequestField(
                    "status", required: .word(["in_progress", "completed", "incomplete", "failed"]), "How far it is."),
                RequestField("error", required: .nullable(anyObject), "Why it failed."),
                RequestField("incomplete_details", required: .nullable(anyObject), "Why it was cut."),
                RequestField("model", required: .text, "The model that answers."),
                RequestField("output", required: .array(item, 0, .unlimited), "What was answered, item by item."),
                RequestField("usage", required: .nullable(anyObject), "What it took."),
                RequestField("parallel_tool_calls", required: .boolean, "As asked."),
                RequestField("store", required: .boolean, "Always false: nothing is stored."),
                RequestField("background", required: .boolean, "Always false."),
                RequestField("tools", required: .array(anyObject, 0, .unlimited), "Those that the model could call."),
                RequestField("tool_choice", required: .either([.text, anyObject]), "As asked."),
                RequestField("text", required: anyObject, "The form of the answer."),
                RequestField("reasoning", required: anyObject, "As asked."),
                RequestField("metadata", required: .map(.text), "As given."),
            ]
                + ["temperature", "top_p", "presence_penalty", "frequency_penalty"].map {
                    RequestField($0, required: .number(-2...2), "As asked, or as usual here.")
                }
                + ["top_logprobs", "max_output_tokens", "max_tool_calls"].map {
                    RequestField($0, required: .nullable(count), "As asked.")
                }
                + ["instructions", "user", "safety_identifier", "prompt_cache_key"].map {
                    RequestField($0, required: .nullable(.text), "As given.")
                }
                + ["truncation", "service_tier"].map {
                    RequestField($0, required: .text, "What there is.")
                }
                + ["previous_response_id", "conversation"].map {
                    RequestField($0, required: .null, "Nothing is stored.")
                }))

    /// One event of a streamed response.
    package static let responseEvent = NamedSchema(
        "ResponseEvent",
        .object(
            FieldTable([
                RequestField("type", required: .text, "Which event; its members follow from it."),
                RequestField("sequence_number", required: count, "Its place in the stream, from 0."),
                RequestField("response", response.form, "Where the response itself is told."),
                RequestField("item", anyObject, "The item that begins or ends."),
                RequestField("item_id", .text, "The item that something belongs to."),
                RequestField("output_index", count, "The item's place."),
                RequestField("delta", .text, "What is new."),
            ]), .free))
}
