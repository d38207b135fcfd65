import Dispatch
import HTTP
import HTTPServer
import Platform
import Synchronization
import Testing

extension Sockets {
    /// Peers that leave, stop reading, or never come to the point.
    @Suite struct DepartureTests {
        /// A route that begins a stream and leaves the exchange to the test.
        static func streaming(
            _ exchanges: Recorder<any Exchange>, _ began: Signal, _ left: Signal
        ) -> (inout Router) -> Void {
            { router in
                router.on(
                    "GET", "/stream",
                    TestHandler { _, exchange in
                        exchange.onPeerClosed { left.fire() }
                        exchange.start(ResponseHead(status: 200, fields: ServerSentEvents.fields))
                        exchanges.add(exchange)
                        began.fire()
                    })
                router.on(
                    "GET", "/wait",
                    TestHandler { _, exchange in
                        exchange.onPeerClosed { left.fire() }
                        exchanges.add(exchange)
                        began.fire()
                    })
            }
        }

        @Test(arguments: ["/stream", "/wait"])
        func tellsTheHandlerOnceThatThePeerLeft(_ path: String) throws {
            let (exchanges, began, left) = (Recorder<any Exchange>(), Signal(), Signal())
            let server = try TestServer(routes: Self.streaming(exchanges, began, left))
            do {
                let client = try server.connect()
                try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(began.wait())
            }
            #expect(left.wait())
            let late = Signal()
            let exchange = try #require(exchanges.all.first)
            exchange.onPeerClosed { late.fire() }
            #expect(late.wait(), "who asks late is told at once")
            for _ in 0..<10 { exchange.write(Array(repeating: 120, count: 1000)) }
            exchange.finish()
            exchange.finish()
            exchange.respond(Response(status: 200, fields: [:], body: []))
            #expect(server.waitFor("michat_http_connections", "0"))
            #expect(server.stop())
            #expect(left.count == 1)
        }

        @Test func noticesAResetInTheMiddleOfAStream() throws {
            let (exchanges, began, left) = (Recorder<any Exchange>(), Signal(), Signal())
            let server = try TestServer(routes: Self.streaming(exchanges, began, left))
            do {
                let client = try server.connect()
                try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(began.wait())
                // Closing with unread bytes resets.
                exchanges.all[0].write(Array(repeating: 120, count: 100_000))
                #expect(try client.read(1).count == 1)
            }
            #expect(left.wait())
            exchanges.all[0].write([120])
            #expect(server.waitFor("michat_http_connections", "0"))
            #expect(server.stop())
            #expect(left.count == 1)
        }

        @Test func givesUpOnAReaderThatTakesNothing() throws {
            var limits = TestLimits()
            limits.stallSeconds = 0.2
            let (exchanges, began, left) = (Recorder<any Exchange>(), Signal(), Signal())
            let server = try TestServer(limits, routes: Self.streaming(exchanges, began, left))
            let client = try server.connect()
            try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(began.wait())
            exchanges.all[0].write(Array(repeating: 120, count: 32 << 20))
            #expect(left.wait())
            #expect(server.waitFor("michat_http_connections", "0"))
            #expect(exchanges.all[0].pendingBytes == 0)
            withExtendedLifetime(client) {}
            #expect(server.stop())
        }

        @Test func boundsWhatWaitsForASlowReader() throws {
            var limits = TestLimits()
            limits.outputBytes = 1 << 20
            limits.stallSeconds = 1
            let (exchanges, began, left) = (Recorder<any Exchange>(), Signal(), Signal())
            let server = try TestServer(limits, routes: Self.streaming(exchanges, began, left))
            let client = try server.connect()
            try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(began.wait())
            for _ in 0..<64 { exchanges.all[0].write(Array(repeating: 120, count: 1 << 20)) }
            #expect(left.wait())
            withExtendedLifetime(client) {}
            #expect(server.stop())
        }

