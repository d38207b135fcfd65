import Conformance
import HTTPClient
import JSON

/// A server of a few fixed answers, without a socket, that a test can spoil.
struct RecordedServer: Sendable {
    /// A request as it was sent.
    struct Asked {
        let method: String
        let path: String
        let body: JSONValue
    }

    /// Changes an answer's text, or leaves it; the second argument tells whether it is a stream.
    var spoil: @Sendable (String, Bool) -> String = { text, _ in text }

    /// Judges one statement.
    func judge(_ number: Int) throws -> ConformReport.Row {
        let server = self
        let client = try HTTPClient(url: "http://recorded", key: nil) { _, _ throws(HTTPClientError) in
            RecordedTransport(server)
        }
        let probe = Probe(client: client, model: nil, timeoutSeconds: 60, mayOverload: false)
        let report = ConformReport(Statement.all.filter { $0.number == number }, probe: probe) { _ in }
        return report.rows[0]
    }

    /// The whole answer to a request.
    func answer(_ asked: Asked) -> String {
        switch asked.path {
        case "/v1/chat/completions": break
        case "/v1/models": return Self.whole(#"{"object": "list", "data": [{"id": "a", "owned_by": "somebody"}]}"#)
        default: return Self.whole("{}", status: "404 Not Found")
        }
        let isStreamed = asked.body["stream"]?.boolValue ?? false
        if asked.body["stream_options"] != nil, !isStreamed {
            let error =
                #"{"error": {"message": "no", "type": "invalid_request_error", "param": "stream_options", "code": null}}"#
            return Self.whole(error, status: "400 Bad Request")
        }
        guard isStreamed else {
            return Self.whole(Self.completion) { spoil($0, false) }
        }
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n\r\n"
        let hasUsage = asked.body["stream_options"]?["include_usage"]?.boolValue ?? false
        let events = Self.events(choices: Int(asked.body["n"]?.intValue ?? 1), hasUsage: hasUsage)
        return head + spoil(events.map { "data: \($0)\n\n" }.joined() + "data: [DONE]\n\n", true)
    }

    /// An answer whose head and body were changed by themselves: its length is that of the changed body.
    private static func whole(
        _ body: String, status: String = "200 OK", change: (String) -> String = { $0 }
    ) -> String {
        let body = change(body)
        let head = "HTTP/1.1 \(status)\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n"
        return change(head) + body
    }

    private static let usage = #"{"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}"#
    private static let completion = """
        {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "a", "choices": [{"index": 0, "message": \
        {"role": "assistant", "content": "Rivers", "refusal": null}, "logprobs": null, "finish_reason": "stop"}], \
        "usage": \(usage)}
        """

    private static func events(choices: Int, hasUsage: Bool) -> [String] {
        let deltas = [
            (#"{"role": "assistant", "content": ""}"#, "null"), (#"{"content": "Ri"}"#, "null"),
            (#"{"content": "vers"}"#, "null"), ("{}", #""stop""#),
        ]
        func chunk(_ choices: String, _ usage: String) -> String {
            let end = hasUsage ? #", "usage": \#(usage)"# : ""
            return #"{"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [\#(choices)]\#(end)}"#
        }
        var events: [String] = []
        for (delta, reason) in deltas {
            for index in 0..<choices {
                events.append(
                    chunk(#"{"index": \#(index), "delta": \#(delta), "finish_reason": \#(reason)}"#, "null"))
            }
        }
        return hasUsage ? events + [chunk("", usage)] : events
    }
}

/// Collects a request and gives the answer to it.
private final class RecordedTransport: ByteTransport {
    private let server: RecordedServer
    private var sent: [UInt8] = []
    private var isAnswered = false

    init(_ server: RecordedServer) { self.server = server }

    func send(_ bytes: Span<UInt8>) throws(HTTPClientError) -> Int {
        for index in bytes.indices { sent.append(bytes[index]) }
        return bytes.count
    }

    func receive(maximumBytes: Int, milliseconds: Int) throws(HTTPClientError) -> [UInt8]? {
        guard !isAnswered else { return [] }
        isAnswered = true
        let text = String(decoding: sent, as: UTF8.self)
        let words = text.split(separator: " ", maxSplits: 2).map(String.init)
        let body = text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? ""
        let json = (try? JSONParser.parse(body, limits: .request)) ?? .null
        return Array(server.answer(RecordedServer.Asked(method: words[0], path: words[1], body: json)).utf8)
    }
}
