import HTTP
import HTTPServer
import Testing

extension Sockets {
    /// What pages of other origins are told, whatever the answer; and what the log tells about requests.
    @Suite struct OriginTests {
        private static func routes(_ router: inout Router) {
            router.on("GET", "/v1/hello", TestHandler { $1.respond(Response(status: 200, json: $0.body)) })
            router.on(
                "GET", "/stream",
                TestHandler { _, exchange in
                    exchange.start(ResponseHead(status: 200, fields: ServerSentEvents.fields))
                    exchange.finish()
                })
            router.on("POST", "/echo", TestHandler { $1.respond(Response(status: 200, json: $0.body)) })
        }

        private static let origin = "https://chat.example"

        @Test(arguments: [
            ("GET /v1/hello", "", 200), ("GET /stream", "", 200), ("GET /nowhere", "", 404), ("PUT /v1/hello", "", 405),
            ("POST /echo", "Content-Length: 9999999\r\n", 413), ("POST /echo", "Expect: more\r\n", 417),
            ("OPTIONS /v1/hello", "Access-Control-Request-Method: GET\r\n", 204),
        ])
        func f14_everyAnswerNamesTheAllowedOrigin(_ line: String, _ field: String, _ status: Int) throws {
            let server = try TestServer(origins: [Self.origin], routes: Self.routes)
            for origin in [Self.origin, "https://evil.example"] {
                let client = try server.connect()
                try client.send("\(line) HTTP/1.1\r\nHost: a\r\nOrigin: \(origin)\r\n\(field)\r\n")
                let reply = try #require(try client.readReply())
                #expect(reply.status == status)
                #expect(reply.fields["access-control-allow-origin"] == (origin == Self.origin ? origin : nil))
                #expect(reply.fields["vary"] == "Origin")
                let isPreflight = status == 204 && origin == Self.origin
                #expect((reply.fields["access-control-allow-headers"] != nil) == isPreflight)
                if isPreflight { #expect(reply.fields["access-control-allow-methods"] == "GET, HEAD, OPTIONS") }
            }
            #expect(server.stop())
        }

        @Test func saysNothingToPagesUnlessTold() throws {
            let server = try TestServer(routes: Self.routes)
            let client = try server.connect()
            try client.send("OPTIONS /v1/hello HTTP/1.1\r\nHost: a\r\nOrigin: \(Self.origin)\r\n\r\n")
            let reply = try #require(try client.readReply())
            #expect(reply.status == 204)
            #expect(!reply.fields.keys.contains { $0.hasPrefix("access-control") || $0 == "vary" })
            #expect(server.stop())
        }

        @Test func logsThePathOnlyWhereThereIsNoRoute() throws {
            let server = try TestServer(routes: Self.routes)
            let client = try server.connect()
            try client.send("SECRET /v1/h%0bllo?query HTTP/1.1\r\nHost: a\r\n\r\n")
            // A control in a path is no request at all.
            #expect(try client.readReply()?.status == 400)
            let other = try server.connect()
            for line in ["SECRET /nope?query", "GET //v1/hello/?query", "PUT /hello?query"] {
                try other.send("\(line) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try other.readReply() != nil)
            }
            #expect(server.stop())
            let lines = server.lines.all.filter { $0.contains("msg=request") && !$0.contains("status=400") }
            #expect(lines.count == 3)
            #expect(lines.allSatisfy { $0.contains("client=127.0.0.1") })
            #expect(!lines.joined().contains("query") && !lines.joined().contains("SECRET"))
            #expect(lines.first?.contains("method=OTHER route=- path=/nope ") == true)
            for line in lines.dropFirst() { #expect(line.contains("route=/v1/hello ") && !line.contains("path=")) }
        }
    }
}
