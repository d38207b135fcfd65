import HTTPClient
import Testing

/// Answers taken apart, however their bytes are cut.
@Suite struct AnswerParserTests {
    private struct Seen: Equatable {
        var status = 0
        var body = ""
        var rest = ""
        var fault: HTTPClientError?
        var isDone = false
    }

    /// Feeds `text` in pieces that end at `cuts`.
    private static func parse(
        _ text: String, cuts: [Int] = [], hasBody: Bool = true, ends: Bool = false
    ) -> (seen: Seen, parser: AnswerParser) {
        let bytes = Array(text.utf8)
        var parser = AnswerParser(hasBody: hasBody)
        var body: [UInt8] = []
        for (start, end) in zip([0] + cuts, cuts + [bytes.count]) { body += parser.consume(Array(bytes[start..<end])) }
        if ends { parser.end() }
        let seen = Seen(
            status: parser.status, body: String(decoding: body, as: UTF8.self),
            rest: String(decoding: parser.rest, as: UTF8.self), fault: parser.fault, isDone: parser.isDone)
        return (seen, parser)
    }

    private static let whole: [(text: String, expected: Seen)] = [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A:  b \r\n\r\nhelloHTTP",
            Seen(status: 200, body: "hello", rest: "HTTP", isDone: true)
        ),
        ("HTTP/1.1 200 OK\ncontent-length: 2\n\nhi", Seen(status: 200, body: "hi", isDone: true)),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n1 \r\nd\r\n0\r\nt: u\r\n\r\nnext",
            Seen(status: 200, body: "abcd", rest: "next", isDone: true)
        ),
        ("HTTP/1.0 404 Not Found\r\n\r\nuntil the end", Seen(status: 404, body: "until the end")),
        ("HTTP/1.1 204\r\n\r\nHTTP/1.1 200", Seen(status: 204, rest: "HTTP/1.1 200", isDone: true)),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2", Seen(status: 100, rest: "HTTP/1.1 2", isDone: true)),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Seen(status: 200, isDone: true)),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            Seen(status: 200, fault: .malformed("a malformed chunk"), isDone: true)
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabc\r\n",
            Seen(status: 200, body: "ab", fault: .malformed("a chunk that is longer than it says"), isDone: true)
        ),
        ("SSH-2.0\r\n\r\n", Seen(fault: .malformed("not HTTP: “SSH-2.0”"), isDone: true)),
    ]

    @Test(arguments: whole.indices) func anAnswerIsTheSameWhereverItIsCut(index: Int) {
        let (text, expected) = Self.whole[index]
        let count = text.utf8.count
        #expect(Self.parse(text).seen == expected)
        for first in 0...count {
            let seen = Self.parse(text, cuts: [first]).seen
            #expect((seen.status, seen.body, seen.fault) == (expected.status, expected.body, expected.fault))
            #expect(seen.isDone == expected.isDone)
        }
        #expect(Self.parse(text, cuts: Array(1..<count)).seen.body == expected.body)
    }

    @Test func namesOfFieldsAreLowerCaseAndValuesBegin() {
        let parser = Self.parse("HTTP/1.1 200 OK\r\nX-Request-ID: \t a b\r\nx-request-id: c\r\n\r\n").parser
        #expect(parser.field("x-request-id") == "a b" && parser.field("y") == nil)
        #expect(parser.fields.map(\.value) == ["a b", "c"])
    }

    @Test func theAnswerToHeadHasNoBody() {
        let seen = Self.parse("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", hasBody: false).seen
        #expect(seen == Seen(status: 200, isDone: true))
    }

    @Test func anEndComesInOrderOrTooEarly() {
        let head = "HTTP/1.1 200 OK\r\n"
        #expect(Self.parse(head + "\r\nall", ends: true).seen == Seen(status: 200, body: "all", isDone: true))
        #expect(Self.parse("", ends: true).seen.fault == .ended("closed without an answer"))
        let early = [head, head + "content-length: 3\r\n\r\nab", head + "transfer-encoding: chunked\r\n\r\n2\r\na"]
        for text in early {
            #expect(Self.parse(text, ends: true).seen.fault == .ended("closed in the middle of the answer"))
        }
        #expect(Self.parse(head + "content-length: 2\r\n\r\nab", ends: true).seen.fault == nil)
    }

    @Test func whatDoesNotEndIsGivenUp() {
        let long = String(repeating: "a", count: 300 << 10)
        #expect(Self.parse("HTTP/1.1 200 OK\r\nx: " + long).seen.fault == .limit("a head without end"))
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        #expect(Self.parse(chunked + long).seen.fault == .limit("a line without end"))
        #expect(Self.parse(chunked + "ffffffffffffffffffff\r\n").seen.fault == .malformed("a malformed chunk"))
        #expect(Self.parse(chunked + "-1\r\n").seen.fault == .malformed("a malformed chunk"))
    }
}
