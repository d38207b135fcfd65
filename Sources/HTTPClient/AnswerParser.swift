internal import Platform

/// Takes one answer apart as its bytes come, an interim or a final one. It never throws: what is wrong is kept, so that
/// what came before can be looked at.
///
/// Source: RFC 9112, sections 4 to 7; bare line feeds are taken for line ends.
package struct AnswerParser {
    private enum Stage {
        case head, length(Int), chunkLine, chunk(Int), chunkEnd, trailer, untilClose, done
    }

    /// The status; 0 until the head is complete.
    package private(set) var status = 0
    /// Names in lower case, in order.
    package private(set) var fields: [(name: String, value: String)] = []
    /// What is wrong with the answer.
    package private(set) var fault: HTTPClientError?
    private let hasBody: Bool
    private var buffer: [UInt8] = []
    private var position = 0
    private var stage = Stage.head

    /// The longest head, and the longest line of a chunked body.
    private static let maximumHeadBytes = 256 << 10

    /// A parser of one answer; `hasBody` is false for the answer to HEAD.
    package init(hasBody: Bool) { self.hasBody = hasBody }

    /// Whether nothing more is expected.
    package var isDone: Bool {
        if fault != nil { return true }
        if case .done = stage { return true }
        return false
    }

    /// Whether another answer follows this one.
    package var isInterim: Bool { (100..<200).contains(status) }

    /// Bytes that came behind the end of the answer.
    package var rest: [UInt8] { Array(buffer[position...]) }

    /// The first field of this name, which is in lower case.
    package func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Takes bytes; returns what they add to the body.
    package mutating func consume(_ bytes: [UInt8]) -> [UInt8] {
        buffer.removeFirst(position)
        position = 0
        buffer += bytes
        var body: [UInt8] = []
        while !isDone, step(&body) {}
        return body
    }

    /// The connection has ended in order.
    package mutating func end() {
        switch stage {
        case .done: return
        case .untilClose: stage = .done
        case .head where buffer.isEmpty: fault = .ended("closed without an answer")
        default: fault = .ended("closed in the middle of the answer")
        }
    }

    /// Goes one step further; false when more bytes are needed.
    private mutating func step(_ body: inout [UInt8]) -> Bool {
        switch stage {
        case .head: return readHead()
        case .length(let count):
            let taken = take(count, &body)
            stage = taken == count ? .done : .length(count - taken)
            return taken > 0
        case .chunkLine: return readChunkLine()
        case .chunk(let count):
            let taken = take(count, &body)
            stage = taken == count ? .chunkEnd : .chunk(count - taken)
            return taken > 0
        case .chunkEnd:
            guard let line = line() else { return false }
            if !line.isEmpty { fault = .malformed("a chunk that is longer than it says") }
            stage = .chunkLine
            return true
        case .trailer:
            guard let line = line() else { return false }
            if line.isEmpty { stage = .done }
            return true
        case .untilClose: return take(buffer.count - position, &body) > 0
        case .done: return false
        }
    }

    /// Moves up to `count` bytes into the body.
    private mutating func take(_ count: Int, _ body: inout [UInt8]) -> Int {
        let taken = min(count, buffer.count - position)
        body += buffer[position..<(position + taken)]
        position += taken
        return taken
    }

    /// The next line without its end.
    private mutating func line() -> String? {
        guard let end = buffer[position...].firstIndex(of: 10) else {
            if buffer.count - position > Self.maximumHeadBytes { fault = .limit("a line without end") }
            return nil
        }
        var line = buffer[position..<end]
        if line.last == 13 { line.removeLast() }
        position = end + 1
        return String(decoding: line, as: UTF8.self)
    }

    private mutating func readChunkLine() -> Bool {
        guard let line = line() else { return false }
        let digits = line.prefix { $0 != ";" }.filter { $0 != " " }
        guard digits.allSatisfy(\.isHexDigit), let size = Int(digits, radix: 16) else {
            fault = .malformed("a malformed chunk")
            return false
        }
        stage = size == 0 ? .trailer : .chunk(size)
        return true
    }

    private mutating func readHead() -> Bool {
        guard let end = headEnd() else {
            if buffer.count - position > Self.maximumHeadBytes { fault = .limit("a head without end") }
            return false
        }
        let lines = String(decoding: buffer[position..<end], as: UTF8.self).split(whereSeparator: \.isNewline)
        position = end
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let code = Int(words[1]), code > 0 else {
            fault = .malformed("not HTTP: “\(Terminal.harmless(String((lines.first ?? "").prefix(60))))”")
            return false
        }
        status = code
        for line in lines.dropFirst() {
            let name = line.prefix { $0 != ":" }.lowercased()
            let value = line.dropFirst(name.count + 1).drop { $0 == " " || $0 == "\t" }
            fields.append((name, String(value)))
        }
        stage = bodyStage()
        return true
    }

    private func bodyStage() -> Stage {
        if !hasBody || isInterim || status == 204 || status == 304 { return .done }
        if field("transfer-encoding")?.lowercased() == "chunked" { return .chunkLine }
        guard let length = field("content-length") else { return .untilClose }
        guard let count = Int(length), count > 0 else { return .done }
        return .length(count)
    }

    private func headEnd() -> Int? {
        var index = position
        while let end = buffer[index...].firstIndex(of: 10) {
            let next = end + 1
            if next < buffer.count, buffer[next] == 10 { return next + 1 }
            if next + 1 < buffer.count, buffer[next] == 13, buffer[next + 1] == 10 { return next + 2 }
            index = next
        }
        return nil
    }
}
