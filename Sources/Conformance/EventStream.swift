import HTTPClient
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
    let answer: ClientAnswer
    /// The events in order.
    let events: [Event]
    /// The comments in order, without the colon.
    let comments: [String]
    /// Whether the first frame was a comment.
    let beginsWithComment: Bool
    /// The first frame that breaks the rules, if one does.
    let fault: String?

    /// Takes a body apart; what is not quite right is read all the same, so that later checks have something to see.
    init(_ answer: ClientAnswer) {
        self.answer = answer
        var events: [Event] = []
        var comments: [String] = []
        var fault: String?
        if let index = answer.body.firstIndex(of: 13) { fault = "a carriage return at byte \(index)" }
        for frame in EventStreamReader.frames(of: answer.body) {
            if !frame.isWhole, fault == nil { fault = "a last event without its empty line" }
            if String(validating: frame.bytes, as: UTF8.self) == nil, fault == nil {
                fault = "an event that is not UTF-8 by itself"
            }
            fault = fault ?? Self.fault(in: frame.lines)
            comments += frame.comments.map(String.init)
            guard let text = frame.data else { continue }
            let json = text == "[DONE]" ? nil : try? JSONParser.parse(Array(text.utf8), limits: .file)
            if json == nil, text != "[DONE]", fault == nil { fault = "data that is no JSON: “\(text.prefix(40))”" }
            events.append(Event(data: text, end: frame.end, json: json))
        }
        self.events = events
        self.comments = comments
        self.fault = fault
        beginsWithComment = answer.body.first == UInt8(ascii: ":")
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
