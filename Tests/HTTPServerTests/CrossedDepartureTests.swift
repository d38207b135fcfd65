import HTTP
import HTTPServer
import Platform
import Testing

extension Sockets {
    /// Peers that leave while, or just after, they send something.
    @Suite struct CrossedDepartureTests {
        enum Leaving: CaseIterable, Sendable {
            case closing, resetting, endingSending
        }

        /// What is sent behind a request that is being answered; the last is more than the server takes in.
        private static let behind = [
            "", "\r\n", "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", "POST /nowhere HTTP/1.1\r\nHo",
            String(repeating: "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", count: 2000),
        ]

        static let crossings = ["/stream", "/wait"].flatMap { path in
            behind.indices.flatMap { index in Leaving.allCases.map { (path, index, $0) } }
        }

        @Test(arguments: crossings)
        func d6_noticesADepartureBehindAnyBytes(_ path: String, _ index: Int, _ leaving: Leaving) throws {
            let (exchanges, began, left) = (Recorder<any Exchange>(), Signal(), Signal())
            let server = try TestServer(routes: DepartureTests.streaming(exchanges, began, left))
            do {
                let client = try server.connect()
                try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(began.wait())
                try client.send(Self.behind[index])
                switch leaving {
                case .closing: break
                case .resetting: client.resetWhenClosed()
                case .endingSending:
                    client.endSending()
                    #expect(left.wait())
                    exchanges.all[0].respond(Response(status: 204, fields: [:], body: []))
                    if path == "/stream" { exchanges.all[0].finish() }
                    let text = try #require(client.readToEnd())
                    // Whole requests that came before the end are answered.
                    if index == 4 { #expect(text.components("HTTP/1.1 404") == 2000) }
                    if index == 2 { #expect(text.components("HTTP/1.1 404") == 1) }
                }
            }
            if leaving != .endingSending {
                #expect(left.wait())
                exchanges.all[0].finish()
            }
            #expect(server.waitFor("michat_http_connections", "0"))
            #expect(server.stop())
            #expect(left.count == 1)
        }

        /// What was sent and the reset make one event.
        @Test(arguments: [
            "GET / HTTP/1.1\r\nHost: a\r\nX", "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
            "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n", "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n\r\n",
        ])
        func d5_noticesAResetThatComesWithTheLastBytes(_ text: String) throws {
            var limits = TestLimits()
            (limits.headSeconds, limits.bodySeconds) = (600, 600)
            let (exchanges, began, left) = (Recorder<any Exchange>(), Signal(), Signal())
            let server = try TestServer(limits, routes: DepartureTests.streaming(exchanges, began, left))
            for _ in 0..<50 {
                let client = try server.connect()
                client.resetWhenClosed()
                try client.send(text)
            }
            #expect(server.waitFor("michat_http_connections_total", "50"))
            #expect(server.waitFor("michat_http_connections", "0"))
            #expect(left.count == began.count)
            #expect(server.stop())
        }
    }
}
