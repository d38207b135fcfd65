import HTTPClient
import JSON

/// 1–11: HTTP and server-sent events.
extension Statement {
    static let framing = [
        Statement(1, "Headers of streamed and whole answers", check: headers),
        Statement(2, "Every event is one line of data, LF only") { probe throws(ConformanceError) in
            let stream = try probe.stream()
            if let fault = stream.fault { throw .violation(fault) }
            try require(stream.events.count > 2, "only \(stream.events.count) events")
            return "\(stream.events.count) events, all well-formed"
        },
        Statement(3, "Exactly one [DONE], at the very end", check: closingMark),
        Statement(4, "/v1/messages ends without [DONE], /v1/responses with one", check: otherProtocols),
        Statement(5, "Keep-alives are comments, never empty data", check: keepAlives),
        Statement(6, "Headers at once, comments only while it waits, errors keep their codes", check: waiting),
        Statement(7, "Events are flushed as they are made, UTF-8 is never split", check: flushing),
        Statement(8, "Bodies by length and chunked, Expect is answered", check: bodies),
        Statement(9, "OPTIONS without a key, HEAD like GET without body", check: methods),
        Statement(10, "x-request-id and openai-processing-ms everywhere", check: requestIDs),
        Statement(11, "stream: null equals absent") { probe throws(ConformanceError) in
            let answer = probe.chat(["stream": nil], fresh: true)
            try require(answer.field("content-type")?.hasPrefix("application/json") == true, "it was \(answer.brief)")
            let text = try Probe.success(answer).content
            try require(text == (try probe.answer().content), "another text than without it")
            return "an unstreamed answer"
        },
    ]

    private static func headers(_ probe: Probe) throws(ConformanceError) -> String {
        let stream = try probe.stream().answer
        let type = stream.field("content-type") ?? "none"
        try require(type.split(separator: ";").first == "text/event-stream", "streamed as \(type)")
        try require(stream.field("cache-control")?.contains("no-cache") == true, "no Cache-Control: no-cache")
        try require(stream.field("content-length") == nil, "a stream with Content-Length")
        let whole = probe.chat()
        let wholeType = whole.field("content-type") ?? "none"
        try require(wholeType.split(separator: ";").first == "application/json", "a whole answer as \(wholeType)")
        return "\(type), \(wholeType)"
    }

    private static func closingMark(_ probe: Probe) throws(ConformanceError) -> String {
        var streams = [("chat", try probe.stream())]
        if let legacy = try probe.legacyStream() { streams.append(("legacy", legacy)) }
        for (name, stream) in streams {
            let marks = stream.events.filter { $0.data == "[DONE]" }.count
            try require(marks == 1, "\(name): \(marks) times [DONE]")
            try require(stream.events.last?.data == "[DONE]", "\(name): an event after [DONE]")
            let end = stream.answer.body.suffix(14)
            try require(end.elementsEqual("data: [DONE]\n\n".utf8), "\(name): bytes after [DONE]")
        }
        for failed in probe.streamErrors {
            try require(failed.events.last?.data == "[DONE]", "a stream that failed has no [DONE]")
        }
        return "one each, last"
    }

    private static func otherProtocols(_ probe: Probe) throws(ConformanceError) -> String {
        var seen: [String] = []
        let messages = Probe.say("Hi")
        for (path, body): (String, JSONObject) in [
            ("/v1/messages", ["messages": messages, "max_tokens": 8, "stream": true]),
            ("/v1/responses", ["input": "Hi", "max_output_tokens": 16, "stream": true]),
        ] {
            let answer = probe.post(path, .object(body.with(["model": .string(probe.model)])))
            guard answer.status != 404, answer.status != 405, answer.status != 501 else { continue }
            try require(answer.status == 200, "\(path) answered with \(answer.brief)")
            let isMessages = path == "/v1/messages"
            let dones = answer.text.split(separator: "data: [DONE]", omittingEmptySubsequences: false).count - 1
            try require(dones == (isMessages ? 0 : 1), "\(path) sends [DONE] \(dones) times")
            let last = isMessages ? "message_stop" : "response.completed"
            let end = answer.text.suffix(8192)
            try require(end.contains(last) || end.contains("response.incomplete"), "\(path) does not end with \(last)")
            seen.append(path)
        }
        guard !seen.isEmpty else { throw .notApplicable("neither route is there") }
        return seen.joined(separator: ", ")
    }

