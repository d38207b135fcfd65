import HTTP
import HTTPServer
import Testing

extension Sockets {
    /// A handler hears of every response of its route once, when the head is written.
    @Suite struct RespondedTests {
        private struct Counting: Handler {
            let heads: Recorder<RespondedHead>

            func admit(_ head: RequestHead) -> Response? {
                head.fields["refuse"] == nil ? nil : Response(status: 401, fields: [:], body: [])
            }

            func handle(_ request: Request, on exchange: any Exchange) {
                guard request.head.target.query == "stream" else {
                    return exchange.respond(Response(status: 400, fields: [:], body: []))
                }
                exchange.start(ResponseHead(status: 200, fields: [:]))
                exchange.write([120])
                exchange.finish()
            }

            func responded(_ response: RespondedHead) { heads.add(response) }
        }

        @Test func everyHeadIsToldOnceAndRefusalsAreMarked() throws {
            let heads = Recorder<RespondedHead>()
            let server = try TestServer { $0.on("POST", "/", Counting(heads: heads)) }
            let client = try server.connect()
            let answered = [
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
                "POST /?stream HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
                "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
                "POST / HTTP/1.1\r\nHost: a\r\nRefuse: y\r\nContent-Length: 1\r\n\r\nx",
            ]
            var names: [String?] = []
            for text in answered {
                try client.send(text)
                names.append(try client.readReply()?.fields["x-request-id"])
            }
            #expect(server.stop())
            names.remove(at: 2)
            #expect(heads.all.map(\.status) == [400, 200, 401])
            #expect(heads.all.map(\.isRefusal) == [false, false, true])
            #expect(heads.all.map(\.requestID) == names)
            #expect(heads.all.allSatisfy { $0.seconds >= 0 })
        }
    }
}
