import Foundation
import JSON
import Synchronization
import Testing

/// Nothing that a client sends takes the process beyond its plan.
@Suite(.serialized) struct MemoryTests {
    private static let flags = ["--engine.kv_bytes", "4MiB", "--context", "8192"]

    /// The sum of a plan in which nothing is left over: below 256 MiB requests and grammars have the least they can.
    private static func plan() throws -> Int {
        let run = try CommandRun(
            ["inspect", ServerProcess.tinyModel, "--json", "--engine.memory_bytes", "256MiB"] + flags)
        let total = try JSONParser.parse(run.output, limits: .request)["serving"]?["total_bytes"]?.intValue
        return Int(try #require(total))
    }

    @Test func d1_m1_nothingAClientSendsTakesTheProcessAboveItsPlan() throws {
        let plan = try Self.plan()
        // Where no group can be made, what is seen of the process is all there is.
        let group = ControlGroup(bytes: plan / 100 * 110)
        let server = try ServerProcess(
            Self.flags + ["--engine.memory_bytes", "\(plan)", "--log.level", "warning"], in: group)
        let watch = server.watchMemory()
        let usual = #"{"messages":[{"role":"user","content":"x"}],"max_tokens":1}"#
        for attack in LargeThings.requests {
            let statuses = Mutex<[Int]>([])
            DispatchQueue.concurrentPerform(iterations: attack.count) { number in
                // A refusal may come, and the connection end, while the body is still on its way.
                let reply = try? server.reply("POST", attack.path, attack.body(number))
                statuses.withLock { $0.append(reply?.status ?? 0) }
            }
            let wrong = statuses.withLock { $0.filter { ![0, 200, 400, 413, 429, 503].contains($0) } }
            #expect(wrong.isEmpty, "\(attack.path) \(attack.name): \(wrong)")
            let alive = try? server.reply("GET", "/health").status
            #expect(alive == 200, "behind \(attack.path) \(attack.name)")
        }
        try Self.heldBodies(server) {
            let reply = try server.reply("POST", "/v1/chat/completions", usual)
            #expect(reply.status == 200)
        }
        try Self.unreadAnswers(server) {
            let reply = try server.reply("GET", "/health")
            #expect(reply.status == 200)
        }
        let highest = watch.stop()
        #expect(highest <= plan / 100 * 105, "the plan is \(plan), the process took \(highest)")
        #expect(try server.reply("POST", "/v1/chat/completions", usual).status == 200)
    }

    /// A hundred bodies of which the last byte is missing, and what is done beside them.
    private static func heldBodies(_ server: ServerProcess, _ beside: () throws -> Void) throws {
        let body = Array((#"{"content":""# + String(repeating: "a", count: 8_000_000)).utf8)
        let head = Array("POST /tokenize HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n".utf8)
        var held: [Client] = []
        for _ in 0..<100 {
            let client = try server.connect()
            try? client.send(bytes: head + Array("content-length: \(body.count + 2)\r\n\r\n".utf8) + body)
            held.append(client)
        }
        try beside()
    }

    /// Requests behind requests, and answers as long as they may be, of clients that read nothing.
    private static func unreadAnswers(_ server: ServerProcess, _ beside: () throws -> Void) throws {
        let prompt = Array(repeating: "5", count: 400).joined(separator: ",")
        let bodies = [
            #"{"prompt":[\#(prompt)],"max_tokens":400,"n":8,"stream":true,"logprobs":20,"ignore_eos":true}"#,
            #"{"prompt":[\#(prompt)],"echo":true,"max_tokens":0,"logprobs":20,"n":16}"#,
        ]
        var unread: [Client] = []
        for number in 0..<16 {
            let client = try server.connect()
            for _ in 0..<4 { try client.send("POST", "/v1/completions", bodies[number % 2]) }
            for _ in 0..<4 { try client.send("GET", "/openapi.json") }
            unread.append(client)
        }
        try beside()
    }

    @Test func d13_aTextThatWasNotCountedToItsEndHasAtLeastSoManyTokens() throws {
        let server = try ServerProcess()
        for (path, name) in [("/tokenize", "content"), ("/v1/completions", "prompt")] {
            let body = #"{"\#(name)":"\#(String(repeating: "a", count: 300_000))"}"#
            let reply = try server.reply("POST", path, body)
            #expect(reply.status == 400 && reply.body.contains("your prompt has at least "), "\(reply.body)")
        }
        let tokens = Array(repeating: "5", count: 20_000).joined(separator: ",")
        #expect(
            try server.reply("POST", "/detokenize", #"{"tokens":[\#(tokens)]}"#).body.contains("your prompt has 20000"))
    }

    @Test func l3_whatIsAdvisedFits() throws {
        func report(_ arguments: [String]) throws -> JSONValue? {
            let run = try CommandRun(
                ["inspect", ServerProcess.tinyModel, "--json", "--engine.page_tokens", "8"] + arguments)
            return try JSONParser.parse(run.output, limits: .request)["serving"]
        }
        let wanted = try #require(try report(["--context", "256"]))
        let cache = Int(wanted["kv_bytes"]?.intValue ?? 0)
        let requests = Int(wanted["request_bytes"]?.intValue ?? 0) + Int(wanted["grammar_bytes"]?.intValue ?? 0)
        // Half of one context is left, and the least that requests and grammars get.
        let limit = Int(wanted["total_bytes"]?.intValue ?? 0) - requests + (48 << 20) - cache + cache / 8
        let server = try ServerProcess([
            "--engine.page_tokens", "8", "--context", "256", "--engine.memory_bytes", "\(limit)",
        ])
        let advice = try #require(server.log.firstMatch(of: /--context (\d+) would fit/), "\(server.log)")
        let smaller = try #require(try report(["--context", "\(advice.1)", "--engine.memory_bytes", "\(limit)"]))
        #expect(smaller["fits"]?.boolValue == true)
    }

    @Test func m1_theSumNamesRequestsAndGrammars() throws {
        let server = try ServerProcess(["--engine.memory_bytes", "512MiB"])
        #expect(server.log.contains("+ requests 64.0 MiB + grammars 32.0 MiB + process 96.0 MiB"))
    }
}
