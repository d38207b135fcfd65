/// One frame of an event stream: what stands before an empty line.
///
/// Source: HTML, section 9.2.6, "Interpreting an event stream".
package struct EventFrame: Sendable {
    /// Every byte of it, with those of the empty line.
    package let bytes: [UInt8]
    /// Where in the stream it ended.
    package let end: Int
    /// Whether it ended with an empty line, and not with the stream.
    package let isWhole: Bool

    /// The lines, without carriage returns and without the empty one.
    package var lines: [Substring] {
        String(decoding: bytes.filter { $0 != 13 }, as: UTF8.self).split(separator: "\n")
    }

    /// What stands behind `data:`; nil for a comment.
    package var data: String? {
        let values = self.values(of: "data:")
        return values.isEmpty ? nil : values.joined(separator: "\n")
    }

    /// The comments, without the colon.
    package var comments: [Substring] { values(of: ":") }

    private func values(of name: String) -> [Substring] {
        lines.filter { $0.hasPrefix(name) }.map { line in
            let value = line.dropFirst(name.count)
            return value.first == " " ? value.dropFirst() : value
        }
    }
}

/// Cuts a stream of server-sent events into frames as its bytes come.
package struct EventStreamReader {
    private let maximumEventBytes: Int
    private var frame: [UInt8] = []
    private var count = 0
    private var hasLine = false
    private var isLineEmpty = true

    /// A reader at the beginning of a stream, none of whose events is longer than `maximumEventBytes`.
    package init(maximumEventBytes: Int = 1 << 20) { self.maximumEventBytes = maximumEventBytes }

    /// The frames that `bytes` complete.
    /// - Throws: ``HTTPClientError/limit(_:)`` for an event that does not end.
    package mutating func consume(_ bytes: [UInt8]) throws(HTTPClientError) -> [EventFrame] {
        let frames = split(bytes)
        guard frame.count <= maximumEventBytes else { throw .limit("an event without end") }
        return frames
    }

    /// The frames of a whole stream; the last one may lack its empty line.
    package static func frames(of stream: [UInt8]) -> [EventFrame] {
        var reader = EventStreamReader()
        let frames = reader.split(stream)
        guard !reader.frame.isEmpty else { return frames }
        return frames + [EventFrame(bytes: reader.frame, end: stream.count, isWhole: false)]
    }

    private mutating func split(_ bytes: [UInt8]) -> [EventFrame] {
        var frames: [EventFrame] = []
        for byte in bytes {
            frame.append(byte)
            count += 1
            guard byte == 10 else {
                if byte != 13 { isLineEmpty = false }
                continue
            }
            if hasLine, isLineEmpty {
                frames.append(EventFrame(bytes: frame, end: count, isWhole: true))
                frame = []
                hasLine = false
            } else {
                hasLine = true
            }
            isLineEmpty = true
        }
        return frames
    }
}
