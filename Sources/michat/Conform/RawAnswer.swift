import JSON

/// An HTTP answer as it came: every byte of the body, and when it arrived.
struct RawAnswer {
    /// Interim statuses, such as 100.
    var interim: [Int] = []
    /// The final status; 0 when none came.
    var status = 0
    /// Names in lower case, in order.
    var fields: [(name: String, value: String)] = []
    /// The body without its chunked coding.
    var body: [UInt8] = []
    /// How much of the body there was, and when, in seconds since the request was sent.
    var arrivals: [(bytes: Int, seconds: Double)] = []
    /// When the head was complete.
    var headSeconds = 0.0
    /// What was wrong with the exchange; nil when the answer is whole.
    var fault: String?
    /// Whether a single byte came.
    var isSilent = true

    /// The first field of this name.
    func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The body as text, with U+FFFD for what is none.
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON.
    var json: JSONValue? { try? JSONParser.parse(body, limits: .file) }

    /// The answer in a few words, for a table.
    var brief: String {
        if status == 0 { return fault ?? "no answer" }
        let message = json?["error"]?["message"]?.stringValue ?? json?["error"]?.stringValue
        let detail = message ?? (status == 200 ? nil : text)
        return ["\(status)", detail.map { "“\($0.prefix(90))”" }, fault].compactMap(\.self).joined(separator: ", ")
    }

    /// When the byte at `offset` of the body arrived.
    func seconds(at offset: Int) -> Double { arrivals.first { $0.bytes > offset }?.seconds ?? 0 }
}

/// Takes an answer apart as its bytes come; never fails, but notes what is wrong.
struct AnswerParser {
    private enum Stage {
        case head, length(Int), chunkLine, chunk(Int), chunkEnd, trailer, untilClose, done
    }

    /// The answer so far.
    private(set) var answer = RawAnswer()
    private let hasBody: Bool
    private var buffer: [UInt8] = []
    private var position = 0
    private var stage = Stage.head

    private static let mostHeadBytes = 256 << 10
    private static let mostBodyBytes = 8 << 20

    /// A parser of one answer; `hasBody` is false for the answer to HEAD.
    init(hasBody: Bool) { self.hasBody = hasBody }

    /// Whether nothing more is expected.
    var isDone: Bool {
        if answer.fault != nil { return true }
        if case .done = stage { return true }
        return false
    }

    /// Takes bytes that arrived `seconds` after the request.
    mutating func feed(_ bytes: [UInt8], at seconds: Double) {
        answer.isSilent = false
        buffer += bytes
        while !isDone, step(seconds) {}
        if position > 1 << 20 { compact() }
        if answer.body.count > Self.mostBodyBytes { answer.fault = "an answer without end (8 MiB and more)" }
        let isNew = answer.body.count > (answer.arrivals.last?.bytes ?? 0)
        if isNew { answer.arrivals.append((answer.body.count, seconds)) }
    }

    /// The connection ended, in order or not.
    mutating func end(_ reason: String) {
        switch stage {
        case .done: return
        case .untilClose where reason.isEmpty: stage = .done
        case .head where answer.isSilent: answer.fault = reason.isEmpty ? "closed without an answer" : reason
        default: answer.fault = reason.isEmpty ? "closed in the middle of the answer" : reason
        }
    }

    private mutating func compact() {
        buffer.removeFirst(position)
        position = 0
    }

    /// Goes one step further; false when more bytes are needed.
    private mutating func step(_ seconds: Double) -> Bool {
        switch stage {
        case .head: return readHead(seconds)
        case .length(let count):
            let taken = take(count)
            stage = taken == count ? .done : .length(count - taken)
            return taken > 0
        case .chunkLine: return readChunkLine()
        case .chunk(let count):
            let taken = take(count)
            stage = taken == count ? .chunkEnd : .chunk(count - taken)
            return taken > 0
        case .chunkEnd:
            guard let line = line() else { return false }
            if !line.isEmpty { answer.fault = "a chunk that is longer than it says" }
            stage = .chunkLine
            return true
        case .trailer:
            guard let line = line() else { return false }
            if line.isEmpty { stage = .done }
            return true
        case .untilClose: return take(buffer.count - position) > 0
        case .done: return false
        }
    }

    /// Moves up to `count` bytes into the body.
    private mutating func take(_ count: Int) -> Int {
        let taken = min(count, buffer.count - position)
        answer.body += buffer[position..<(position + taken)]
        position += taken
        return taken
    }

    /// The next line without its end.
    private mutating func line() -> String? {
        guard let end = buffer[position...].firstIndex(of: 10) else {
            if buffer.count - position > Self.mostHeadBytes { answer.fault = "a line without end" }
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
        guard let size = Int(digits, radix: 16), size >= 0 else {
            answer.fault = "a malformed chunk"
            return false
        }
        stage = size == 0 ? .trailer : .chunk(size)
        return true
    }

    private mutating func readHead(_ seconds: Double) -> Bool {
        guard let end = headEnd() else {
            if buffer.count - position > Self.mostHeadBytes { answer.fault = "a head without end" }
            return false
        }
        let lines = String(decoding: buffer[position..<end], as: UTF8.self).split(whereSeparator: \.isNewline)
        position = end
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            answer.fault = "not HTTP: “\(Terminal.harmless(String((lines.first ?? "").prefix(60))))”"
            return false
        }
        if (100..<200).contains(status) {
            answer.interim.append(status)
            if answer.interim.count > 8 { answer.fault = "interim answers without end" }
            return true
        }
        answer.status = status
        answer.headSeconds = seconds
        for line in lines.dropFirst() {
            let name = line.prefix { $0 != ":" }.lowercased()
            let value = line.dropFirst(name.count + 1).drop { $0 == " " || $0 == "\t" }
            answer.fields.append((name, String(value)))
        }
        stage = bodyStage(status)
        return true
    }

    private func bodyStage(_ status: Int) -> Stage {
        if !hasBody || status == 204 || status == 304 { return .done }
        if answer.field("transfer-encoding")?.lowercased() == "chunked" { return .chunkLine }
        guard let length = answer.field("content-length") else { return .untilClose }
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
