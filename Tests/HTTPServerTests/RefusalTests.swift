import HTTP
import HTTPServer
import Platform
import Testing

extension Sockets {
    /// Whatever is refused is refused with a status, the JSON body, and an identifier.
    @Suite struct RefusalTests {
        private static let secret = "Bearer k"

        private static func routes(_ router: inout Router) {
            router.on(
                "POST", "/guarded",
                TestHandler(
                    judge: { head in
                        if head.fields["authorization"] == secret { return nil }
                        return Response(
                            status: 401,
                            json: PlainErrorBody.write(status: 401, message: "no key", code: "invalid_api_key"))
                    },
                    answer: { request, exchange in
                        exchange.respond(Response(status: 200, fields: [:], body: request.body))
                    }))
            router.on("GET", "/forgets", TestHandler { _, _ in })
            router.on(
                "GET", "/breaks",
                TestHandler { _, exchange in
                    exchange.start(ResponseHead(status: 200, fields: [:]))
                    exchange.write(Array("part".utf8))
                })
            router.on(
                "GET", "/echo",
                TestHandler { request, exchange in
                    let echo = request.head.target.query ?? ""
                    exchange.respond(Response(status: 200, fields: ["x-echo": echo], body: []))
                })
        }

        @Test(arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400), ("\u{16}\u{3}\u{1}", 400),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
            ("POST /guarded HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413),
            ("POST /guarded HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\n", 414),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 17_000) + "\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "a:\r\n", count: 200), 431),
            ("POST /guarded HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417),
        ])
        func answersAndCloses(_ input: String, _ status: Int) throws {
            let server = try TestServer(routes: Self.routes)
            let client = try server.connect()
            try client.send(input)
            let reply = try #require(try client.readReply())
            #expect(reply.status == status)
            #expect(reply.fields["connection"] == "close")
            #expect(reply.fields["content-type"] == "application/json")
            #expect(reply.fields["x-request-id"]?.utf8.count == 32)
            for key in ["message", "type", "param", "code"] { #expect(reply.body.contains("\"\(key)\":")) }
            #expect(client.readToEnd() == "", "the connection is closed")
            #expect(server.stop())
        }

        @Test(arguments: [("GET", "/nowhere", 404), ("PUT", "/guarded", 405), ("POST", "/guarded", 401)])
        func refusesByTheHeadAndKeepsTheConnection(_ method: String, _ path: String, _ status: Int) throws {
            let server = try TestServer(routes: Self.routes)
            let client = try server.connect()
            try client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
            let reply = try #require(try client.readReply(), "the answer comes before the body")
            #expect(reply.status == status)
            #expect(reply.body.contains("\"error\":"))
            #expect((reply.fields["allow"] != nil) == (status == 405))
            try client.send(
                "bodyPOST /guarded HTTP/1.1\r\nHost: a\r\nAuthorization: \(Self.secret)\r\nContent-Length: 2\r\n\r\nhi")
            #expect(try client.readReply()?.body == "hi")
            #expect(server.stop())
        }

        @Test func saysContinueOnlyAfterAdmission() throws {
            let server = try TestServer(routes: Self.routes)
            let client = try server.connect()
            let head = "POST /guarded HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
            try client.send(head + "Authorization: \(Self.secret)\r\n\r\n")
            #expect(try client.readReply()?.status == 100)
            try client.send("hi")
            #expect(try client.readReply()?.body == "hi")
            try client.send(head + "\r\n")
            let refused = try #require(try client.readReply())
            #expect(refused.status == 401 && refused.fields["connection"] == "close")
            #expect(client.readToEnd() == "")
            #expect(server.stop())
        }

        @Test func stopsAnEndlessChunkedBodyAtTheLimit() throws {
            let server = try TestServer(routes: Self.routes)
            let client = try server.connect()
            try client.send(
                "POST /guarded HTTP/1.1\r\nHost: a\r\nAuthorization: \(Self.secret)\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
            for _ in 0..<17 { try client.send(chunk) }
            #expect(try client.readReply()?.status == 413)
            #expect(server.stop())
        }

        @Test func answersForAHandlerThatForgets() throws {
            let server = try TestServer(routes: Self.routes)
            let client = try server.connect()
            try client.send("GET /forgets HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readReply()?.status == 500)
            let other = try server.connect()
            try other.send("GET /breaks HTTP/1.1\r\nHost: a\r\n\r\n")
            let text = other.readToEnd() ?? ""
            #expect(!text.contains("\r\n0\r\n"), "a stream that breaks off has no end")
            #expect(server.stop())
        }

        /// Response splitting through everything that is echoed: the identifier, the path in an error, a field of a
        /// handler.
        @Test(arguments: ["%0d%0aSet-Cookie:%20x=1", "a%00b", "%E5%98%8A%E5%98%8DSet-Cookie:x"])
        func echoesNothingThatEndsALine(_ hostile: String) throws {
            let server = try TestServer(routes: Self.routes)
            let client = try server.connect()
            try client.send("GET /echo?\(hostile) HTTP/1.1\r\nHost: a\r\nX-Request-Id: \(hostile)\r\n\r\n")
            let reply = try #require(try client.readReply())
            #expect(reply.status == 200 && reply.fields["set-cookie"] == nil)
            #expect(reply.fields["x-echo"] == hostile)
            #expect(reply.fields["x-request-id"] == hostile)
            try client.send("GET /\(hostile) HTTP/1.1\r\nHost: a\r\n\r\n")
            let error = try #require(try client.readReply())
            #expect([400, 404].contains(error.status) && error.fields["set-cookie"] == nil)
            #expect(server.stop())
        }

        @Test func refusesConnectionsBeyondTheLimit() throws {
            var limits = TestLimits()
            limits.connections = 2
            let server = try TestServer(limits, routes: Self.routes)
            let first = try server.connect()
            let second = try server.connect()
            #expect(server.waitFor("michat_http_connections", "2"))
            let third = try server.connect()
            let reply = try #require(try third.readReply())
            #expect(reply.status == 503 && reply.body.contains("too_many_connections"))
            #expect(reply.fields["retry-after"] == "1")
            #expect(third.readToEnd() == "")
            for client in [first, second] {
                try client.send("GET /echo?a HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.readReply()?.status == 200)
            }
            #expect(server.stop())
        }
    }
}
