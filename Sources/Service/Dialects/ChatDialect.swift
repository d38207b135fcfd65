import HTTP
package import OpenAI

/// The answers of `/v1/chat/completions`: chunks without names, `[DONE]` at the end.
package struct ChatDialect: AnswerDialect {
    /// What is equal in all chunks.
    package let identity: CompletionIdentity
    private let stream: StreamOptions?
    private let reasoning: ReasoningFields
    private let showsReasoning: Bool
    private let writer: ChatChunkWriter

    /// The dialect of one answer.
    /// - Parameter showsReasoning: whether thinking is sent at all.
    package init(
        _ identity: CompletionIdentity, stream: StreamOptions?, reasoning: ReasoningFields, showsReasoning: Bool
    ) {
        self.identity = identity
        self.stream = stream
        self.reasoning = reasoning
        self.showsReasoning = showsReasoning
        writer = ChatChunkWriter(identity: identity, reasoning: reasoning)
    }

    /// A conversation.
    package var promptField: String { "messages" }

    /// Nothing.
    package func start() -> [UInt8] { [] }

    /// The role.
    package func opening(_ opening: ChoiceOpening, usage: () -> TokenUsage) -> [UInt8] {
        ServerSentEvents.data(
            writer.chunk(
                index: opening.sequence, .role, reports: nil, tokenIDs: nil, usage: ChunkUsage(stream, usage)))
    }

    /// The reasoning, the answer, its calls. Reports and ids go with the first chunk behind the reasoning, or with that if
    /// there is no other.
    package func delta(_ delta: ChoiceDelta, usage: () -> TokenUsage) -> [UInt8] {
        let usage = ChunkUsage(stream, usage)
        let text = delta.text
        var others = delta.calls.map { ChatChunkWriter.Delta.call($0) }
        if !text.text.isEmpty { others.insert(.content(text.text), at: 0) }
        var bytes: [UInt8] = []
        if !text.reasoning.isEmpty, showsReasoning {
            let isLast = others.isEmpty
            bytes += ServerSentEvents.data(
                writer.chunk(
                    index: delta.sequence, .reasoning(text.reasoning),
                    reports: text.reports.map { Array($0.prefix(isLast ? $0.count : text.reasoningReports)) },
                    tokenIDs: isLast ? text.tokenIDs : nil, usage: usage))
        }
        let reasoned = text.reasoning.isEmpty ? 0 : text.reasoningReports
        for (index, content) in others.enumerated() {
            let isFirst = index == 0
            bytes += ServerSentEvents.data(
                writer.chunk(
                    index: delta.sequence, content,
                    reports: text.reports.map { isFirst ? Array($0.dropFirst(reasoned)) : [] },
                    tokenIDs: isFirst ? text.tokenIDs : text.tokenIDs.map { _ in [] }, usage: usage))
        }
        return bytes
    }

    /// The reason.
    package func finish(_ ending: ChoiceEnding, usage: () -> TokenUsage) -> [UInt8] {
        let reports = ending.rest?.reports
        return ServerSentEvents.data(
            writer.chunk(
                index: ending.sequence, .finish(ending.reason, ending.remarks),
                reports: reports?.isEmpty == true ? nil : reports, tokenIDs: ending.rest?.tokenIDs,
                usage: ChunkUsage(stream, usage)))
    }

    /// The counts, where they were asked for.
    package func end(usage: () -> TokenUsage) -> [UInt8] {
        guard stream?.includesUsage == true else { return ServerSentEvents.done }
        return ServerSentEvents.data(writer.usageChunk(usage())) + ServerSentEvents.done
    }

    /// The error's body as an event.
    package func failure(_ error: APIError) -> [UInt8] {
        ServerSentEvents.data(error.body()) + ServerSentEvents.done
    }

    /// The body.
    package func whole(choices: Int, usage: TokenUsage, choice: (_ index: Int) -> CompletionChoice) -> [UInt8] {
        ChatResponse(identity: identity, usage: usage, reasoning: reasoning).body(choices: choices, choice: choice)
    }
}

extension ChunkUsage {
    /// The member as a stream's options want it in chunks before the last.
    init(_ stream: StreamOptions?, _ usage: () -> TokenUsage) {
        guard let stream else {
            self = .absent
            return
        }
        self = stream.continuousUsage ? .counts(usage()) : stream.includesUsage ? .null : .absent
    }
}
