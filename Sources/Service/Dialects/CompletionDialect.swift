import HTTP
package import OpenAI

/// The answers of `/v1/completions`: chunks without names, each a piece of text, `[DONE]` at the end.
package struct CompletionDialect: AnswerDialect {
    /// What is equal in all chunks.
    package let identity: CompletionIdentity
    private let stream: StreamOptions?
    private let writer: CompletionChunkWriter
    /// Scalars of each choice that were written.
    private var offsets: [Int: Int] = [:]

    /// The dialect of one answer.
    package init(_ identity: CompletionIdentity, stream: StreamOptions?) {
        self.identity = identity
        self.stream = stream
        writer = CompletionChunkWriter(identity: identity)
    }

    /// One text, or several.
    package var promptField: String { "prompt" }

    /// Nothing.
    package func start() -> [UInt8] { [] }

    /// The echo of the prompt, if there is one.
    package mutating func opening(_ opening: ChoiceOpening, usage: () -> TokenUsage) -> [UInt8] {
        guard let echo = opening.echo else { return [] }
        return piece(echo, of: opening.sequence, reports: opening.reports, usage: usage)
    }

    /// The text; nothing is told apart here.
    package mutating func delta(_ delta: ChoiceDelta, usage: () -> TokenUsage) -> [UInt8] {
        let text = delta.text
        return piece(text.text, of: delta.sequence, reports: text.reports, tokenIDs: text.tokenIDs, usage: usage)
    }

    /// The reason.
    package mutating func finish(_ ending: ChoiceEnding, usage: () -> TokenUsage) -> [UInt8] {
        let rest = ending.rest
        return piece(
            rest?.text ?? "", of: ending.sequence, reports: rest?.reports?.isEmpty == true ? nil : rest?.reports,
            tokenIDs: rest?.tokenIDs, finish: ending.reason, usage: usage)
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
        CompletionResponse(identity: identity, usage: usage).body(choices: choices, choice: choice)
    }

    private mutating func piece(
        _ text: String, of sequence: Int, reports: [TokenReport]?, tokenIDs: [Int32]? = nil,
        finish: CompletionFinish? = nil, usage: () -> TokenUsage
    ) -> [UInt8] {
        let offset = offsets[sequence, default: 0]
        offsets[sequence] = offset + text.unicodeScalars.count
        var piece = CompletionChunkWriter.Piece(index: sequence, text: text, offset: offset, finish: finish)
        piece.reports = reports
        piece.tokenIDs = tokenIDs
        return ServerSentEvents.data(writer.chunk(piece, usage: ChunkUsage(stream, usage)))
    }
}
