import HTTP
import JSON
import OpenAI
import Service
import Synchronization
import Testing

/// `POST /admin/reload`: who may ask, what is answered, and that it happens one time after the other.
@Suite struct ReloadTests {
    private static let path = "/admin/reload"

    private func server(keys: [String] = [], host: String = "127.0.0.1") throws -> TestServer {
        try TestServer(TestServer.Options(keys: keys, host: host)) { _, _ in 0x61 }
    }

    private func reload(_ server: TestServer, _ fields: Fields = [:]) -> RecordingExchange {
        server.send("POST", Self.path, "", fields: fields)
    }

    @Test func onlyWhoHasAKeyOrSitsAtTheMachineMayAsk() throws {
        for (keys, host, fields, status) in [
            ([], "127.0.0.1", [:], 200), ([], "0.0.0.0", [:], 403), (["k"], "0.0.0.0", [:], 401),
            (["k"], "0.0.0.0", ["authorization": "Bearer k"], 200), (["k"], "127.0.0.1", [:], 401),
            ([], "127.0.0.1", ["host": "evil.example"], 403),
            ([], "127.0.0.1", ["host": "127.0.0.1", "origin": "https://evil.example"], 403),
        ] as [([String], String, Fields, Int)] {
            let server = try server(keys: keys, host: host)
            let count = Mutex(0)
            server.service.reloads.open {
                count.withLock { $0 += 1 }
                return ReloadReport(.unchanged)
            }
            #expect(reload(server, fields).record.status == status, "\(keys) \(host)")
            #expect(count.withLock { $0 } == (status == 200 ? 1 : 0))
        }
    }

    @Test func theAnswerNamesTheModelThatAnswersNow() throws {
        let server = try server()
        server.service.reloads.open {
            ReloadReport(.replaced, taken: ["model.path"], needRestart: ["http.port"])
        }
        let record = reload(server).record
        #expect(record.status == 200)
        #expect(
            try record.json == [
                "status": "replaced", "model": "org/tiny", "system_fingerprint": "fp_t", "taken": ["model.path"],
                "need_restart": ["http.port"],
            ])
        #expect(metric(server, "replaced") == 1 && metric(server, "failed") == 0)
    }

    @Test func whyItFailedIsAnsweredAndCounted() throws {
        let server = try server()
        server.service.reloads.open { ReloadReport(.failed, reason: "m.gguf: it is broken") }
        let record = reload(server).record
        #expect(record.status == 500)
        #expect(try record.json["error"]?["code"] == "reload_failed")
        #expect(try record.json["error"]?["message"] == "m.gguf: it is broken")
        #expect(metric(server, "failed") == 1)
    }

    @Test func whoAsksBeforeThereIsAModelWaitsForIt() throws {
        let server = try server()
        let exchange = reload(server)
        #expect(exchange.record.endings == 0)
        server.service.reloads.open { ReloadReport(.unchanged) }
        #expect(exchange.record.status == 200)
    }

    @Test func whoAsksMeanwhileIsAnsweredByOneFurtherTime() throws {
        let server = try server()
        let inner = Mutex<[RecordingExchange]>([])
        let runs = Mutex(0)
        server.service.reloads.open { [self] in
            let run = runs.withLock { runs -> Int in
                runs += 1
                return runs
            }
            // Three ask while the first time goes on; they are told of the second.
            if run == 1 { inner.withLock { $0 = (0..<3).map { _ in reload(server) } } }
            return run == 1 ? ReloadReport(.unchanged) : ReloadReport(.replaced)
        }
        #expect(try reload(server).record.json["status"] == "unchanged")
        #expect(runs.withLock { $0 } == 2)
        for exchange in inner.withLock({ $0 }) { #expect(try exchange.record.json["status"] == "replaced") }
    }

    @Test func withoutAThreadItFailsAndCanBeAskedForAgain() throws {
        let isPossible = Mutex(false)
        var options = TestServer.Options(host: "127.0.0.1")
        options.reload = { work in
            guard isPossible.withLock({ $0 }) else { return false }
            work()
            return true
        }
        let server = try TestServer(options) { _, _ in 0x61 }
        server.service.reloads.open { ReloadReport(.unchanged) }
        #expect(reload(server).record.status == 500)
        isPossible.withLock { $0 = true }
        #expect(reload(server).record.status == 200)
    }

    private func metric(_ server: TestServer, _ result: String) -> Int? {
        let name = #"michat_reloads_total{result="\#(result)"} "#
        return server.send("GET", "/metrics").record.text.split(separator: "\n").first { $0.hasPrefix(name) }
            .flatMap { Int($0.dropFirst(name.count)) }
    }
}
