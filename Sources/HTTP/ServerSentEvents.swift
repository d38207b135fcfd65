/// Frames of an event stream (`text/event-stream`), with LF as the only line break.
package enum ServerSentEvents {
    /// The fields that a streamed reply begins with.
    package static var fields: Fields {
        ["content-type": "text/event-stream", "cache-control": "no-cache", "x-accel-buffering": "no"]
    }

    /// `data: ` + one line + a blank line. Line breaks in `line` begin a new `data:` of the same event.
    package static func data(_ line: [UInt8]) -> [UInt8] { frame("data: ", line) }

    /// A comment, which clients drop: `: ` + one line + a blank line.
    package static func comment(_ text: String) -> [UInt8] { frame(": ", Array(text.utf8)) }

    /// `event: name` and its data, for streams whose events have names.
    package static func event(_ name: String, _ line: [UInt8]) -> [UInt8] {
        let name = name.utf8.filter { $0 != ASCII.carriageReturn && $0 != ASCII.lineFeed }
        return Array("event: ".utf8) + name + [ASCII.lineFeed] + data(line)
    }

    /// The last event of OpenAI's chat and completion streams.
    package static let done = Array("data: [DONE]\n\n".utf8)

    private static func frame(_ prefix: String, _ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(prefix.utf8.count + content.count + 2)
        bytes += prefix.utf8
        guard content.contains(where: { $0 == ASCII.lineFeed || $0 == ASCII.carriageReturn }) else {
            bytes += content
            bytes += [ASCII.lineFeed, ASCII.lineFeed]
            return bytes
        }
        var afterReturn = false
        for byte in content {
            defer { afterReturn = byte == ASCII.carriageReturn }
            if byte == ASCII.lineFeed && afterReturn { continue }
            guard byte == ASCII.lineFeed || byte == ASCII.carriageReturn else {
                bytes.append(byte)
                continue
            }
            bytes.append(ASCII.lineFeed)
            bytes += prefix.utf8
        }
        bytes += [ASCII.lineFeed, ASCII.lineFeed]
        return bytes
    }
}
