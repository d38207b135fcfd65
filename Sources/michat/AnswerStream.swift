import JSON

/// The events of a streamed answer, as text.
struct AnswerStream {
    /// What some bytes added, in this order.
    struct Addition {
        /// More of what the model thinks.
        var reasoning = ""
        /// More of the answer.
        var text = ""
    }

    private var buffer: [UInt8] = []
    /// The whole answer so far.
    private(set) var text = ""
    /// Tokens of the answer, once the server has said so.
    private(set) var completionTokens: Int64?
    /// Whether the server has ended the stream.
    private(set) var isDone = false

    private static let maximumEventBytes = 1 << 20

    /// What `bytes` add.
    mutating func consume(_ bytes: [UInt8]) throws(CommandFailure) -> Addition {
        buffer += bytes
        var added = Addition()
        while let end = buffer.firstIndex(of: 0x0a) {
            let line = Array(buffer[..<end])
            buffer.removeFirst(end + 1)
            try read(line, into: &added)
        }
        guard buffer.count <= Self.maximumEventBytes else { throw CommandFailure("the server sent an endless line") }
        text += added.text
        return added
    }

    private mutating func read(_ line: [UInt8], into added: inout Addition) throws(CommandFailure) {
        let prefix = Array("data: ".utf8)
        guard line.starts(with: prefix) else { return }
        let data = Array(line.dropFirst(prefix.count))
        guard data != Array("[DONE]".utf8) else {
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