    private static func keepAlives(_ probe: Probe) throws(ConformanceError) -> String {
        let stream = try probe.stream(["n": 2, "stream_options": ["include_usage": true]])
        try require(!stream.events.contains { $0.data.isEmpty }, "an event with empty data")
        if let fault = stream.fault, fault.contains("frame") { throw .violation(fault) }
        try require(stream.events.allSatisfy { $0.json != nil || $0.data == "[DONE]" }, "an event that is no JSON")
        return "\(stream.comments.count) comments, \(stream.events.count) events"
    }

    private static func waiting(_ probe: Probe) throws(ConformanceError) -> String {
        var refused = 0
        for (what, members): (String, JSONObject) in [
            ("no messages", ["messages": []]), ("a wrong type", ["max_tokens": "many"]),
            ("a wrong temperature", ["temperature": 9]), ("an unknown model", ["model": "no-such-model"]),
        ] {
            let whole = probe.chat(members).status
            guard whole != 200 else { continue }
            refused += 1
            let status = probe.chat(members.with(["stream": true])).status
            try require(status == whole, "\(what) is \(whole) and, in a stream, \(status)")
        }
        try require(refused > 0, "nothing is refused")
        let stream = try probe.stream(["max_tokens": 64], fresh: true)
        let first = stream.answer.seconds(at: 0) - stream.answer.headSeconds
        if stream.beginsWithComment {
            try require(first >= shortestInterval, "the stream begins with a comment although nothing had to wait")
        }
        let known = /queued \d+|prefill \d+\/\d+|accepted|keep-alive/
        if probe.isOurs, let odd = stream.comments.first(where: { $0.wholeMatch(of: known) == nil }) {
            throw .violation("a comment of another form: “\(odd.prefix(40))”")
        }
        return "the head \(Int(first * 1000)) ms before the rest, \(stream.comments.count) comments"
    }

    /// Seconds after the head before which no comment is a sign of life.
    private static let shortestInterval = 0.04

    private static func flushing(_ probe: Probe) throws(ConformanceError) -> String {
        let (stream, count) = try flushed(probe)
        let forced = try Foxes.stream(probe)
        for stream in [stream, forced] {
            if let fault = stream.fault, fault.contains("UTF-8") { throw .violation(fault) }
        }
        let text = forced.joined("content")
        let whole = try Foxes.answer(probe).content ?? ""
        let marks = (text.unicodeScalars.count { $0 == "\u{FFFD}" }, whole.unicodeScalars.count { $0 == "\u{FFFD}" })
        try require(marks.0 <= marks.1, "a character was split: U+FFFD in the deltas, not in the whole answer")
        return "\(stream.events.count) events at \(count) times"
    }

    /// A stream whose events came one after another; a server that is merely fast is asked for more.
    private static func flushed(_ probe: Probe) throws(ConformanceError) -> (EventStream, times: Int) {
        for tokens in [200, 400, 800] {
            let stream = try probe.stream(["max_tokens": .int(Int64(tokens))], fresh: true)
            try require(stream.choices.count > 2 || probe.thinks, "no event with content")
            let times = Set(stream.events.map { stream.answer.seconds(at: $0.end - 1) })
            let (begin, end) = (times.min() ?? 0, times.max() ?? 0)
            let isSpread = (times.count > 2 && begin < end * 0.8) || times.count > 16
            if isSpread || end < unhurriedSeconds { return (stream, times.count) }
        }
        throw .violation("all events come together at the end")
    }

