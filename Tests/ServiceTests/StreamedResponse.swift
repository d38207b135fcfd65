import JSON
import Testing

/// The events of a streamed response beside the same answer made whole.
struct StreamedResponse {
    /// The whole answer; nil where there is none.
    private let unstreamed: JSONValue?
    /// The events in order.
    let events: [JSONValue]
    /// What stood behind `event:`.
    let names: [String]
    /// Whether `[DONE]` came last, and once.
    let endsWithDone: Bool

    /// Reads a stream.
    init(whole: JSONValue?, _ text: String) throws {
        unstreamed = whole
        var events: [JSONValue] = []
        var names: [String] = []
        var frames = text.split(separator: "\n\n").filter { !$0.hasPrefix(":") }
        endsWithDone = frames.last == "data: [DONE]"
        if endsWithDone { frames.removeLast() }
        for frame in frames {
            let lines = frame.split(separator: "\n")
            try #require(lines.count == 2 && lines[0].hasPrefix("event: ") && lines[1].hasPrefix("data: "), "\(frame)")
            names.append(String(lines[0].dropFirst(7)))
            events.append(try JSONParser.parse(String(lines[1].dropFirst(6)), limits: .request))
        }
        (self.events, self.names) = (events, names)
    }

    /// The whole answer.
    var whole: JSONValue { unstreamed ?? .null }

    /// The names with repetitions left out.
    var distinctNames: [String] { names.reduce(into: []) { if $0.last != $1 { $0.append($1) } } }

    /// Statements 34 to 37: names, numbers, places, nesting, and that deltas, items and responses agree.
    func expectSound(sourceLocation: SourceLocation = #_sourceLocation) {
        var problems: [String] = []
        func require(_ condition: Bool, _ problem: String) { if !condition { problems.append(problem) } }
        require(endsWithDone, "no [DONE]")
        require(names.prefix(2) == ["response.created", "response.in_progress"], "beginning")
        var items: [JSONValue] = []
        var open: JSONValue?
        var text = ""
        for (number, event) in events.enumerated() {
            let name = names[number]
            require(event["type"]?.stringValue == name, "type \(name)")
            require(event["sequence_number"]?.intValue == Int64(number), "number \(number)")
            if name == "response.output_item.added" {
                require(open == nil, "interleaved")
                (open, text) = (event["item"], "")
            }
            if name.hasSuffix(".delta") { text += event["delta"]?.stringValue ?? "" }
            if let id = event["item_id"] {
                require(id == open?["id"], "item_id of \(name)")
                let isPart = !name.contains("arguments")
                let places = ["content_index", "summary_index"].filter { event[$0] != nil }
                require(places.count == (isPart ? 1 : 0), "index of \(name)")
                require(event["output_index"]?.intValue == Int64(items.count), "output_index of \(name)")
            }
            for part in ["text", "arguments"] where name.hasSuffix("\(part).done") {
                require(event[part]?.stringValue == text, "\(part) of \(name)")
            }
            guard name == "response.output_item.done", let item = event["item"] else { continue }
            for member in ["id", "type", "call_id"] { require(item[member] == open?[member], member) }
            items.append(item)
            open = nil
        }
        require(open == nil, "an open item")
        let last = events.last?["response"]
        require(last?["output"] == .array(items), "output at the end")
        require(Set(events.compactMap { $0["response"]?["id"]?.serialized() }).count == 1, "id of the response")
        if let unstreamed {
            require(
                Self.anonymous(last) == Self.anonymous(unstreamed),
                "whole: \(Self.anonymous(last)) \(Self.anonymous(unstreamed))")
        }
        #expect(problems.isEmpty, sourceLocation: sourceLocation)
    }

    /// A response without what differs from request to request.
    private static func anonymous(_ response: JSONValue?) -> String {
        var object = response?.objectValue ?? [:]
        for name in ["id", "created_at", "completed_at", "usage"] { object[name] = nil }
        let output = (object["output"]?.arrayValue ?? []).map { item -> JSONValue in
            var item = item.objectValue ?? [:]
            item["id"] = nil
            item["call_id"] = nil
            return .object(item)
        }
        object["output"] = .array(output)
        return JSONValue.object(object).serialized()
    }
}
