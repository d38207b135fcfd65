import JSON

/// The events of a streamed answer, as text.
struct AnswerStream {
    private var buffer: [UInt8] = []
    /// The whole answer so far.
    private(set) var text = ""
    /// Tokens of the answer, once the server has said so.
    private(set) var completionTokens: Int64?
    /// Whether the server has ended the stream.
    private(set) var isDone = false

    private static let maximumEventBytes = 1 << 20

    /// The text that `bytes` add.
    mutating func consume(_ bytes: [UInt8]) throws(CommandFailure) -> String {
        buffer += bytes
        var added = ""
        while let end = buffer.firstIndex(of: 0x0a) {
            let line = Array(buffer[..<end])
            buffer.removeFirst(end + 1)
            added += try read(line)
        }
        guard buffer.count <= Self.maximumEventBytes else { throw CommandFailure("the server sent an endless line") }
        text += added
        return added
    }

    private mutating func read(_ line: [UInt8]) throws(CommandFailure) -> String {
        let prefix = Array("data: ".utf8)
        guard line.starts(with: prefix) else { return "" }
        let data = Array(line.dropFirst(prefix.count))
        guard data != Array("[DONE]".utf8) else {
            isDone = true
            return ""
        }
        guard let event = try? JSONParser.parse(data, limits: .request) else {
            throw CommandFailure("the server sent an event that is not JSON")
        }
        if let message = event["error"]?["message"]?.stringValue { throw CommandFailure(Terminal.harmless(message)) }
        if let tokens = event["usage"]?["completion_tokens"]?.intValue { completionTokens = tokens }
        return event["choices"]?[0]?["delta"]?["content"]?.stringValue ?? ""
    }
}
