import HTTP
import HTTPServer
import Platform
import Testing

extension Sockets {
    /// All bodies under way together stay within one allowance.
    @Suite struct BodyMemoryTests {
        private static func routes(_ router: inout Router) {
            router.on(
                "POST", "/echo",
                TestHandler { request, exchange in
                    exchange.respond(Response(status: 200, fields: [:], body: request.body))
                })
        }

        private static func request(_ bytes: Int, missing: Int) -> String {
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(bytes)\r\n\r\n"
                + String(repeating: "a", count: bytes - missing)
        }

        @Test func d1_aBodyForWhichThereIsNoRoomIsRefusedWhileItArrives() throws {
            let memory = ByteAllowance(400_000)
            let server = try TestServer(memory: memory, routes: Self.routes)
            var held: [TestClient] = []
            for _ in 0..<3 {
                let client = try server.connect()
                try client.send(Self.request(120_000, missing: 1))
                held.append(client)
            }
            while memory.taken < 3 * 119_999 {}
            let refused = try server.connect()
            try? refused.send(Self.request(120_000, missing: 1))
            let reply = try #require(try refused.readReply())
            #expect(reply.status == 503 && reply.fields["retry-after"] == "1")
            #expect(reply.body.contains("server_overloaded"))
            // A small one still goes through, and so do those that were there before.
            let small = try server.connect()
            try small.send(Self.request(1000, missing: 0))
            #expect(try small.readReply()?.status == 200)
            for client in held {
                try client.send("a")
                #expect(try client.readReply()?.status == 200)
            }
            #expect(server.stop())
            #expect(memory.taken == 0, "everything came back")
            #expect(memory.highest <= 400_000 + 3 * 121_000, "answers are noted although they are there already")
        }
    }
}
