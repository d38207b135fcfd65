import OpenAI

/// Writes the chunks of a stream in the shape of its endpoint.
struct ChunkWriter: Sendable {
    /// Where a chunk belongs.
    struct Place: Sendable {
        /// Which choice.
        let sequence: Int
        /// Scalars of its text before this chunk.
        let offset: Int
    }

    /// How a choice ended.
    struct Ending: Sendable {
        /// Why.
        let reason: CompletionFinish
        /// More about it.
        let remarks: CompletionRemarks
    }

    private let shape: GenerationJob.Shape
    private let chat: ChatChunkWriter
    private let completion: CompletionChunkWriter
    private let showsReasoning: Bool

    /// A writer of chunks for this request.
    init(_ job: GenerationJob) {
        shape = job.shape
        chat = ChatChunkWriter(identity: job.identity, reasoning: job.reasoning.fields)
        showsReasoning = job.reasoning.isShown
        completion = CompletionChunkWriter(identity: job.identity)
    }

    /// The first chunk of a choice: the role, or the echo of the prompt; nil when there is none.
    func opening(
        _ sequence: Int, prompt: GenerationJob.Prompt, reports: [TokenReport]?, usage: ChunkUsage
    ) -> [UInt8]? {
        switch shape {
        case .chat:
            return chat.chunk(index: sequence, .role, reports: nil, tokenIDs: nil, usage: usage)
        case .completion:
            guard let echo = prompt.echo else { return nil }
            var piece = CompletionChunkWriter.Piece(index: sequence, text: echo, offset: 0, finish: nil)
            piece.reports = reports
            return completion.chunk(piece, usage: usage)
        }
    }

    /// The chunks of new text: the reasoning, the answer, its calls.
    func content(
        _ delta: AnswerText.Delta, _ calls: [ToolCallFragment], at place: Place, usage: ChunkUsage
    ) -> [[UInt8]] {
        switch shape {
        case .chat:
            return chatChunks(delta, calls, place.sequence, usage: usage)
        case .completion:
            return [completion.chunk(piece(delta, at: place, finish: nil), usage: usage)]
        }
    }

    /// Reports and ids go with the first chunk behind the reasoning, or with that if there is no other.
    private func chatChunks(
        _ delta: AnswerText.Delta, _ calls: [ToolCallFragment], _ sequence: Int, usage: ChunkUsage
    ) -> [[UInt8]] {
        var deltas = calls.map { ChatChunkWriter.Delta.call($0) }
        if !delta.text.isEmpty { deltas.insert(.content(delta.text), at: 0) }
        var chunks: [[UInt8]] = []
        if !delta.reasoning.isEmpty, showsReasoning {
            let isLast = deltas.isEmpty
            chunks.append(
                chat.chunk(
                    index: sequence, .reasoning(delta.reasoning),
                    reports: delta.reports.map { Array($0.prefix(isLast ? $0.count : delta.reasoningReports)) },
                    tokenIDs: isLast ? delta.tokenIDs : nil, usage: usage))
        }
        let others = delta.reasoning.isEmpty ? 0 : delta.reasoningReports
        for (index, content) in deltas.enumerated() {
            let isFirst = index == 0
            chunks.append(
                chat.chunk(
                    index: sequence, content, reports: delta.reports.map { isFirst ? Array($0.dropFirst(others)) : [] },
                    tokenIDs: isFirst ? delta.tokenIDs : delta.tokenIDs.map { _ in [] }, usage: usage))
        }
        return chunks
    }

    /// The last chunk of a choice; `rest` carries reports and ids that had no text of their own.
    func finish(
        _ ending: Ending, rest: AnswerText.Delta?, at place: Place, usage: ChunkUsage
    ) -> [UInt8] {
        var rest = rest ?? AnswerText.Delta()
        if rest.reports?.isEmpty == true { rest.reports = nil }
        switch shape {
        case .chat:
            return chat.chunk(
                index: place.sequence, .finish(ending.reason, ending.remarks), reports: rest.reports,
                tokenIDs: rest.tokenIDs, usage: usage)
        case .completion:
            return completion.chunk(piece(rest, at: place, finish: ending.reason), usage: usage)
        }
    }

    /// The extra chunk with the final counts.
    func usage(_ usage: TokenUsage) -> [UInt8] {
        switch shape {
        case .chat: chat.usageChunk(usage)
        case .completion: completion.usageChunk(usage)
        }
    }

    private func piece(
        _ delta: AnswerText.Delta, at place: Place, finish: CompletionFinish?
    ) -> CompletionChunkWriter.Piece {
        var piece = CompletionChunkWriter.Piece(
            index: place.sequence, text: delta.text, offset: place.offset, finish: finish)
        piece.reports = delta.reports
        piece.tokenIDs = delta.tokenIDs
        return piece
    }
}