        @Test func deliversEverythingToASlowReader() throws {
            let server = try TestServer { router in
                router.on(
                    "GET", "/large",
                    TestHandler {
                        $1.respond(Response(status: 200, fields: [:], body: Array(repeating: 97, count: 20 << 20)));
                        _ = $0
                    })
            }
            let client = try server.connect()
            try client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in 0..<2 { #expect(try client.readReply()?.body.utf8.count == 20 << 20) }
            #expect(server.stop())
        }

        @Test func ticksUntilTheEnd() throws {
            let ticks = Signal()
            let server = try TestServer { router in
                router.on(
                    "GET", "/tick",
                    TestHandler { _, exchange in
                        let seen = Atomic<Int>(0)
                        let box = Box(seen)
                        exchange.start(ResponseHead(status: 200, fields: ServerSentEvents.fields))
                        exchange.every(seconds: 0.03) {
                            ticks.fire()
                            exchange.write(ServerSentEvents.comment("still here"))
                            if box.value.add(1, ordering: .relaxed).newValue == 3 { exchange.finish() }
                        }
                    })
            }
            let client = try server.connect()
            try client.send("GET /tick HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readReply()?.body == String(repeating: ": still here\n\n", count: 3))
            #expect(server.stop())
            #expect(ticks.count == 3)
        }

        /// A tick holds its exchange, and the exchange its connection: leaving breaks the ring.
        @Test(arguments: [true, false])
        func aStreamThatNeverEndsLetsGoOfAClientThatLeft(_ endsSendingOnly: Bool) throws {
            let server = try TestServer { router in
                router.on(
                    "GET", "/endless",
                    TestHandler { _, exchange in
                        exchange.start(ResponseHead(status: 200, fields: ServerSentEvents.fields))
                        exchange.every(seconds: 0.02) { exchange.write(ServerSentEvents.comment("still here")) }
                    })
            }
            do {
                let client = try server.connect()
                try client.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.readLine() == "HTTP/1.1 200 OK")
                if endsSendingOnly {
                    client.endSending()
                    _ = client.readToEnd()
                }
            }
            #expect(server.waitFor("michat_http_connections", "0"))
            #expect(server.stop())
        }

        @Test func runsWorkOnTheConnectionsQueueInOrder() throws {
            let order = Recorder<Int>()
            let server = try TestServer { router in
                router.on(
                    "GET", "/perform",
                    TestHandler { _, exchange in
                        for index in 0..<100 { exchange.perform { order.add(index) } }
                        exchange.perform { exchange.respond(Response(status: 200, fields: [:], body: [])) }
                    })
            }
            let client = try server.connect()
            try client.send("GET /perform HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readReply()?.status == 200)
            #expect(order.all == Array(0..<100))
            #expect(server.stop())
        }

        @Test(
            arguments: [
                ("GET / HT", 408), ("", nil), ("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab", nil),
            ] as [(String, Int?)])
        func endsAHeadThatDoesNotCome(_ part: String, _ status: Int?) throws {
            var limits = TestLimits()
            limits.headSeconds = 0.2
            limits.bodySeconds = 0.2
            let server = try TestServer(limits) { _ in }
            let client = try server.connect()
            if !part.isEmpty { try client.send(part) }
            if part.hasPrefix("POST") { #expect(try client.readReply()?.status == 404) }
            #expect(try client.readReply()?.status == status)
            #expect(server.stop())
        }

        @Test func closesAnIdleConnection() throws {
            var limits = TestLimits()
            limits.idleSeconds = 0.1
            let server = try TestServer(limits) {
                $0.on(
                    "GET", "/",
                    TestHandler {
                        $1.respond(Response(status: 204, fields: [:], body: [])); _ = $0
                    })
            }
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readLine() == "HTTP/1.1 204 No Content")
            #expect(client.readToEnd() != nil)
            #expect(server.stop())
        }

        @Test func drainsInGoodOrder() throws {
            let (exchanges, began, left) = (Recorder<any Exchange>(), Signal(), Signal())
            let server = try TestServer(routes: Self.streaming(exchanges, began, left))
            let idle = try server.connect()
            let busy = try server.connect()
            try busy.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(began.wait())
            let drained = Signal()
            server.listener.drain { drained.fire() }
            #expect(idle.readToEnd() == "", "who waits is closed at once")
            #expect(eventually { (try? server.connect()) == nil }, "nobody is let in any more")
            exchanges.all[0].write(Array("data: x\n\n".utf8))
            exchanges.all[0].finish()
            let reply = try #require(try busy.readReply())
            #expect(reply.body == "data: x\n\n")
            #expect(busy.readToEnd() == "")
            #expect(drained.wait())
            #expect(left.count == 0)
        }

        @Test func listensOnIPv6() throws {
            let server = try TestServer {
                $0.on(
                    "GET", "/",
                    TestHandler {
                        $1.respond(Response(status: 200, fields: [:], body: [])); _ = $0
                    })
            }
            guard let address = try? server.listener.start(address: SocketAddress(host: "::1", port: 0)) else { return }
            let client = TestClient(try FileDescriptor(connectingTo: address, timeoutSeconds: 60))
            try client.send("GET / HTTP/1.1\r\nHost: \(address)\r\n\r\n")
            #expect(try client.readReply()?.status == 200)
            #expect(server.stop())
        }

        /// Ten thousand heads that break off: every descriptor comes back.
        @Test func returnsEveryDescriptorOfAbortedHeads() throws {
            let server = try TestServer { _ in }
            for round in 0..<10_000 {
                let client = try server.connect()
                // Beyond the limit the server may have closed before.
                try? client.send(
                    round % 2 == 0
                        ? "GET / HTTP/1.1\r\nHost: a\r\nX" : "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"
                )
                if round % 3 == 0 { client.endSending() }
            }
            #expect(server.waitFor("michat_http_connections", "0"))
            #expect(server.metric("michat_http_connections_total") == "10000")
            // The last cancel handlers may still be on their way.
            #expect(try eventually { try OpenSockets.count(port: server.address.port) == 0 })
            #expect(server.stop())
        }

        @Test func namesItsHopsInOrder() throws {
            let server = try TestServer(tracing: true) {
                $0.on(
                    "GET", "/",
                    TestHandler {
                        $1.respond(Response(status: 200, fields: [:], body: [])); _ = $0
                    })
            }
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readReply()?.status == 200)
            #expect(server.stop())
            var names = [
                "Listener.admit", "Connection.readable", "RequestParser.consume", "Router.destination",
                "ConnectionMachine.on", "Connection.respond",
            ][...]
            for line in server.lines.all {
                if let name = names.first, line.contains("hop=\(name)") { names.removeFirst() }
            }
            #expect(names.isEmpty, "\(names) did not follow")
        }
    }
}

/// Shares an atomic between closures.
private final class Box: Sendable {
    let value: Atomic<Int>
    init(_ value: consuming Atomic<Int>) { self.value = value }
}
