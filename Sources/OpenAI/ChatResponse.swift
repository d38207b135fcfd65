import JSON

/// One finished answer.
package struct CompletionChoice: Sendable {
    /// Its place among the answers.
    package var index: Int
    /// What was said.
    package var text: String
    /// What was thought before; nil leaves the member out, an empty text makes it null.
    package var reasoning: String?
    /// Why it ended.
    package var finish: CompletionFinish
    /// More about its ending.
    package var remarks = CompletionRemarks()
    /// Log probabilities, if asked for.
    package var reports: [TokenReport]?
    /// The tokens generated, if asked for.
    package var tokenIDs: [Int32]?
    /// The prompt's log probabilities, if asked for.
    package var promptReports: [TokenReport]?
    /// The calls it makes.
    package var calls: [ToolCall] = []
    /// How many bytes of its text stand before the first of them.
    package var callOffset: Int?
    /// How many of the reports, from the first, are of thinking.
    package var reasoningReports = 0

    /// An answer.
    package init(index: Int, text: String, finish: CompletionFinish) {
        self.index = index
        self.text = text
        self.finish = finish
    }
}

/// A whole answer to a chat request.
package struct ChatResponse: Sendable {
    /// Its identity.
    package let identity: CompletionIdentity
    /// What it took.
    package let usage: TokenUsage
    private let reasoningNames: [String]

    /// A response.
    package init(identity: CompletionIdentity, usage: TokenUsage, reasoning: ReasoningFields) {
        self.identity = identity
        self.usage = usage
        reasoningNames = reasoning.names
    }

    /// The JSON body of so many answers; `choice` makes each when its turn has come.
    package func body(choices: Int, choice: (_ index: Int) -> CompletionChoice) -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 512)
        var promptReports: [TokenReport]?
        identity.open(&writer, object: "chat.completion")
        writer.key("choices")
        writer.beginArray()
        for index in 0..<choices {
            let answer = choice(index)
            if index == 0 { promptReports = answer.promptReports }
            write(answer, to: &writer)
        }
        writer.endArray()
        writer.key("usage")
        usage.write(to: &writer)
        if let reports = promptReports {
            writer.key("prompt_logprobs")
            writer.promptLogprobs(reports)
        }
        identity.close(&writer)
        return writer.bytes
    }

    private func write(_ choice: CompletionChoice, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("index")
        writer.int(choice.index)
        writer.key("message")
        writer.beginObject()
        writer.key("role")
        writer.string("assistant")
        writer.key("content")
        writer.optionalString(choice.text.isEmpty && !choice.calls.isEmpty ? nil : choice.text)
        writer.key("refusal")
        writer.null()
        if let reasoning = choice.reasoning {
            for name in reasoningNames {
                writer.key(name)
                writer.optionalString(reasoning.isEmpty ? nil : reasoning)
            }
        }
        if !choice.calls.isEmpty {
            writer.key("tool_calls")
            writer.beginArray()
            for call in choice.calls { call.write(to: &writer) }
            writer.endArray()
        }
        writer.endObject()
        writer.key("logprobs")
        writer.chatLogprobs(choice.reports)
        writer.tokenIDs(choice.tokenIDs)
        writer.key("finish_reason")
        writer.string(choice.finish.rawValue)
        choice.remarks.write(to: &writer)
        writer.endObject()
    }
}

/// Writes the chunks of one streamed chat answer.
package struct ChatChunkWriter: Sendable {
    /// What a chunk adds to a choice.
    package enum Delta: Sendable {
        /// The first chunk of a choice.
        case role
        /// More reasoning.
        case reasoning(String)
        /// More text.
        case content(String)
        /// More of a call.
        case call(ToolCallFragment)
        /// The last chunk of a choice.
        case finish(CompletionFinish, CompletionRemarks)
    }

    private let identity: CompletionIdentity
    private let reasoningNames: [String]

    /// A writer of chunks of this identity.
    package init(identity: CompletionIdentity, reasoning: ReasoningFields) {
        self.identity = identity
        reasoningNames = reasoning.names
    }

    /// One chunk of one choice.
    package func chunk(
        index: Int, _ delta: Delta, reports: [TokenReport]?, tokenIDs: [Int32]?, usage: ChunkUsage
    ) -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 320)
        identity.open(&writer, object: "chat.completion.chunk")
        writer.key("choices")
        writer.beginArray()
        writer.beginObject()
        writer.key("index")
        writer.int(index)
        writer.key("delta")
        write(delta, to: &writer)
        writer.key("logprobs")
        writer.chatLogprobs(reports)
        writer.tokenIDs(tokenIDs)
        writer.key("finish_reason")
        if case .finish(let reason, let remarks) = delta {
            writer.string(reason.rawValue)
            remarks.write(to: &writer)
        } else {
            writer.null()
        }
        writer.endObject()
        writer.endArray()
        usage.write(to: &writer)
        identity.close(&writer)
        return writer.bytes
    }

    /// The extra chunk before the end: no choices, only the counts.
    package func usageChunk(_ usage: TokenUsage) -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 320)
        identity.open(&writer, object: "chat.completion.chunk")
        writer.key("choices")
        writer.beginArray()
        writer.endArray()
        ChunkUsage.counts(usage).write(to: &writer)
        identity.close(&writer)
        return writer.bytes
    }

    private func write(_ delta: Delta, to writer: inout JSONWriter) {
        writer.beginObject()
        switch delta {
        case .role:
            writer.key("role")
            writer.string("assistant")
            writer.key("content")
            writer.string("")
            writer.key("refusal")
            writer.null()
        case .reasoning(let text):
            for name in reasoningNames {
                writer.key(name)
                writer.string(text)
            }
        case .content(let text):
            writer.key("content")
            writer.string(text)
        case .call(let fragment):
            writer.key("tool_calls")
            writer.beginArray()
            fragment.write(to: &writer)
            writer.endArray()
        case .finish: break
        }
        writer.endObject()
    }
}
