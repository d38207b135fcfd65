import HTTP

/// Inputs that must be refused, by the failure that they must be refused with.
enum RefusedShapes {
    /// A head around one field line.
    private static func field(_ line: String) -> String { "GET / HTTP/1.1\nHost: a\n\(line)\n\n" }
    /// A request around one target.
    private static func target(_ target: String) -> String { "GET \(target) HTTP/1.1\nHost: a\n\n" }
    /// A chunked request around its body.
    private static func chunked(_ body: String) -> String {
        "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n\(body)"
    }
    /// A request with these host lines.
    private static func host(_ value: String) -> String { "GET / HTTP/1.1\nHost: \(value)\n\n" }
    /// A request with these framing lines.
    private static func framed(_ lines: String) -> String { "POST / HTTP/1.1\nHost: a\n\(lines)\n\nx" }

    static let all: [(failure: ParseFailure, shapes: [Shape])] = [
        (.malformed(.bareLineFeed), bareLineFeeds), (.malformed(.bareCarriageReturn), bareReturns),
        (.malformed(.controlCharacter), controls), (.malformed(.method), methods),
        (.malformed(.requestLine), requestLines), (.malformed(.version), versions),
        (.unsupportedVersion, otherVersions), (.malformed(.target), targets),
        (.malformed(.foldedField), folded), (.malformed(.fieldName), names),
        (.malformed(.hostCount), hostCounts), (.malformed(.host), hosts),
        (.malformed(.contentLength), lengths), (.malformed(.transferEncoding), codings),
        (.malformed(.bothLengths), bothLengths), (.malformed(.chunkSize), chunkSizes),
        (.malformed(.chunkExtension), chunkExtensions), (.malformed(.chunkEnd), chunkEnds),
        (.malformed(.trailer), trailers), (.unsupportedExpectation, expectations),
        (.headTooLarge, largeHeads), (.targetTooLong, longTargets), (.bodyTooLarge(limit: 100), largeBodies),
    ]

