import JSON

/// A whole answer to a legacy completion request.
package struct CompletionResponse: Sendable {
    /// Its identity.
    package let identity: CompletionIdentity
    /// What it took.
    package let usage: TokenUsage

    /// A response.
    package init(identity: CompletionIdentity, usage: TokenUsage) {
        self.identity = identity
        self.usage = usage
    }

    /// The JSON body of so many answers; `choice` makes each when its turn has come.
    package func body(choices: Int, choice: (_ index: Int) -> CompletionChoice) -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 512)
        identity.open(&writer, object: "text_completion")
        writer.key("choices")
        writer.beginArray()
        for index in 0..<choices { Self.write(choice(index), to: &writer) }
        writer.endArray()
        writer.key("usage")
        usage.write(to: &writer)
        identity.close(&writer)
        return writer.bytes
    }

    private static func write(_ choice: CompletionChoice, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("text")
        writer.string(choice.text)
        writer.key("index")
        writer.int(choice.index)
        writer.key("logprobs")
        writer.legacyLogprobs(choice.reports, firstOffset: 0)
        writer.tokenIDs(choice.tokenIDs)
        if let reports = choice.promptReports {
            writer.key("prompt_logprobs")
            writer.promptLogprobs(reports)
        }
        writer.key("finish_reason")
        writer.string(choice.finish.rawValue)
        writer.endObject()
    }
}

/// Writes the chunks of one streamed legacy answer.
package struct CompletionChunkWriter: Sendable {
    /// What a chunk says about one choice.
    package struct Piece: Sendable {
        /// Which choice.
        package var index: Int
        /// More text; empty in the finishing chunk.
        package var text: String
        /// Scalars of this choice's text before this piece.
        package var offset: Int
        /// Set in the last chunk of the choice.
        package var finish: CompletionFinish?
        /// Log probabilities, if asked for.
        package var reports: [TokenReport]?
        /// The tokens, if asked for.
        package var tokenIDs: [Int32]?

        /// A piece with neither logprobs nor ids.
        package init(index: Int, text: String, offset: Int, finish: CompletionFinish?) {
            self.index = index
            self.text = text
            self.offset = offset
            self.finish = finish
        }
    }

    private let identity: CompletionIdentity

    /// A writer of chunks of this identity.
    package init(identity: CompletionIdentity) { self.identity = identity }

    /// One chunk of one choice.
    package func chunk(_ piece: Piece, usage: ChunkUsage) -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 320)
        identity.open(&writer, object: "text_completion")
        writer.key("choices")
        writer.beginArray()
        writer.beginObject()
        writer.key("text")
        writer.string(piece.text)
        writer.key("index")
        writer.int(piece.index)
        writer.key("logprobs")
        writer.legacyLogprobs(piece.reports, firstOffset: piece.offset)
        writer.tokenIDs(piece.tokenIDs)
        writer.key("finish_reason")
        writer.optionalString(piece.finish?.rawValue)
        writer.endObject()
        writer.endArray()
        usage.write(to: &writer)
        identity.close(&writer)
        return writer.bytes
    }

    /// The extra chunk before the end: no choices, only the counts.
    package func usageChunk(_ usage: TokenUsage) -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 320)
        identity.open(&writer, object: "text_completion")
        writer.key("choices")
        writer.beginArray()
        writer.endArray()
        ChunkUsage.counts(usage).write(to: &writer)
        identity.close(&writer)
        return writer.bytes
    }
}
