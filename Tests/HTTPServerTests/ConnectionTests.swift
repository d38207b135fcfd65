import HTTP
import HTTPServer
import Platform
import Testing

extension Sockets {
    /// A real listener and real sockets: what a client of any kind sees.
    @Suite struct ConnectionTests {
        private static func echo(_ router: inout Router) {
            router.on(
                "GET", "/hello",
                TestHandler {
                    $1.respond(Response(status: 200, json: Array("\"hello\"".utf8))); _ = $0
                })
            router.on(
                "POST", "/echo",
                TestHandler { $1.respond(Response(status: 200, fields: ["content-type": "text/plain"], body: $0.body)) }
            )
            router.on(
                "GET", "/stream",
                TestHandler { _, exchange in
                    exchange.start(ResponseHead(status: 200, fields: ServerSentEvents.fields))
                    for index in 0..<3 { exchange.write(ServerSentEvents.data(Array("\(index)".utf8))) }
                    exchange.finish()
                })
        }

        @Test func answersAndKeepsTheConnection() throws {
            let server = try TestServer(routes: Self.echo)
            let client = try server.connect()
            for round in 0..<3 {
                try client.send("GET /hello HTTP/1.1\r\nHost: a\r\nX-Request-Id: r\(round)\r\n\r\n")
                let reply = try #require(try client.readReply())
                #expect(reply.status == 200)
                #expect(reply.body == "\"hello\"")
                #expect(reply.fields["x-request-id"] == "r\(round)")
                #expect(reply.fields["date"]?.hasSuffix("GMT") == true)
                #expect(reply.fields["openai-processing-ms"].flatMap { Int($0) } != nil)
            }
            #expect(server.stop())
        }

        @Test func streamsInChunks() throws {
            let server = try TestServer(routes: Self.echo)
            let client = try server.connect()
            try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            let reply = try #require(try client.readReply())
            #expect(reply.fields["content-length"] == nil)
            #expect(reply.fields["content-type"] == "text/event-stream")
            #expect(reply.body == "data: 0\n\ndata: 1\n\ndata: 2\n\n")
            try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readReply()?.status == 200)
            #expect(server.stop())
        }

        @Test func endsAStreamByClosingForHTTP10() throws {
            let server = try TestServer(routes: Self.echo)
            let client = try server.connect()
            try client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let text = try #require(client.readToEnd())
            #expect(!text.lowercased().contains("transfer-encoding"))
            #expect(text.contains("connection: close"))
            #expect(text.hasSuffix("\r\n\r\ndata: 0\n\ndata: 1\n\ndata: 2\n\n"))
            #expect(server.stop())
        }

        @Test func answersPipelinedRequestsInOrder() throws {
            let server = try TestServer(routes: Self.echo)
            let client = try server.connect()
            let bodies = ["first", "second", "third"]
            try client.send(
                bodies.map { "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \($0.utf8.count)\r\n\r\n\($0)" }
                    .joined())
            for body in bodies { #expect(try client.readReply()?.body == body) }
            #expect(server.stop())
        }

        @Test func readsARequestByteByByte() throws {
            let server = try TestServer(routes: Self.echo)
            let client = try server.connect()
            for byte
                in "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n"
                .utf8
            {
                try client.send([byte])
            }
            #expect(try client.readReply()?.body == "abcde")
            #expect(server.stop())
        }

        @Test func answersAClientThatHalfCloses() throws {
            let server = try TestServer(routes: Self.echo)
            for version in ["1.0", "1.1"] {
                let client = try server.connect()
                try client.send(
                    "GET /hello HTTP/\(version)\r\nHost: a\r\n\r\nGET /hello HTTP/\(version)\r\nHost: a\r\n\r\n")
                client.endSending()
                let text = try #require(client.readToEnd())
                #expect(text.components("\"hello\"") == (version == "1.0" ? 1 : 2))
            }
            #expect(server.stop())
        }

        @Test func tellsAHalfClosedClientWhatIsMissing() throws {
            let server = try TestServer(routes: Self.echo)
            for part in ["GET /hel", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"] {
                let client = try server.connect()
                try client.send(part)
                client.endSending()
                #expect(try client.readReply()?.status == 400)
            }
            #expect(server.stop())
        }

        @Test func answersHeadLikeGetWithoutABody() throws {
            let server = try TestServer(routes: Self.echo)
            let client = try server.connect()
            try client.send(
                "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
            )
            let head = try #require(try client.readReply(isHead: true))
            #expect(head.fields["content-length"] == "7")
            #expect(head.fields["content-type"] == "application/json")
            #expect(try client.readReply(isHead: true)?.fields["content-type"] == "text/event-stream")
            #expect(try client.readReply()?.body == "\"hello\"")
            #expect(server.stop())
        }

        @Test func printsOneLineForARequestWithoutItsQuery() throws {
            let server = try TestServer(routes: Self.echo)
            let client = try server.connect()
            try client.send(
                "POST /echo?secret=word HTTP/1.1\r\nHost: a\r\nX-Request-Id: me\r\nContent-Length: 6\r\n\r\nprivat")
            #expect(try client.readReply()?.status == 200)
            #expect(server.stop())
            let lines = server.lines.all.filter { $0.contains("msg=request") }
            #expect(lines.count == 1)
            let line = lines.first ?? ""
            for part in ["method=POST", "route=/echo", "status=200", "bytes=", "ms=", "request=me"] {
                #expect(line.contains(part))
            }
            #expect(!line.contains("secret") && !line.contains("privat"))
        }
    }
}

extension String {
    /// How often `part` occurs.
    func components(_ part: String) -> Int { split(separator: part, omittingEmptySubsequences: false).count - 1 }
}
