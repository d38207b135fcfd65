import HTTP

/// Inputs that must be understood, with the path, query and body of each request in them.
enum AcceptedShapes {
    struct Expected: Equatable, Sendable {
        var path: String
        var query: String?
        var body = ""
        var method = "GET"
    }

    static let all: [(shape: Shape, expected: [Expected])] = [
        (Shape("the shortest request", "GET / HTTP/1.1\nHost: a\n\n"), [Expected(path: "/")]),
        (Shape("HTTP/1.0 without host", "GET / HTTP/1.0\n\n"), [Expected(path: "/")]),
        (Shape("HTTP/1.2 as 1.1", "GET / HTTP/1.2\nHost: a\n\n"), [Expected(path: "/")]),
        (Shape("one empty line before", "\nGET / HTTP/1.1\nHost: a\n\n"), [Expected(path: "/")]),
        (Shape("query", "GET /a?b=c&d=%20?e HTTP/1.1\nHost: a\n\n"), [Expected(path: "/a", query: "b=c&d=%20?e")]),
        (Shape("empty query", "GET /a? HTTP/1.1\nHost: a\n\n"), [Expected(path: "/a", query: "")]),
        (
            Shape("query with brackets", "GET /a?b[]={1|2} HTTP/1.1\nHost: a\n\n"),
            [Expected(path: "/a", query: "b[]={1|2}")]
        ),
        (
            Shape("encoded slash", "GET /v1/models/org%2Fname HTTP/1.1\nHost: a\n\n"),
            [Expected(path: "/v1/models/org/name")]
        ),
        (Shape("raw slash", "GET /v1/models/org/name HTTP/1.1\nHost: a\n\n"), [Expected(path: "/v1/models/org/name")]),
        (Shape("encoded once only", "GET /%2525 HTTP/1.1\nHost: a\n\n"), [Expected(path: "/%25")]),
        (Shape("encoded UTF-8", "GET /%C3%A9 HTTP/1.1\nHost: a\n\n"), [Expected(path: "/é")]),
        (Shape("colon and at in the path", "GET /a:b@c;d=e,f HTTP/1.1\nHost: a\n\n"), [Expected(path: "/a:b@c;d=e,f")]),
        (Shape("dots stay", "GET /a/../b HTTP/1.1\nHost: a\n\n"), [Expected(path: "/a/../b")]),
        (Shape("two slashes stay", "GET //a HTTP/1.1\nHost: a\n\n"), [Expected(path: "//a")]),
        (Shape("absolute form", "GET http://a:80/b?c HTTP/1.1\nHost: a:80\n\n"), [Expected(path: "/b", query: "c")]),
        (Shape("absolute form without path", "GET HTTP://a HTTP/1.1\nHost: A\n\n"), [Expected(path: "/")]),
        (
            Shape("absolute form with only a query", "GET http://a?b HTTP/1.1\nHost: a\n\n"),
            [Expected(path: "/", query: "b")]
        ),
        (Shape("asterisk form", "OPTIONS * HTTP/1.1\nHost: a\n\n"), [Expected(path: "*", method: "OPTIONS")]),
        (Shape("unknown method", "BREW /pot HTTP/1.1\nHost: a\n\n"), [Expected(path: "/pot", method: "BREW")]),
        (
            Shape("method of all token characters", "!#$%&'*+-.^_`|~09aZ / HTTP/1.1\nHost: a\n\n"),
            [Expected(path: "/", method: "!#$%&'*+-.^_`|~09aZ")]
        ),
        (Shape("IPv6 host", "GET / HTTP/1.1\nHost: [::1]:8080\n\n"), [Expected(path: "/")]),
        (Shape("IPv6 host without port", "GET / HTTP/1.1\nHost: [fe80::1]\n\n"), [Expected(path: "/")]),
        (Shape("IPv4 host", "GET / HTTP/1.1\nhost:127.0.0.1:65535\n\n"), [Expected(path: "/")]),
        (Shape("host with underscore", "GET / HTTP/1.1\nHOST: \t my_service.local \t\n\n"), [Expected(path: "/")]),
        (Shape("empty value", "GET / HTTP/1.1\nHost: a\nX:\n\n"), [Expected(path: "/")]),
        (Shape("value beyond ASCII", "GET / HTTP/1.1\nHost: a\nX: é\n\n"), [Expected(path: "/")]),
        (
            Shape(
                "value that is no UTF-8",
                bytes: Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [0xff, 0xfe] + Array("\r\n\r\n".utf8)),
            [Expected(path: "/")]
        ),
        (
            Shape("length of nothing", "POST / HTTP/1.1\nHost: a\nContent-Length: 0\n\n"),
            [Expected(path: "/", method: "POST")]
        ),
        (
            Shape("body by length", "POST / HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello"),
            [Expected(path: "/", body: "hello", method: "POST")]
        ),
        (
            Shape("length with zeros before", "POST / HTTP/1.1\nHost: a\nContent-Length: 0005\n\nhello"),
            [Expected(path: "/", body: "hello", method: "POST")]
        ),
        (
            Shape("GET with a body", "GET / HTTP/1.1\nHost: a\nContent-Length: 2\n\nhi"),
            [Expected(path: "/", body: "hi")]
        ),
        (
            Shape(
                "body of exactly the limit",
                "POST / HTTP/1.1\nHost: a\nContent-Length: 100\n\n" + String(repeating: "b", count: 100)),
            [Expected(path: "/", body: String(repeating: "b", count: 100), method: "POST")]
        ),
        (
            Shape("chunked", "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n5\nhello\n6\n world\n0\n\n"),
            [Expected(path: "/", body: "hello world", method: "POST")]
        ),
        (
            Shape(
                "chunked in capitals",
                "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: CHUNKED\n\n00000A\n0123456789\n000\n\n"),
            [Expected(path: "/", body: "0123456789", method: "POST")]
        ),
        (
            Shape("no chunk", "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n0\n\n"),
            [Expected(path: "/", method: "POST")]
        ),
        (
            Shape(
                "chunk extensions",
                "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n2;a=b;c=\"d\"\nhi\n0;last\n\n"),
            [Expected(path: "/", body: "hi", method: "POST")]
        ),
        (
            Shape(
                "c8: blanks around a chunk size's end and in its extensions",
                "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n"
                    + "1 \nh\n1\t \ni\n1 ; a\t= \"; \\\" \u{e9}\" ;b\n!\n0 \n\n"),
            [Expected(path: "/", body: "hi!", method: "POST")]
        ),
        (
            Shape(
                "trailers are dropped",
                "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n2\nhi\n0\nA: b\nContent-Length: 9\n\n"),
            [Expected(path: "/", body: "hi", method: "POST")]
        ),
        (
            Shape(
                "line breaks in a chunk",
                raw: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n"),
            [Expected(path: "/", body: "\r\n\r\n", method: "POST")]
        ),
        (
            Shape(
                "chunks of exactly the limit",
                "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n"
                    + String(repeating: "a\n0123456789\n", count: 10) + "0\n\n"),
            [Expected(path: "/", body: String(repeating: "0123456789", count: 10), method: "POST")]
        ),
        (
            Shape(
                "target of exactly the limit", "GET /" + String(repeating: "a", count: 199) + " HTTP/1.1\nHost: a\n\n"),
            [Expected(path: "/" + String(repeating: "a", count: 199))]
        ),
        (
            Shape("ten fields", "GET / HTTP/1.1\nHost: a\n" + (0..<9).map { "X\($0): y\n" }.joined() + "\n"),
            [Expected(path: "/")]
        ),
        (
            Shape("expectation", "POST / HTTP/1.1\nHost: a\nExpect: 100-Continue\nContent-Length: 1\n\nx"),
            [Expected(path: "/", body: "x", method: "POST")]
        ),
        (
            Shape("expectation in HTTP/1.0 is ignored", "POST / HTTP/1.0\nExpect: something\nContent-Length: 1\n\nx"),
            [Expected(path: "/", body: "x", method: "POST")]
        ),
        (
            Shape(
                "underscore name is another field",
                "POST / HTTP/1.1\nHost: a\nContent_Length: 9\nContent-Length: 1\n\nx"),
            [Expected(path: "/", body: "x", method: "POST")]
        ),
        (
            Shape(
                "three pipelined requests",
                "GET /1 HTTP/1.1\nHost: a\n\nPOST /2 HTTP/1.1\nHost: a\nContent-Length: 2\n\nhiGET /3 HTTP/1.1\nHost: a\n\n"
            ),
            [Expected(path: "/1"), Expected(path: "/2", body: "hi", method: "POST"), Expected(path: "/3")]
        ),
        (
            Shape(
                "an extra line break between requests",
                "POST /1 HTTP/1.1\nHost: a\nContent-Length: 2\n\nhi\nGET /2 HTTP/1.1\nHost: a\n\n"),
            [Expected(path: "/1", body: "hi", method: "POST"), Expected(path: "/2")]
        ),
        (
            Shape(
                "chunked and then another",
                "POST /1 HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n1\nx\n0\n\nGET /2 HTTP/1.1\nHost: a\n\n"),
            [Expected(path: "/1", body: "x", method: "POST"), Expected(path: "/2")]
        ),
        (
            Shape(
                "a body that looks like a request",
                "POST /1 HTTP/1.1\nHost: a\nContent-Length: 19\n\nGET /2 HTTP/1.1\n\n"),
            [Expected(path: "/1", body: "GET /2 HTTP/1.1\r\n\r\n", method: "POST")]
        ),
    ]
}
