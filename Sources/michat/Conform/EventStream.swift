import JSON

/// The events and comments of a streamed answer, and where its framing is not what it should be.
struct EventStream {
    /// One event.
    struct Event {
        /// What stood behind `data:`.
        let data: String
        /// Where in the body it ended.
        let end: Int
        /// The event as JSON; nil for `[DONE]` and for what is none.
        let json: JSONValue?
    }

    /// The answer that carried it.
    let answer: RawAnswer
    /// The events in order.
    let events: [Event]
    /// The comments in order, without the colon.
    let comments: [String]
    /// Whether the first frame was a comment.
    let beginsWithComment: Bool
    /// The first frame that breaks the rules, if one does.
    let fault: String?

    /// Takes a body apart; what is not quite right is read all the same, so that later checks have something to see.
    init(_ answer: RawAnswer) {
        self.answer = answer
        var events: [Event] = []
        var comments: [String] = []
        var fault: String?
        var start = 0
        let body = answer.body
        if body.contains(13) { fault = "a carriage return at byte \(body.firstIndex(of: 13) ?? 0)" }
        while start < body.count {
            let end = Self.frameEnd(body, from: start)
            let bytes = body[start..<end]
            let isWhole = bytes.suffix(2).elementsEqual([10, 10])
            if !isWhole, fault == nil { fault = "a last event without its empty line" }
            if String(validating: bytes, as: UTF8.self) == nil, fault == nil {
                fault = "an event that is not UTF-8 by itself"
            }
            let lines = String(decoding: bytes.filter { $0 != 13 }, as: UTF8.self).split(separator: "\n")
            fault = fault ?? Self.fault(in: lines)
            for line in lines where line.hasPrefix(":") {
                comments.append(String(line.dropFirst().drop { $0 == " " }))
            }
            let data = lines.filter { $0.hasPrefix("data:") }.map { $0.dropFirst(5).drop { $0 == " " } }
            if !data.isEmpty {
                let text = data.joined(separator: "\n")
                let json = text == "[DONE]" ? nil : try? JSONParser.parse(Array(text.utf8), limits: .file)
                if json == nil, text != "[DONE]", fault == nil { fault = "data that is no JSON: “\(text.prefix(40))”" }
                events.append(Event(data: text, end: end, json: json))
            }
            start = end
        }
        self.events = events
        self.comments = comments
        self.fault = fault
        beginsWithComment = body.first == UInt8(ascii: ":")
    }

    private static func frameEnd(_ body: [UInt8], from start: Int) -> Int {
        var index = start
        while index + 1 < body.count {
            if body[index] == 10, body[index + 1] == 10 { return index + 2 }
            if index + 3 < body.count, body[index] == 13, body[index + 1] == 10, body[index + 2] == 13 {
                return index + 4
            }
            index += 1
        }
        return body.count
    }

    private static func fault(in lines: [Substring]) -> String? {
        if lines.isEmpty { return "an empty frame" }
        if lines.allSatisfy({ $0.hasPrefix(":") }) { return nil }
        guard lines.count == 1, lines[0].hasPrefix("data: ") else {
            return "a frame that is not one line of data: “\(lines.joined(separator: "⏎").prefix(60))”"
        }
        return lines[0].count > 6 ? nil : "an empty data line"
    }

    /// The events as JSON, without `[DONE]` and errors.
    var chunks: [JSONValue] { events.compactMap(\.json).filter { $0["error"] == nil } }

    /// The choices of all chunks, in order.
    var choices: [JSONValue] { chunks.flatMap { $0["choices"]?.arrayValue ?? [] } }

    /// The choices of this index, in order.
    func choices(_ index: Int) -> [JSONValue] { choices.filter { $0["index"]?.intValue == Int64(index) } }

    /// A text member of all deltas of a choice, joined.
    func joined(_ member: String, _ index: Int = 0) -> String {
        choices(index).compactMap { $0["delta"]?[member]?.stringValue }.joined()
    }

    /// The text of a legacy choice.
    func legacyText(_ index: Int = 0) -> String {
        choices(index).compactMap { $0["text"]?.stringValue }.joined()
    }

    /// The reason with which a choice ended.
    func finish(_ index: Int = 0) -> String? {
        choices(index).compactMap { $0["finish_reason"]?.stringValue }.last
    }

    /// The usage that came last.
    var usage: JSONValue? { chunks.compactMap { $0["usage"] }.last { !$0.isNull } }

    /// Errors sent as events.
    var errors: [JSONValue] { events.compactMap { $0.json?["error"] } }
}