    private static let bareLineFeeds = [
        Shape("LF after the request line", raw: "GET / HTTP/1.1\nHost: a\r\n\r\n"),
        Shape("LF after a field", raw: "GET / HTTP/1.1\r\nHost: a\n\r\n"),
        Shape("LF as the end of the head", raw: "GET / HTTP/1.1\r\nHost: a\r\n\n"),
        Shape("LF alone before the request", raw: "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        Shape("LF in a value", raw: "GET / HTTP/1.1\r\nHost: a\r\nX: 1\n2\r\n\r\n"),
        Shape("LF in the target", raw: "GET /a\nb HTTP/1.1\r\nHost: a\r\n\r\n"),
        Shape(
            "LF after a chunk size",
            raw: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n"),
        Shape(
            "LF after a trailer", raw: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n"
        ),
        Shape(
            "LF in a chunk extension",
            raw: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\nx\r\n0\r\n\r\n"),
        Shape("only LFs", raw: "GET / HTTP/1.1\nHost: a\n\n"),
    ]

    private static let bareReturns = [
        Shape("CR in the target", raw: "GET /a\rb HTTP/1.1\r\nHost: a\r\n\r\n"),
        Shape("CR in a value", raw: "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r2\r\n\r\n"),
        Shape("CR in a name", raw: "GET / HTTP/1.1\r\nHost: a\r\nX\rY: 1\r\n\r\n"),
        Shape("CR CR LF", raw: "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
        Shape("CR alone as the end of the head", raw: "GET / HTTP/1.1\r\nHost: a\r\n\rX"),
        Shape("CR alone before the request", raw: "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        Shape("only CRs", raw: "GET / HTTP/1.1\rHost: a\r\r"),
        Shape(
            "CR after a chunk size",
            raw: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\rx\r\n0\r\n\r\n"),
        Shape(
            "CR in a trailer",
            raw: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\rc\r\n\r\n"),
    ]

    private static let controls = [
        Shape("NUL in the method", "G\u{0}T / HTTP/1.1\nHost: a\n\n"),
        Shape("NUL in the target", target("/a\u{0}b")),
        Shape("NUL in a name", field("X\u{0}: 1")),
        Shape("NUL in a value", field("X: a\u{0}b")),
        Shape("NUL in the host", host("a\u{0}b")),
        Shape("NUL in a length", framed("Content-Length: 1\u{0}")),
        Shape("vertical tab before chunked", framed("Transfer-Encoding: \u{b}chunked")),
        Shape("form feed in a value", field("X: a\u{c}b")),
        Shape("escape in a value", field("User-Agent: \u{1b}[31m")),
        Shape("DEL in a value", field("X: \u{7f}")),
        Shape("BEL in a name", field("\u{7}X: 1")),
        Shape("a TLS hello", bytes: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
        Shape("an SSL 2 hello", bytes: [0x00, 0x2e, 0x01, 0x00, 0x02]),
        Shape("NUL in a chunk size", chunked("1\u{0}\nx\n0\n\n")),
        Shape("NUL in a trailer", chunked("0\nA: \u{0}\n\n")),
        Shape("a Redis-like binary prefix", bytes: [0x01, 0x02, 0x03]),
    ]

    private static let methods = [
        Shape("no method", " / HTTP/1.1\nHost: a\n\n"),
        Shape("blank before the method", " GET / HTTP/1.1\nHost: a\n\n"),
        Shape("tab in the method", "GE\tT / HTTP/1.1\nHost: a\n\n"),
        Shape("colon in the method", "GET: / HTTP/1.1\nHost: a\n\n"),
        Shape("bracket in the method", "G(T / HTTP/1.1\nHost: a\n\n"),
        Shape("comma in the method", "GET,POST / HTTP/1.1\nHost: a\n\n"),
        Shape("slash in the method", "/ HTTP/1.1\nHost: a\n\n"),
        Shape("bytes beyond ASCII in the method", "GÉT / HTTP/1.1\nHost: a\n\n"),
        Shape("a method of 33 letters", String(repeating: "M", count: 33) + " / HTTP/1.1\nHost: a\n\n"),
        Shape("a byte order mark", "\u{feff}GET / HTTP/1.1\nHost: a\n\n"),
        Shape("JSON without HTTP", "{\"model\":\"x\"}"),
        Shape("a quoted method", "\"GET\" / HTTP/1.1\nHost: a\n\n"),
    ]

    private static let requestLines = [
        Shape("only a method", "GET\n\n"),
        Shape("a second empty line before the request", "\n\nGET / HTTP/1.1\nHost: a\n\n"),
        Shape("no version (HTTP/0.9)", "GET /\n\n"),
        Shape("two blanks after the method", "GET  / HTTP/1.1\nHost: a\n\n"),
        Shape("two blanks after the target", "GET /  HTTP/1.1\nHost: a\n\n"),
        Shape("blank after the version", "GET / HTTP/1.1 \nHost: a\n\n"),
        Shape("blank in the target", "GET /a b HTTP/1.1\nHost: a\n\n"),
        Shape("four words", "GET / HTTP/1.1 x\nHost: a\n\n"),
        Shape("an RTSP-like line of one word", "OPTIONS\nHost: a\n\n"),
    ]

    private static let versions = [
        Shape("lower-case http", "GET / http/1.1\nHost: a\n\n"),
        Shape("version without a minor digit", "GET / HTTP/1\nHost: a\n\n"),
        Shape("version with two minor digits", "GET / HTTP/1.10\nHost: a\n\n"),
        Shape("version with a comma", "GET / HTTP/1,1\nHost: a\n\n"),
        Shape("version with a sign", "GET / HTTP/+1.1\nHost: a\n\n"),
        Shape("another protocol", "GET / ICAP/1.0\nHost: a\n\n"),
        Shape("version of letters", "GET / HTTP/x.y\nHost: a\n\n"),
        Shape("tab before the version", "GET / \tHTTP/1.1\nHost: a\n\n"),
        Shape("version of one letter", "GET / H\nHost: a\n\n"),
        Shape("digits beyond ASCII", "GET / HTTP/1.\u{0661}\nHost: a\n\n"),
    ]

    private static let otherVersions = [
        Shape("the preface of HTTP/2", "PRI * HTTP/2.0\n\nSM\n\n"),
        Shape("version 2.0", "GET / HTTP/2.0\nHost: a\n\n"),
        Shape("version 0.9", "GET / HTTP/0.9\nHost: a\n\n"),
        Shape("version 3.0", "GET / HTTP/3.0\nHost: a\n\n"),
        Shape("version 9.9", "GET / HTTP/9.9\nHost: a\n\n"),
    ]

    private static let targets = [
        Shape("no slash", target("v1/models")),
        Shape("asterisk with GET", target("*")),
        Shape("authority form", "CONNECT a:80 HTTP/1.1\nHost: a\n\n"),
        Shape("fragment", target("/a#b")),
        Shape("backslash", target("/a\\b")),
        Shape("quote in the path", target("/a\"b")),
        Shape("angle bracket in the path", target("/<script>")),
        Shape("brace in the path", target("/{a}")),
        Shape("pipe in the path", target("/a|b")),
        Shape("caret in the path", target("/a^b")),
        Shape("bytes beyond ASCII in the path", target("/é")),
        Shape("bytes beyond ASCII in the query", target("/?é")),
        Shape("tab in the target", target("/a\tb")),
        Shape("percent at the end", target("/a%")),
        Shape("percent with one digit", target("/a%2")),
        Shape("percent with no digits", target("/a%zz")),
        Shape("percent with a sign", target("/a%+1")),
        Shape("encoded NUL", target("/a%00")),
        Shape("encoded line feed", target("/a%0A")),
        Shape("encoded return", target("/a%0d")),
        Shape("encoded DEL", target("/a%7f")),
        Shape("encoded bytes that are no UTF-8", target("/a%ff%fe")),
        Shape("overlong encoding", target("/%c0%af")),
        Shape("half a surrogate", target("/%ed%a0%80")),
        Shape("unknown scheme", target("ftp://a/")),
        Shape("scheme without host", target("http:///")),
        Shape("scheme alone", target("http://")),
        Shape("user in the authority", target("http://u@a/")),
        Shape("backslash in the authority", target("http://a\\b/")),
        Shape("bad port in the authority", target("http://a:x/")),
        Shape("a script scheme", target("javascript:alert(1)")),
    ]

    private static let folded = [
        Shape("value folded by a blank", field("X: a\n b")),
        Shape("value folded by a tab", field("X: a\n\tb")),
        Shape("blank before the first field", "GET / HTTP/1.1\n Host: a\n\n"),
        Shape("tab before the first field", "GET / HTTP/1.1\n\tHost: a\n\n"),
        Shape("a line of one blank", field(" ")),
        Shape("a folded coding", framed("Transfer-Encoding:\n chunked")),
        Shape("a folded length", framed("Content-Length:\n 1")),
    ]

    private static let names = [
        Shape("no colon", field("X")),
        Shape("empty name", field(": x")),
        Shape("blank before the colon", field("X : 1")),
        Shape("tab before the colon", field("X\t: 1")),
        Shape("blank before the colon of a length", framed("Content-Length : 1")),
        Shape("blank before the colon of a coding", framed("Transfer-Encoding : chunked")),
        Shape("blank in a name", field("X Y: 1")),
        Shape("bracket in a name", field("X[0]: 1")),
        Shape("bytes beyond ASCII in a name", field("Ü: 1")),
        Shape("quote in a name", field("\"X\": 1")),
        Shape("slash in a name", field("a/b: 1")),
        Shape("at in a name", field("a@b: 1")),
        Shape("a second request line", field("GET / HTTP/1.1")),
    ]

    private static let hostCounts = [
        Shape("no host", "GET / HTTP/1.1\nX: y\n\n"),
        Shape("no fields", "GET / HTTP/1.1\n\n"),
        Shape("two hosts", host("a\nHost: b")),
        Shape("the same host twice", host("a\nhost: a")),
        Shape("two hosts in HTTP/1.0", "GET / HTTP/1.0\nHost: a\nHost: b\n\n"),
        Shape("absolute form without host", "GET http://a/ HTTP/1.1\n\n"),
    ]

    private static let hosts = [
        Shape("empty host", host("")),
        Shape("host with a path", host("a/b")),
        Shape("host with a path and a query", host("a/v1/models?x=")),
        Shape("host with a query", host("a?b")),
        Shape("host with a fragment", host("a#b")),
        Shape("host with a user", host("u@a")),
        Shape("host with a backslash", host("a\\b")),
        Shape("host with a blank", host("a b")),
        Shape("host with a comma", host("a,b")),
        Shape("host with an encoded byte", host("a%00")),
        Shape("host with an empty port", host("a:")),
        Shape("host with a port of letters", host("a:http")),
        Shape("host with a large port", host("a:65536")),
        Shape("host with a long port", host("a:000080")),
        Shape("host with two ports", host("a:1:2")),
        Shape("only a port", host(":80")),
        Shape("unbracketed IPv6", host("::1")),
        Shape("open bracket", host("[::1")),
        Shape("empty brackets", host("[]")),
        Shape("junk after brackets", host("[::1]x")),
        Shape("letters in brackets", host("[hello]")),
        Shape("host of a URL", host("http://a")),
        Shape("host beyond ASCII", host("é")),
        Shape("host unlike the target's", "GET http://b/ HTTP/1.1\nHost: a\n\n"),
        Shape("a host of 400 letters", host(String(repeating: "h", count: 400))),
    ]

    private static let lengths = [
        Shape("two lengths", framed("Content-Length: 1\nContent-Length: 2")),
        Shape("the same length twice", framed("Content-Length: 1\nContent-Length: 1")),
        Shape("a list of lengths", framed("Content-Length: 1, 1")),
        Shape("plus sign", framed("Content-Length: +1")),
        Shape("minus sign", framed("Content-Length: -1")),
        Shape("hexadecimal", framed("Content-Length: 0x1")),
        Shape("underscore", framed("Content-Length: 1_0")),
        Shape("fraction", framed("Content-Length: 1.0")),
        Shape("exponent", framed("Content-Length: 1e1")),
        Shape("empty length", framed("Content-Length:")),
        Shape("letters", framed("Content-Length: abc")),
        Shape("blank inside", framed("Content-Length: 1 0")),
        Shape("digits beyond ASCII", framed("Content-Length: \u{0661}")),
        Shape("quoted", framed("Content-Length: \"1\"")),
        Shape("trailing semicolon", framed("Content-Length: 1;")),
        Shape("d11: length of 64 bits", framed("Content-Length: 9223372036854775808")),
        Shape("d11: length beyond 64 bits", framed("Content-Length: 18446744073709551617")),
        Shape("d11: length of 300 digits", framed("Content-Length: " + String(repeating: "9", count: 300))),
    ]

    private static let codings = [
        Shape("gzip", framed("Transfer-Encoding: gzip")),
        Shape("identity", framed("Transfer-Encoding: identity")),
        Shape("gzip, chunked", framed("Transfer-Encoding: gzip, chunked")),
        Shape("chunked, gzip", framed("Transfer-Encoding: chunked, gzip")),
        Shape("chunked twice in a list", framed("Transfer-Encoding: chunked, chunked")),
        Shape("two codings", framed("Transfer-Encoding: chunked\nTransfer-Encoding: chunked")),
        Shape("two different codings", framed("Transfer-Encoding: chunked\nTransfer-Encoding: identity")),
        Shape("empty coding", framed("Transfer-Encoding:")),
        Shape("xchunked", framed("Transfer-Encoding: xchunked")),
        Shape("quoted chunked", framed("Transfer-Encoding: \"chunked\"")),
        Shape("chunked with a parameter", framed("Transfer-Encoding: chunked;q=1")),
        Shape("chunked with a comma", framed("Transfer-Encoding: chunked,")),
        Shape("comma before chunked", framed("Transfer-Encoding: ,chunked")),
        Shape("blank inside", framed("Transfer-Encoding: chun ked")),
        Shape("no-break space around chunked", framed("Transfer-Encoding: \u{a0}chunked")),
        Shape("chunked in HTTP/1.0", "POST / HTTP/1.0\nTransfer-Encoding: chunked\n\n0\n\n"),
    ]

    private static let bothLengths = [
        Shape("length and chunked", framed("Content-Length: 1\nTransfer-Encoding: chunked")),
        Shape("chunked and length", framed("Transfer-Encoding: chunked\nContent-Length: 1")),
        Shape("chunked and a length of nothing", framed("Transfer-Encoding: chunked\nContent-Length: 0")),
        Shape("length and gzip", framed("Transfer-Encoding: gzip\nContent-Length: 1")),
        Shape("bad length and chunked", framed("Transfer-Encoding: chunked\nContent-Length: x")),
    ]

    private static let chunkSizes = [
        Shape("empty chunk size", chunked("\nx\n")),
        Shape("chunk size with a prefix", chunked("0x1\nx\n0\n\n")),
        Shape("chunk size with a plus", chunked("+1\nx\n0\n\n")),
        Shape("chunk size with a minus", chunked("-1\nx\n0\n\n")),
        Shape("chunk size with an underscore", chunked("1_0\nx\n0\n\n")),
        Shape("chunk size with a blank before", chunked(" 1\nx\n0\n\n")),
        Shape("chunk size with a blank inside", chunked("1 0\nx\n0\n\n")),
        Shape("chunk size of letters", chunked("xyz\n")),
        Shape("chunk size of 16 digits", chunked("8000000000000001\nx\n")),
        Shape("chunk size that wraps to 1", chunked("10000000000000001\nx\n")),
        Shape("last chunk of 16 zeros", chunked("0000000000000000\n\n")),
        Shape("chunk size with h", chunked("1h\nx\n0\n\n")),
        Shape("chunk size with a comma", chunked("1,2\nx\n0\n\n")),
        Shape("fullwidth digit", chunked("\u{ff11}\nx\n0\n\n")),
    ]

    private static let chunkExtensions = [
        Shape("extension without a name", chunked("1;\nx\n0\n\n")),
        Shape("d10: bracket in an extension's name", chunked("1;a[b=c\nx\n0\n\n")),
        Shape("d10: extension without a value", chunked("1;a=\nx\n0\n\n")),
        Shape("d10: two values", chunked("1;a=b=c\nx\n0\n\n")),
        Shape("d10: blank inside a value", chunked("1;a=b c\nx\n0\n\n")),
        Shape("d10: quotation mark that does not close", chunked("1;a=\"b\nx\n0\n\n")),
        Shape("d10: escape at the end", chunked("1;a=\"b\\\nx\n0\n\n")),
        Shape("d10: junk behind a quoted value", chunked("1;a=\"b\"c\nx\n0\n\n")),
        Shape("d10: quoted name", chunked("1;\"a\"\nx\n0\n\n")),
        Shape("d10: second extension without a name", chunked("1;a;\nx\n0\n\n")),
        Shape("d10: letters beyond ASCII", chunked("1;a=\u{e9}\nx\n0\n\n")),
        Shape("extension that begins with =", chunked("1;=a\nx\n0\n\n")),
        Shape("extension beyond the limit", chunked("1;a=" + String(repeating: "b", count: 40) + "\nx\n0\n\n")),
        Shape("endless extension", chunked("1;" + String(repeating: "b", count: 5000))),
        Shape("endless chunk size", chunked(String(repeating: "0", count: 5000))),
        Shape(
            "extensions beyond the limit together",
            chunked(String(repeating: "1;a=bcdefghijklmnopqrstuvwxy\nx\n", count: 60))),
    ]

    private static let chunkEnds = [
        Shape("chunk longer than its size", chunked("1\nxy\n0\n\n")),
        Shape("chunk shorter than its size", chunked("3\nx\n0\n\n")),
        Shape(
            "LF after the data",
            raw: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\n0\r\n\r\n"),
        Shape(
            "CR and no LF after the data",
            raw: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r0\r\n\r\n"),
        Shape(
            "no break after the data",
            raw: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx0\r\n\r\n"),
        Shape("junk after the data", chunked("1\nx junk\n0\n\n")),
    ]

    private static let trailers = [
        Shape("trailer without a colon", chunked("0\nA\n\n")),
        Shape("trailer without a name", chunked("0\n: b\n\n")),
        Shape("trailer with a blank before the colon", chunked("0\nA : b\n\n")),
        Shape("folded trailer", chunked("0\nA: b\n c\n\n")),
        Shape("a request as a trailer", chunked("0\nGET /admin HTTP/1.1\n\n")),
    ]

    private static let expectations = [
        Shape("another expectation", framed("Expect: 200-ok")),
        Shape("empty expectation", framed("Expect:")),
        Shape("two expectations", framed("Expect: 100-continue\nExpect: 100-continue")),
        Shape("a list of expectations", framed("Expect: 100-continue, x")),
    ]

    private static let largeHeads = [
        Shape("a long value", field("X: " + String(repeating: "a", count: 1100))),
        Shape("a long name", field(String(repeating: "a", count: 1100))),
        Shape("eleven fields", field((0..<11).map { "X\($0): y" }.joined(separator: "\n"))),
        Shape("many short fields", field((0..<300).map { _ in "a:" }.joined(separator: "\n"))),
        Shape("eleven trailers", chunked("0\n" + (0..<11).map { "X\($0): y\n" }.joined() + "\n")),
        Shape("a long trailer", chunked("0\nA: " + String(repeating: "b", count: 1100) + "\n\n")),
    ]

    private static let longTargets = [
        Shape("target of 201 bytes", target("/" + String(repeating: "a", count: 200))),
        Shape("endless target", "GET /" + String(repeating: "a", count: 900)),
        Shape("long query", target("/?" + String(repeating: "q", count: 250))),
    ]

    private static let largeBodies = [
        Shape("length of 101", framed("Content-Length: 101")),
        Shape("the largest length", framed("Content-Length: 9223372036854775807")),
        Shape("chunk of 101", chunked("65\n")),
        Shape("chunk of the largest size", chunked("7fffffffffffffff".dropLast() + "\n")),
        Shape("chunks of 101 together", chunked(String(repeating: "a\n0123456789\n", count: 10) + "1\n")),
    ]
}
