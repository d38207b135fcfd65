import JSON

/// One finished answer.
package struct CompletionChoice: Sendable {
    /// Its place among the answers.
    package var index: Int
    /// What was said.
    package var text: String
    /// Why it ended.
    package var finish: CompletionFinish
    /// Log probabilities, if asked for.
    package var reports: [TokenReport]?
    /// The tokens generated, if asked for.
    package var tokenIDs: [Int32]?
    /// The prompt's log probabilities, if asked for.
    package var promptReports: [TokenReport]?

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
    /// The answers, by index.
    package let choices: [CompletionChoice]
    /// What it took.
    package let usage: TokenUsage

    /// A response.
    package init(identity: CompletionIdentity, choices: [CompletionChoice], usage: TokenUsage) {
        self.identity = identity
        self.choices = choices
        self.usage = usage
    }

    /// The JSON body.
    package func body() -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 512 + choices.reduce(0) { $0 + $1.text.utf8.count })
        identity.open(&writer, object: "chat.completion")
        writer.key("choices")
        writer.beginArray()
        for choice in choices { Self.write(choice, to: &writer) }
        writer.endArray()
        writer.key("usage")
        usage.write(to: &writer)
        if let reports = choices.first?.promptReports {
            writer.key("prompt_logprobs")
            writer.promptLogprobs(reports)
        }
        identity.close(&writer)
        return writer.bytes
    }

    private static func write(_ choice: CompletionChoice, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("index")
        writer.int(choice.index)
        writer.key("message")
        writer.beginObject()
        writer.key("role")
        writer.string("assistant")
        writer.key("content")
        writer.string(choice.text)
        writer.key("refusal")
        writer.null()
        writer.endObject()
        writer.key("logprobs")
        writer.chatLogprobs(choice.reports)
        writer.tokenIDs(choice.tokenIDs)
        writer.key("finish_reason")
        writer.string(choice.finish.rawValue)
        writer.endObject()
    }
}

/// Writes the chunks of one streamed chat answer.
package struct ChatChunkWriter: Sendable {
    /// What a chunk adds to a choice.
    package enum Delta: Sendable {
        /// The first chunk of a choice.
        case role
        /// More text.
        case content(String)
        /// The last chunk of a choice.
        case finish(CompletionFinish)
    }

    private let identity: CompletionIdentity

    /// A writer of chunks of this identity.
    package init(identity: CompletionIdentity) { self.identity = identity }

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
        Self.write(delta, to: &writer)
        writer.key("logprobs")
        writer.chatLogprobs(reports)
        writer.tokenIDs(tokenIDs)
        writer.key("finish_reason")
        if case .finish(let reason) = delta { writer.string(reason.rawValue) } else { writer.null() }
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

    private static func write(_ delta: Delta, to writer: inout JSONWriter) {
        writer.beginObject()
        switch delta {
        case .role:
            writer.key("role")
            writer.string("assistant")
            writer.key("content")
            writer.string("")
            writer.key("refusal")
            writer.null()
        case .content(let text):
            writer.key("content")
            writer.string(text)
        case .finish: break
        }
        writer.endObject()
    }
}
