import HTTPClient
import JSON
import Platform

/// The events of a streamed answer, as text.
struct AnswerStream {
    /// What some bytes added, in this order.
    struct Addition {
        /// More of what the model thinks.
        var reasoning = ""
        /// More of the answer.
        var text = ""
    }

    private var reader = EventStreamReader()
    /// The whole answer so far.
    private(set) var text = ""
    /// Tokens of the answer, once the server has said so.
    private(set) var completionTokens: Int64?
    /// Whether the server has ended the stream.
    private(set) var isDone = false

    /// What `bytes` add.
    mutating func consume(_ bytes: [UInt8]) throws(CommandFailure) -> Addition {
        var added = Addition()
        let frames: [EventFrame]
        do throws(HTTPClientError) { frames = try reader.consume(bytes) } catch { throw CommandFailure("\(error)") }
        for data in frames.compactMap(\.data) { try read(data, into: &added) }
        text += added.text
        return added
    }

    private mutating func read(_ data: String, into added: inout Addition) throws(CommandFailure) {
        guard data != "[DONE]" else {
            isDone = true
            return
        }
        guard let event = try? JSONParser.parse(data, limits: .request) else {
            throw CommandFailure("the server sent an event that is not JSON")
        }
        if let message = event["error"]?["message"]?.stringValue { throw CommandFailure(Terminal.harmless(message)) }
        if let tokens = event["usage"]?["completion_tokens"]?.intValue { completionTokens = tokens }
        let delta = event["choices"]?[0]?["delta"]
        added.reasoning += (delta?["reasoning_content"] ?? delta?["reasoning"])?.stringValue ?? ""
        added.text += delta?["content"]?.stringValue ?? ""
    }
}
