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
        var text = AnswerText.Delta()
        text.text = echo
        text.reports = opening.reports
        return piece(text, of: opening.sequence, usage: usage)
    }

    /// The text; nothing is told apart here.
    package mutating func delta(_ delta: ChoiceDelta, usage: () -> TokenUsage) -> [UInt8] {
        piece(delta.text, of: delta.sequence, usage: usage)
    }

    /// The reason.
    package mutating func finish(_ ending: ChoiceEnding, usage: () -> TokenUsage) -> [UInt8] {
        var rest = ending.rest ?? AnswerText.Delta()
        if rest.reports?.isEmpty == true { rest.reports = nil }
        return piece(rest, of: ending.sequence, finish: ending.reason, usage: usage)
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
        _ text: AnswerText.Delta, of sequence: Int, finish: CompletionFinish? = nil, usage: () -> TokenUsage
    ) -> [UInt8] {
        let offset = offsets[sequence, default: 0]
        offsets[sequence] = offset + text.text.unicodeScalars.count
        var piece = CompletionChunkWriter.Piece(index: sequence, text: text.text, offset: offset, finish: finish)
        piece.reports = text.reports
        piece.tokenIDs = text.tokenIDs
        return ServerSentEvents.data(writer.chunk(piece, usage: ChunkUsage(stream, usage)))
    }
}
