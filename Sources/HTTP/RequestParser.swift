/// Bytes in, requests out: incremental, bounded, and the same at whatever byte the input is cut.
///
/// Never blocks, never keeps more than the limits allow, never traps on any input. After a failure it must not be
/// used again.
package struct RequestParser: Sendable {
    /// What the bytes consumed so far amount to.
    package enum Step: Sendable, Equatable {
        /// All bytes are taken, and the message goes on.
        case needMore
        /// A head is complete. Its body follows with the next calls, at once if `hasBody` is false.
        case head(RequestHead, hasBody: Bool)
        /// The body is complete, and with it the request.
        case body([UInt8])

        /// The size of a complete body; nil while it is none.
        package var bodyBytes: Int? { if case .body(let body) = self { body.count } else { nil } }
    }

    private enum Phase: Sendable {
        case requestLine
        case fields
        case length(remaining: Int)
        case chunkSize
        case chunkData(remaining: Int)
        case chunkEnd
        case trailers
        case complete
    }

    private let head: HeadLimits
    private let bodyLimits: BodyLimits
    private var phase = Phase.requestLine
    private var builder = HeadBuilder()
    private var line: [UInt8] = []
    private var body: [UInt8] = []
    private var sawReturn = false
    private var skippedEmptyLine = false
    private var methodBytes: Int?
    /// Bytes of the head, or of the trailer section and all chunk extensions.
    private var framingBytes = 0
    private var trailerCount = 0
    /// The head of a request that is refused for its size or its expectation; nothing else may be done with it than to
    /// answer.
    package private(set) var refusedHead: RequestHead?

    /// A parser at the start of a connection.
    package init(limits: Limits) {
        head = limits.head
        bodyLimits = limits.body
    }

    /// Whether nothing of the next request has arrived.
    package var isBetweenRequests: Bool {
        guard case .requestLine = phase else { return false }
        return framingBytes == 0
    }

    /// Body bytes received so far of the request under way.
    package var receivedBodyBytes: Int { body.count }

    /// Takes bytes up to the next step and says how many.
    /// - Throws: ``ParseFailure``: what is malformed or too large; nothing more is to be read from the connection.
    package mutating func consume(_ bytes: Span<UInt8>) throws(ParseFailure) -> (consumed: Int, step: Step) {
        var index = 0
        while true {
            switch phase {
            case .complete, .length(remaining: 0):
                return (index, .body(endMessage()))
            case .length(let remaining):
                guard index < bytes.count else { return (index, .needMore) }
                let count = copy(bytes, from: index, atMost: remaining)
                phase = .length(remaining: remaining - count)
                index += count
            case .chunkData(let remaining):
                guard index < bytes.count else { return (index, .needMore) }
                let count = copy(bytes, from: index, atMost: remaining)
                phase = remaining == count ? .chunkEnd : .chunkData(remaining: remaining - count)
                index += count
            default:
                guard index < bytes.count else { return (index, .needMore) }
                let isLineComplete = try take(bytes[index])
                index += 1
                guard isLineComplete, let step = try endLine() else { continue }
                return (index, step)
            }
        }
    }

    private mutating func copy(_ bytes: Span<UInt8>, from index: Int, atMost limit: Int) -> Int {
        let count = min(limit, bytes.count - index)
        for offset in index..<(index + count) { body.append(bytes[offset]) }
        return count
    }

    /// Takes one byte of a line; true when it ends the line.
    private mutating func take(_ byte: UInt8) throws(ParseFailure) -> Bool {
        if case .chunkEnd = phase { return try takeChunkEnd(byte) }
        if sawReturn {
            guard byte == ASCII.lineFeed else { throw .malformed(.bareCarriageReturn) }
            sawReturn = false
            return try count(byte, isLineEnd: true)
        }
        if byte == ASCII.lineFeed { throw .malformed(.bareLineFeed) }
        if byte == ASCII.carriageReturn {
            sawReturn = true
            return try count(byte, isLineEnd: false)
        }
        guard ASCII.isFieldValue(byte) else { throw .malformed(.controlCharacter) }
        line.append(byte)
        _ = try count(byte, isLineEnd: false)
        if case .requestLine = phase { try checkRequestLine(byte) }
        return false
    }

    /// Counts a byte of framing against its limit.
    private mutating func count(_ byte: UInt8, isLineEnd: Bool) throws(ParseFailure) -> Bool {
        if case .chunkSize = phase {
            // The size itself is bounded by its digits; what is beyond is extension.
            guard line.count <= ChunkSizeLine.maximumDigits + 1 + bodyLimits.chunkExtensionBytes
            else { throw .malformed(.chunkExtension) }
            return isLineEnd
        }
        framingBytes += 1
        guard framingBytes <= head.headBytes else { throw .headTooLarge }
        return isLineEnd
    }

    /// Judges the request line while it comes in, so that garbage is refused at its first bytes.
    private mutating func checkRequestLine(_ byte: UInt8) throws(ParseFailure) {
        guard let methodBytes else {
            if byte == ASCII.space, line.count > 1 {
                methodBytes = line.count - 1
            } else if !ASCII.isToken(byte) || line.count > HeadBuilder.maximumMethodBytes {
                throw .malformed(.method)
            }
            return
        }
        // A blank and the version may follow the target.
        if line.count - methodBytes - 1 > head.targetBytes + 9 { throw .targetTooLong }
    }

    private mutating func takeChunkEnd(_ byte: UInt8) throws(ParseFailure) -> Bool {
        guard byte == (sawReturn ? ASCII.lineFeed : ASCII.carriageReturn) else { throw .malformed(.chunkEnd) }
        sawReturn.toggle()
        if !sawReturn { phase = .chunkSize }
        return false
    }

    /// Acts on a whole line; a step if it completes the head.
    private mutating func endLine() throws(ParseFailure) -> Step? {
        defer { line.removeAll(keepingCapacity: true) }
        switch phase {
        case .requestLine:
            if line.isEmpty, !skippedEmptyLine {
                // Some clients send one line break too many after a body.
                skippedEmptyLine = true
                return nil
            }
            try builder.takeRequestLine(line, targetBytes: head.targetBytes)
            phase = .fields
        case .fields:
            guard line.isEmpty else {
                try builder.takeField(line, fieldCount: head.fieldCount)
                return nil
            }
            return try endHead()
        case .chunkSize: try takeChunkSize()
        case .trailers: try takeTrailer()
        case .length, .chunkData, .chunkEnd, .complete: preconditionFailure("a body has no lines")
        }
        return nil
    }

    private mutating func endHead() throws(ParseFailure) -> Step {
        let (head, framing) = try finishHead()
        framingBytes = 0
        switch framing {
        case .chunked: phase = .chunkSize
        case .length(let length):
            phase = .length(remaining: length)
            // Memory follows what arrives, not what is announced.
            body.reserveCapacity(min(length, 65_536))
        }
        return .head(head, hasBody: framing != .length(0))
    }

    private mutating func finishHead() throws(ParseFailure) -> (head: RequestHead, framing: HeadBuilder.Framing) {
        do throws(ParseFailure) {
            return try builder.finish(bodyBytes: bodyLimits.bodyBytes)
        } catch {
            if error.isOfWellFormedHead { refusedHead = builder.head }
            throw error
        }
    }

    private mutating func takeChunkSize() throws(ParseFailure) {
        let (size, extensionBytes) = try ChunkSizeLine.parse(line)
        framingBytes += extensionBytes
        guard extensionBytes <= bodyLimits.chunkExtensionBytes, framingBytes <= head.headBytes
        else { throw .malformed(.chunkExtension) }
        guard size <= bodyLimits.bodyBytes - body.count else { throw .bodyTooLarge(limit: bodyLimits.bodyBytes) }
        phase = size == 0 ? .trailers : .chunkData(remaining: size)
    }

    /// Trailers are checked like fields and dropped: nothing here reads them, and merging them is how they do harm.
    private mutating func takeTrailer() throws(ParseFailure) {
        guard !line.isEmpty else {
            phase = .complete
            return
        }
        trailerCount += 1
        guard trailerCount <= head.fieldCount else { throw .headTooLarge }
        guard let colon = line.firstIndex(of: ASCII.colon), colon > 0, line[..<colon].allSatisfy(ASCII.isToken)
        else { throw .malformed(.trailer) }
    }

    /// Hands the body over and starts afresh.
    private mutating func endMessage() -> [UInt8] {
        let whole = body
        phase = .requestLine
        builder = HeadBuilder()
        body = []
        skippedEmptyLine = false
        methodBytes = nil
        framingBytes = 0
        trailerCount = 0
        return whole
    }
}
