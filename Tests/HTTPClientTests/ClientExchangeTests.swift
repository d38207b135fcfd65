import HTTPClient
import Platform
import Synchronization
import Testing

/// One request and its answer, over a transport that follows a script.
@Suite struct ClientExchangeTests {
    private static let limits = ClientLimits.answer(seconds: 60, bodyBytes: 1000)

    /// Opens an exchange; the script is made inside because a transport belongs to one thread.
    private static func open(
        _ pieces: [ScriptedTransport.Piece], _ request: ClientRequest = ClientRequest(),
        url: String = "http://host:81/base/v1/", key: String? = nil, limits: ClientLimits = limits
    ) throws -> (ClientExchange, ScriptedTransport) {
        let transport = ScriptedTransport(pieces)
        nonisolated(unsafe) let shared = transport
        let client = try HTTPClient(url: url, key: key) { _, _ throws(HTTPClientError) in unsafe shared }
        return (client.open(request, limits: limits), transport)
    }

    @Test func theRequestIsSentWhole() throws {
        var request = ClientRequest("POST", "/v1/x", body: Array("{}".utf8))
        request.fields = ["X-A: b"]
        let (_, transport) = try Self.open([], request, key: "secret")
        #expect(
            transport.sentText == "POST /base/v1/x HTTP/1.1\r\nHost: host:81\r\nConnection: close\r\n"
                + "Authorization: Bearer secret\r\nX-A: b\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        )
        request.key = .none
        request.framing = .chunked
        request.body = Array("12345678".utf8)
        let chunked = try Self.open([], request, key: "secret").1.sentText
        #expect(!chunked.contains("secret") && chunked.hasSuffix("\r\n\r\n7\r\n1234567\r\n1\r\n8\r\n0\r\n\r\n"))
        request.framing = .announced(99)
        request.key = .other("wrong")
        let announced = try Self.open([], request, key: "secret").1.sentText
        #expect(announced.contains("Bearer wrong") && announced.hasSuffix("Content-Length: 99\r\n\r\n"))
    }

    @Test func aWholeAnswerIsRead() throws {
        let (exchange, _) = try Self.open([
            .bytes("HTTP/1.1 200 OK\r\ncontent-"), .nothing, .bytes("length: 4\r\n\r\nab"), .bytes("cd"),
        ])
        let answer = exchange.whole()
        #expect(answer.status == 200 && answer.text == "abcd" && answer.fault == nil && !answer.isSilent)
        #expect(answer.arrivals.map(\.bytes) == [2, 4] && answer.brief == "200")
        #expect(answer.seconds(at: 3) >= answer.seconds(at: 0) && answer.seconds(at: 4) == 0)
    }

    @Test func aBodyIsTakenInPartsAndNotKept() throws {
        let (exchange, _) = try Self.open([
            .bytes("HTTP/1.1 200 OK\r\n\r\nab"), .nothing, .bytes("cd"), .end,
        ])
        exchange.readHead { false }
        #expect(exchange.answer.status == 200)
        var parts: [String] = []
        while let part = exchange.nextPart(isStopped: { false }) { parts.append(String(decoding: part, as: UTF8.self)) }
        #expect(parts == ["ab", "cd"] && exchange.answer.body.isEmpty && exchange.answer.fault == nil)
    }

    @Test func aStreamCanBeStoppedWhileNothingComes() throws {
        let (exchange, _) = try Self.open([.bytes("HTTP/1.1 200 OK\r\n\r\nab"), .nothing, .nothing, .bytes("cd")])
        var looks = 0
        #expect(exchange.nextPart(isStopped: { false }) == Array("ab".utf8))
        let part = exchange.nextPart {
            looks += 1
            return looks > 2
        }
        #expect(part == nil && exchange.answer.fault == nil && looks == 3)
    }

    @Test func theBodyWaitsForAnInterimAnswer() throws {
        var request = ClientRequest("POST", "/", body: Array("body".utf8))
        request.framing = .expecting
        let final = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx"
        let (exchange, transport) = try Self.open(
            [.bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP"), .bytes("/1.1 103 x\r\n\r\n" + final)], request)
        #expect(transport.sentText.hasSuffix("\r\n\r\n"))
        let answer = exchange.whole()
        #expect(answer.interim == [100, 103] && answer.status == 200 && answer.text == "x")
        #expect(transport.sentText.hasSuffix("\r\n\r\nbody"))
        let (refused, silent) = try Self.open([.bytes("HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n")], request)
        #expect(refused.whole().status == 401 && !silent.sentText.hasSuffix("body"))
    }

    @Test func whatGoesWrongIsTold() throws {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\na"
        let cases: [([ScriptedTransport.Piece], HTTPClientError)] = [
            ([.end], .ended("closed without an answer")),
            ([.bytes(head), .end], .ended("closed in the middle of the answer")),
            ([.bytes(head), .failure(.connection("recv: reset"))], .connection("recv: reset")),
            ([.bytes("no HTTP\r\n\r\n")], .malformed("not HTTP: “no HTTP”")),
            (
                [.bytes(String(repeating: "HTTP/1.1 100 x\r\n\r\n", count: 9))],
                .limit("interim answers without end")
            ),
            (
                [.bytes("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "a", count: 1001))],
                .limit("an answer without end (1000 bytes and more)")
            ),
        ]
        for (pieces, expected) in cases { #expect(try Self.open(pieces).0.whole().fault == expected) }
        let client = try HTTPClient(url: "http://host", key: nil) { _, _ throws(HTTPClientError) in
            throw .connection("refused")
        }
        let lost = client.open(ClientRequest(), limits: Self.limits).whole()
        #expect(lost.fault == .connection("refused") && lost.isSilent && lost.brief == "refused")
        #expect(throws: HTTPClientError.connection("refused")) {
            try client.answer(to: ClientRequest(), limits: Self.limits)
        }
    }

    @Test func timeEnds() throws {
        let (silent, _) = try Self.open([.nothing], limits: .answer(seconds: 0, bodyBytes: 10))
        #expect(silent.whole().fault == .silence)
        let (stream, _) = try Self.open([.nothing], limits: .stream(silenceSeconds: 0))
        stream.readHead { false }
        #expect(stream.answer.fault == .silence && stream.answer.brief == "nothing more within the time limit")
    }

    @Test func enoughIsEnough() throws {
        let (exchange, _) = try Self.open([.bytes("HTTP/1.1 429 No\r\n\r\n"), .bytes("why"), .end])
        #expect(exchange.whole { $0.status != 0 }.body.isEmpty)
        #expect(exchange.whole().text == "why")
    }
}
