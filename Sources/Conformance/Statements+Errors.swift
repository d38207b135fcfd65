import HTTPClient
import JSON
import Platform

/// 56–61: errors.
extension Statement {
    static let errors = [
        Statement(56, "Error bodies have message, type, param and code", check: shapes),
        Statement(57, "Every error has its status, type and code", check: statuses),
        Statement(58, "A prompt that is too long is refused, never cut", check: tooLong),
        Statement(59, "Overload is 429 with Retry-After", check: overload).last,
        Statement(60, "A failure in a stream is an error event, then [DONE]") { probe throws(ConformanceError) in
            guard let stream = probe.streamErrors.first else {
                throw .notApplicable("no stream failed, and nothing from outside makes one fail")
            }
            try checkShape(.object(["error": stream.errors[0]]), "the event")
            try require(stream.events.last?.data == "[DONE]", "no [DONE] after the error")
            return "an error event and [DONE]"
        }.last,
        Statement(61, "The key is judged before the body is read", check: keys),
    ]

    private static func request(_ method: String, _ path: String, _ body: String = "") -> ClientRequest {
        ClientRequest(method, path, body: Array(body.utf8))
    }

    private static func checkShape(_ json: JSONValue?, _ what: String) throws(ConformanceError) {
        guard let error = json?["error"]?.objectValue else { throw .violation("\(what): no error object") }
        for name in ["message", "type", "param", "code"] {
            try require(error[name] != nil, "\(what): the error has no \(name)")
        }
        for name in ["message", "type"] {
            try require(error[name]?.stringValue != nil, "\(what): \(name) is a \(error[name]?.kind ?? "")")
        }
        for name in ["param", "code"] {
            let value = error[name] ?? .null
            try require(value.isNull || value.stringValue != nil, "\(what): \(name) is a \(value.kind)")
        }
    }

    private static func shapes(_ probe: Probe) throws(ConformanceError) -> String {
        let answers = [
            ("a wrong value", probe.chat(["temperature": 9])),
            ("no JSON", probe.send(request("POST", Probe.path, "{\"a\""))),
            ("an unknown route", probe.get("/no/such/route")), ("a wrong method", probe.get(Probe.path)),
            ("an unknown model", probe.chat(["model": "no-such-model"])),
        ]
        for (what, answer) in answers {
            try require(answer.status >= 400, "\(what): \(answer.brief)")
            try checkShape(answer.json, what)
        }
        return "five errors"
    }

    private static func statuses(_ probe: Probe) throws(ConformanceError) -> String {
        var form = request("POST", Probe.path, "model=x")
        form.contentType = "application/x-www-form-urlencoded"
        var large = request("POST", Probe.path)
        large.framing = .announced(1 << 40)
        var cases: [(String, ClientAnswer, Int, String?)] = [
            ("no JSON", probe.send(request("POST", Probe.path, "{\"a\"")), 400, nil),
            ("an unknown model", probe.chat(["model": "no-such-model"]), 404, "model_not_found"),
            ("an unknown route", probe.get("/no/such/route"), 404, nil),
            ("GET where POST is meant", probe.get(Probe.path), 405, nil),
            ("a form", probe.send(form), 415, nil), ("a body of 1 TiB", probe.send(large), 413, nil),
        ]
        if probe.client.key != nil {
            var wrong = request("GET", "/v1/models")
            wrong.key = .other("no-such-key")
            cases.append(("a wrong key", probe.send(wrong), 401, "invalid_api_key"))
        }
        for (what, answer, status, code) in cases {
            try require(answer.status == status, "\(what): \(answer.brief) instead of \(status)")
            try checkShape(answer.json, what)
            let error = answer.json?["error"] ?? .null
            if status < 500 {
                let type = error["type"]?.stringValue ?? ""
                try require(type == "invalid_request_error", "\(what): the type is \(type)")
            }
            guard let code else { continue }
            try require(
                error["code"]?.stringValue == code, "\(what): the code is \((error["code"] ?? .null).serialized())")
        }
        try require(cases[3].1.field("allow")?.contains("POST") == true, "405 without Allow: POST")
        return cases.map { "\($0.2)" }.joined(separator: ", ")
    }

    private static func tooLong(_ probe: Probe) throws(ConformanceError) -> String {
        let words = min((probe.contextTokens ?? 131_072) + 64, 1 << 20)
        let text = String(repeating: "river ", count: words)
        for isStreamed in [false, true] {
            let answer = probe.chat(["messages": Probe.say(text), "stream": .bool(isStreamed), "max_tokens": 4])
            try require(answer.status == 400, "\(words) words: \(answer.brief)")
            let error = answer.json?["error"]
            try require(
                error?["code"] == "context_length_exceeded", "the code is \((error?["code"] ?? .null).serialized())")
            let message = error?["message"]?.stringValue ?? ""
            let numbers = message.split { !$0.isNumber }.compactMap { Int($0) }
            try require(Set(numbers).count > 1, "both counts are not named: “\(message.prefix(80))”")
        }
        return "400 for \(words) words, streamed and not"
    }

    private static func overload(_ probe: Probe) throws(ConformanceError) -> String {
        guard probe.mayOverload else {
            throw .notApplicable("not asked for: --overload opens up to 384 streams at once")
        }
        let asked = probe.body(["max_tokens": 400, "stream": true, "ignore_eos": true, "temperature": 1, "n": 1])
        let request = request("POST", Probe.path, asked.serialized())
        var running: [ClientExchange] = []
        for round in 0..<12 {
            let batch = (0..<32).map { _ in probe.open(request) }
            running += batch
            for exchange in batch {
                let answer = exchange.whole { $0.status != 0 }
                if answer.status == 0 { throw .notApplicable("after \(running.count) requests: \(answer.brief)") }
                guard answer.status != 200 else { continue }
                let whole = exchange.whole()
                try require(whole.status == 429, "overload is answered with \(whole.brief)")
                let wait = whole.field("retry-after") ?? "absent"
                try require(Int(wait).map { $0 > 0 } == true, "Retry-After is \(wait)")
                try checkShape(whole.json, "429")
                return "429 after about \(round * 32) requests, Retry-After: \(wait)"
            }
        }
        throw .notApplicable("\(running.count) requests at once were all taken")
    }

    private static func keys(_ probe: Probe) throws(ConformanceError) -> String {
        guard probe.client.key != nil else { throw .notApplicable("no key was given with --api-key") }
        for (what, key): (String, ClientRequest.Key) in [("no key", .none), ("a wrong key", .other("no-such-key"))] {
            var request = request("POST", Probe.path)
            request.framing = .announced(4096)
            request.key = key
            let answer = probe.send(request)
            try require(answer.status == 401, "\(what), the body withheld: \(answer.brief)")
        }
        var basic = request("GET", "/v1/models")
        basic.key = .none
        basic.fields = ["Authorization: Basic \(probe.client.key ?? "")"]
        try require(probe.send(basic).status == 401, "a key is taken without Bearer")
        try require(probe.get("/v1/models").status == 200, "the right key is refused")
        var other = request("POST", "/v1/messages", #"{"max_tokens": 2, "messages": []}"#)
        other.key = .none
        other.fields = ["x-api-key: \(probe.client.key ?? "")"]
        try require(probe.send(other).status != 401, "x-api-key is refused on /v1/messages")
        return "401 before the body"
    }
}
