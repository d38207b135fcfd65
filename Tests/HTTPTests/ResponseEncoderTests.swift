import HTTP
import Testing

@Suite struct ResponseEncoderTests {
    private static func encoder(
        minor: Int = 1, isHead: Bool = false, keepsAlive: Bool = true, id: String = "id"
    ) -> ResponseEncoder {
        ResponseEncoder(
            context: ResponseContext(
                requestID: id, request: (minor, isHead), keepsAlive: keepsAlive, date: "Sat, 21 Nov 2026 22:51:42 GMT",
                processingMilliseconds: 7))
    }

    private static let tail =
        "date: Sat, 21 Nov 2026 22:51:42 GMT\r\nx-request-id: id\r\nopenai-processing-ms: 7\r\n\r\n"

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func writesAWholeResponse() {
        let response = Response(status: 200, json: Array("{}".utf8))
        #expect(
            Self.text(Self.encoder().whole(response))
                == "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\(Self.tail){}")
        #expect(
            Self.text(Self.encoder(keepsAlive: false).whole(response))
                == "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\(Self.tail){}"
        )
        #expect(Self.text(Self.encoder(minor: 0).whole(response)).contains("\r\nconnection: keep-alive\r\n"))
        #expect(
            Self.text(Self.encoder(isHead: true).whole(response))
                == "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\(Self.tail)")
    }

    @Test func writesNoBodyWhereNoneMayBe() {
        for status in [204, 304] {
            let text = Self.text(Self.encoder().whole(Response(status: status, fields: [:], body: [1, 2])))
            #expect(text.hasSuffix("\r\n\r\n") && !text.contains("content-length"))
            var encoder = Self.encoder()
            let head = Self.text(encoder.start(ResponseHead(status: status, fields: [:])))
            #expect(!head.contains("transfer-encoding") && encoder.part([1]).isEmpty && encoder.end().isEmpty)
        }
    }

    @Test func streamsInChunksOrToTheEnd() {
        var chunked = Self.encoder()
        #expect(
            Self.text(chunked.start(ResponseHead(status: 200, fields: [:]))).contains(
                "\r\ntransfer-encoding: chunked\r\n"))
        #expect(Self.text(chunked.part(Array("0123456789abcdefg".utf8))) == "11\r\n0123456789abcdefg\r\n")
        #expect(chunked.part([]).isEmpty, "an empty chunk would end the body")
        #expect(Self.text(chunked.end()) == "0\r\n\r\n")
        #expect(!chunked.closesConnection)
        var plain = Self.encoder(minor: 0)
        let head = Self.text(plain.start(ResponseHead(status: 200, fields: [:])))
        #expect(head.contains("connection: close") && !head.contains("chunked"))
        #expect(Self.text(plain.part(Array("abc".utf8))) == "abc" && plain.end().isEmpty && plain.closesConnection)
        var silent = Self.encoder(isHead: true)
        _ = silent.start(ResponseHead(status: 200, fields: [:]))
        #expect(silent.part([1]).isEmpty && silent.end().isEmpty)
    }

    /// Response splitting: whatever a handler echoes, the head keeps its lines.
    @Test(arguments: [
        "a\r\nset-cookie: x=1", "a\n\n<html>", "a\rb", "a\u{0}b", "a\u{b}b", "\r\n\r\nHTTP/1.1 200 OK", "a\u{7f}",
        "\u{1b}[31m",
    ])
    func keepsAValueInItsLine(_ value: String) {
        let text = Self.text(Self.encoder().whole(Response(status: 200, fields: ["x-echo": value], body: [])))
        let clean = Self.text(Self.encoder().whole(Response(status: 200, fields: ["x-echo": "a"], body: [])))
        #expect(text.split(separator: "\r\n").count == clean.split(separator: "\r\n").count)
        #expect(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x0d || $0 == 0x0a })
        #expect(text.utf8.count { $0 == 0x0a } == clean.utf8.count { $0 == 0x0a })
    }

    @Test(arguments: [
        "", "a b", "a:b", "a\r\nb", "a\u{0}", "é", "content-length", "Transfer-Encoding", "connection", "X-Request-ID",
        "date",
    ])
    func dropsANameThatIsNoneOrNotTheHandlers(_ name: String) {
        let text = Self.text(Self.encoder().whole(Response(status: 200, fields: [name: "mine"], body: [])))
        #expect(!text.contains("mine"))
    }

    @Test func dropsLineBreaksInTheIdentifier() {
        let text = Self.text(Self.encoder(id: "a\r\nb: c").whole(Response(status: 200, fields: [:], body: [])))
        #expect(text.contains("x-request-id: ab:c\r\n"))
    }

    @Test func takesTheClientsIdentifierOnlyIfItIsUsable() {
        #expect(RequestID.own(["X-Request-ID": "abc-1"]) == "abc-1")
        #expect(RequestID.own(["x-request-id": String(repeating: "x", count: 128)]) != nil)
        for value in ["", "a b", "é", "a\tb", String(repeating: "x", count: 129)] {
            #expect(RequestID.own(["x-request-id": value]) == nil, "\(value)")
        }
        #expect(RequestID.own(["x-request-id": "a", "X-Request-Id": "b"]) == nil)
    }

    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"), (-5, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] as [(Int64, String)])
    func writesDates(_ seconds: Int64, _ text: String) { #expect(HTTPDate.text(unixSeconds: seconds) == text) }

    @Test func framesEvents() {
        #expect(Self.text(ServerSentEvents.data(Array("{}".utf8))) == "data: {}\n\n")
        #expect(Self.text(ServerSentEvents.comment("queued 3")) == ": queued 3\n\n")
        #expect(
            Self.text(ServerSentEvents.event("message_stop", Array("{}".utf8))) == "event: message_stop\ndata: {}\n\n")
        #expect(
            Self.text(ServerSentEvents.data(Array("a\nb\r\nc\rd".utf8))) == "data: a\ndata: b\ndata: c\ndata: d\n\n")
        #expect(Self.text(ServerSentEvents.comment("a\n\ndata: [DONE]")) == ": a\n: \n: data: [DONE]\n\n")
        #expect(Self.text(ServerSentEvents.done) == "data: [DONE]\n\n")
    }
}
