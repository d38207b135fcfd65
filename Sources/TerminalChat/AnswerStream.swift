import HTTPClient
import JSON
import Platform

/// The events of a streamed answer, as text.
package struct AnswerStream {
    /// What some bytes added, in this order.
    package struct Addition: Equatable {
        /// More of what the model thinks.
        package var reasoning = ""
        /// More of the answer.
        package var text = ""

        /// Nothing.
        package init() {}
    }

    private var reader = EventStreamReader()
    /// The whole answer so far.
    package private(set) var text = ""
    /// Tokens of the answer, once the server has said so.
    package private(set) var completionTokens: Int64?
    /// Whether the server has ended the stream.
    package private(set) var isDone = false

    /// A stream of which nothing has come.
    package init() {}

    /// What `bytes` add.
    /// - Throws: ``ChatError`` for what is no stream of events, and what the server says when it fails.
    package mutating func consume(_ bytes: [UInt8]) throws(ChatError) -> Addition {
        var added = Addition()
        let frames: [EventFrame]
        do throws(HTTPClientError) { frames = try reader.consume(bytes) } catch { throw ChatError("\(error)") }
        for data in frames.compactMap(\.data) { try read(data, into: &added) }
        text += added.text
        return added
    }

    private mutating func read(_ data: String, into added: inout Addition) throws(ChatError) {
        guard data != "[DONE]" else {
            isDone = true
            return
        }
        guard let event = try? JSONParser.parse(data, limits: .request) else {
            throw ChatError("the server sent an event that is not JSON")
        }
        if let message = event["error"]?["message"]?.stringValue { throw ChatError(Terminal.harmless(message)) }
        if let tokens = event["usage"]?["completion_tokens"]?.intValue { completionTokens = tokens }
        let delta = event["choices"]?[0]?["delta"]
        added.reasoning += (delta?["reasoning_content"] ?? delta?["reasoning"])?.stringValue ?? ""
        added.text += delta?["content"]?.stringValue ?? ""
    }
}
