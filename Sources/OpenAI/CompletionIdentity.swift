import JSON

/// What is equal in every chunk of one answer.
package struct CompletionIdentity: Sendable, Equatable {
    /// `chatcmpl-…`, `cmpl-…` or `resp_…`.
    package let id: String
    /// Unix time in seconds.
    package let created: Int64
    /// The loaded model's id.
    package let model: String
    /// Changes when the same request might be answered otherwise.
    package let fingerprint: String

    /// An identity with an id made from at least 12 random bytes (96 bits).
    package init(prefix: String, randomness: [UInt8], created: Int64, model: String, fingerprint: String) {
        precondition(randomness.count >= 12, "an id needs 96 random bits")
        id = prefix + Self.hexadecimal(randomness)
        self.created = created
        self.model = model
        self.fingerprint = fingerprint
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits: [Character] = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// Opens the answer's object and writes its first members.
    func open(_ writer: inout JSONWriter, object: String) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("object")
        writer.string(object)
        writer.key("created")
        writer.int(created)
        writer.key("model")
        writer.string(model)
    }

    /// Writes the last member and closes the answer's object.
    func close(_ writer: inout JSONWriter) {
        writer.key("system_fingerprint")
        writer.string(fingerprint)
        writer.endObject()
    }
}

/// Why an answer ended, as OpenAI names it.
package enum CompletionFinish: String, Sendable {
    /// The model, a stop string or a stop token ended it.
    case stop
    /// The limit or the context was reached.
    case length
    /// The model calls tools.
    case toolCalls = "tool_calls"
}

/// What a client may want to know of an ending beside its reason.
package struct CompletionRemarks: Sendable, Equatable {
    /// Why the answer was cut although no limit was reached: `repetition`.
    package var stopReason: String?
    /// What closed the thinking in the model's stead: `budget` or `repetition`.
    package var reasoningClosedBy: String?

    /// Nothing to remark.
    package init() {}

    /// Writes the members of what is to be remarked.
    func write(to writer: inout JSONWriter) {
        if let stopReason {
            writer.key("stop_reason")
            writer.string(stopReason)
        }
        if let reasoningClosedBy {
            writer.key("reasoning_closed_by")
            writer.string(reasoningClosedBy)
        }
    }
}

/// Tokens read and written for one request.
package struct TokenUsage: Sendable, Equatable {
    /// Tokens of the prompt, counted once per prompt.
    package var promptTokens: Int
    /// Tokens of all answers.
    package var completionTokens: Int
    /// Tokens of the prompt that were found in the prefix cache.
    package var cachedTokens: Int
    /// Tokens of all answers that were thinking, tags included; part of `completionTokens`.
    package var reasoningTokens = 0
    /// Tokens of all answers that had been drafted; part of `completionTokens`.
    package var acceptedDrafts = 0
    /// Drafts that proved wrong; part of nothing.
    package var rejectedDrafts = 0

    /// A count without thinking and drafts.
    package init(promptTokens: Int, completionTokens: Int, cachedTokens: Int) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.cachedTokens = cachedTokens
    }

    /// Writes the `usage` object.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("prompt_tokens")
        writer.int(promptTokens)
        writer.key("completion_tokens")
        writer.int(completionTokens)
        writer.key("total_tokens")
        writer.int(promptTokens + completionTokens)
        writer.key("prompt_tokens_details")
        writer.beginObject()
        writer.key("cached_tokens")
        writer.int(cachedTokens)
        writer.endObject()
        writer.key("completion_tokens_details")
        writer.beginObject()
        writer.key("reasoning_tokens")
        writer.int(reasoningTokens)
        writer.key("accepted_prediction_tokens")
        writer.int(acceptedDrafts)
        writer.key("rejected_prediction_tokens")
        writer.int(rejectedDrafts)
        writer.endObject()
        writer.endObject()
    }
}

/// The `usage` member of a chunk.
package enum ChunkUsage: Sendable {
    /// Not asked for: no member.
    case absent
    /// Asked for at the end only: null until then.
    case null
    /// Counts so far, or final ones.
    case counts(TokenUsage)

    func write(to writer: inout JSONWriter) {
        switch self {
        case .absent: break
        case .null:
            writer.key("usage")
            writer.null()
        case .counts(let usage):
            writer.key("usage")
            usage.write(to: &writer)
        }
    }
}
