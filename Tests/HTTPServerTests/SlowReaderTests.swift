import Dispatch
import HTTP
import HTTPServer
import Platform
import Synchronization
import Testing

extension Sockets {
    /// Answers that are larger than what the kernel takes at once.
    @Suite struct SlowReaderTests {
        private static let bytes = 24 << 20

        private static func large(_ router: inout Router) {
            router.on(
                "GET", "/whole",
                TestHandler { _, exchange in
                    exchange.performLater {
                        exchange.respond(
                            Response(status: 200, fields: [:], body: Array(repeating: 97, count: bytes)))
                    }
                })
            router.on(
                "GET", "/stream",
                TestHandler { _, exchange in
                    exchange.performLater {
                        exchange.start(ResponseHead(status: 200, fields: [:]))
                        for _ in 0..<3 { exchange.write(Array(repeating: 97, count: bytes / 3)) }
                        exchange.finish()
                    }
                })
        }

        @Test(arguments: ["/whole", "/stream"])
        func h2_sendsALargeAnswerToAReaderWhole(_ path: String) throws {
            var limits = TestLimits()
            limits.outputBytes = 65_536
            let server = try TestServer(limits, routes: Self.large)
            let client = try server.connect()
            try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\nGET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in 0..<2 { #expect(try client.readReply()?.body.utf8.count == Self.bytes) }
            #expect(server.stop())
            #expect(!server.lines.all.contains { $0.contains("aborted") })
        }

        @Test(arguments: ["/whole", "/stream"])
        func h2_doesNotWaitForWhoeverReadsNothing(_ path: String) throws {
            var limits = TestLimits()
            limits.stallSeconds = 0.2
            let server = try TestServer(limits, routes: Self.large)
            let client = try server.connect()
            try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(server.waitFor("michat_http_connections_total", "1"))
            #expect(server.waitFor("michat_http_connections", "0"))
            withExtendedLifetime(client) {}
            #expect(server.stop())
        }

        /// More pipelines than there are threads, and somebody who comes after them.
        @Test func d7_answersANewcomerBeforePipelinesAreThrough() throws {
            let (answered, gate, newcomer) = (Signal(), DispatchSemaphore(value: 0), Recorder<Int>())
            let server = try TestServer { router in
                router.on(
                    "GET", "/flood",
                    TestHandler { _, exchange in
                        if answered.count == 0 {
                            gate.wait()
                            gate.signal()
                        }
                        answered.fire()
                        exchange.respond(Response(status: 204, fields: [:], body: []))
                    })
                router.on(
                    "GET", "/newcomer",
                    TestHandler { _, exchange in
                        newcomer.add(answered.count)
                        exchange.respond(Response(status: 204, fields: [:], body: []))
                    })
            }
            let (connections, requests) = (8, 2000)
            let floods = try (0..<connections).map { _ in try server.connect() }
            let pipeline = String(repeating: "GET /flood HTTP/1.1\r\nHost: a\r\n\r\n", count: requests)
            for flood in floods { try flood.send(pipeline) }
            let client = try server.connect()
            try client.send("GET /newcomer HTTP/1.1\r\nHost: a\r\n\r\n")
            gate.signal()
            #expect(try client.readReply()?.status == 204)
            #expect(try #require(newcomer.all.first) < connections * requests / 2)
            #expect(server.stop())
        }

        /// What a connection is to do next waits behind a few of its pipelined requests, and so does everybody else.
        @Test func d7_givesOthersATurnBetweenPipelinedRequests() throws {
            let answered = Signal()
            let seen = Recorder<Int>()
            let server = try TestServer { router in
                router.on(
                    "GET", "/hello",
                    TestHandler { _, exchange in
                        if answered.count == 0 { exchange.performLater { seen.add(answered.count) } }
                        answered.fire()
                        exchange.respond(Response(status: 200, fields: [:], body: []))
                    })
            }
            let client = try server.connect()
            try client.send(String(repeating: "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", count: 400))
            for _ in 0..<400 { #expect(try client.readReply()?.status == 200) }
            #expect(seen.all.count == 1)
            #expect(seen.all.allSatisfy { $0 <= 8 })
            #expect(server.stop())
        }
    }
}