    /// Answers that are whole sooner than this show nothing about when their parts were sent.
    private static let unhurriedSeconds = 0.15

    private static func bodies(_ probe: Probe) throws(ConformanceError) -> String {
        let text = Array(probe.body(["max_tokens": 4]).serialized().utf8)
        for (name, framing) in [("chunked", ClientRequest.Framing.chunked), ("Expect", .expecting)] {
            var request = ClientRequest("POST", Probe.path, body: text)
            request.framing = framing
            let answer = probe.send(request)
            try require(answer.status == 200, "a body with \(name): \(answer.brief)")
            guard case .expecting = framing else { continue }
            try require(answer.interim.contains(100), "Expect: 100-continue got no 100")
        }
        return "both, and 100 Continue"
    }

    private static func methods(_ probe: Probe) throws(ConformanceError) -> String {
        var preflight = ClientRequest("OPTIONS", Probe.path)
        preflight.key = .none
        preflight.fields = ["Origin: http://example.org", "Access-Control-Request-Method: POST"]
        let options = probe.send(preflight)
        try require((200..<300).contains(options.status), "OPTIONS without a key: \(options.brief)")
        let bare = probe.send(ClientRequest("HEAD", "/v1/models"))
        let full = probe.get("/v1/models")
        try require(bare.status == full.status, "HEAD says \(bare.status), GET \(full.status)")
        let changing: Set<String> = ["date", "x-request-id", "openai-processing-ms"]
        for (name, value) in full.fields where !changing.contains(name) && name != "transfer-encoding" {
            try require(bare.field(name) == value, "HEAD lacks \(name): \(value)")
        }
        return "OPTIONS \(options.status), HEAD \(bare.status)"
    }

    private static func requestIDs(_ probe: Probe) throws(ConformanceError) -> String {
        let wrong = ClientRequest("POST", Probe.path, body: Array("{".utf8))
        let answers = [
            ("an answer", probe.chat()), ("a stream", try probe.stream().answer), ("an error", probe.send(wrong)),
            ("404", probe.get("/no/such/route")), ("a list", probe.get("/v1/models")),
        ]
        for (name, answer) in answers {
            try require(answer.field("x-request-id")?.isEmpty == false, "\(name) has no x-request-id")
            let time = answer.field("openai-processing-ms").flatMap { Double($0) }
            try require(time.map { $0 >= 0 } == true, "\(name) has no openai-processing-ms")
        }
        let own = "conform-" + String(repeating: "x", count: 120)
        var request = ClientRequest("GET", "/v1/models")
        request.fields = ["X-Request-ID: \(own)"]
        try require(probe.send(request).field("x-request-id") == own, "the client's own id is not echoed")
        request.fields = ["X-Request-ID: \(own)x"]
        try require(probe.send(request).field("x-request-id") != own + "x", "an id of 129 characters is echoed")
        return "on answers and errors, own ids echoed"
    }
}

/// An answer full of characters of several bytes, forced by a grammar where there is one.
enum Foxes {
    private static let text = "🦊é漢字"
    private static let asked: JSONObject = ["messages": Probe.say("Repeat exactly: 🦊é漢字🦊é漢字"), "max_tokens": 48]

    private static func members(_ probe: Probe) -> JSONObject {
        let plain = asked.with(probe.unthinking())
        let forced = plain.with(["grammar": .string("root ::= \"\(text)\"")])
        return probe.chat(forced).status == 200 ? forced : plain
    }

    /// Streamed.
    static func stream(_ probe: Probe) throws(ConformanceError) -> EventStream { try probe.stream(members(probe)) }

    /// Whole.
    static func answer(_ probe: Probe, _ more: JSONObject = [:]) throws(ConformanceError) -> JSONValue {
        try probe.answer(members(probe).with(more))
    }
}
