import Foundation
import JSON
import Testing

/// Nothing that a client sends takes the process beyond its plan.
@Suite(.serialized) struct MemoryTests {
    private static let limit = 384 << 20

    /// Large things for every route; each is answered or refused, none ends the process.
    private static func attacks() -> [(path: String, body: String)] {
        let letters = String(repeating: "a", count: 15_000_000)
        let prose = String(repeating: "the quick 12 fox. ", count: 800_000)
        let zeros = Array(repeating: "0", count: 900_000).joined(separator: ",")
        let members = (0..<400_000).map { "\"k\($0)\":0" }.joined(separator: ",")
        let properties = (0..<4000).map { #""p\#($0)":{"type":"string","pattern":"^[a-z]{1,40}(foo|bar\#($0))+$"}"# }
        let schema = #"{"type":"object","properties":{\#(properties.joined(separator: ","))}}"#
        let message = #""messages":[{"role":"user","content":"x"}],"max_tokens":1"#
        let prompt = Array(repeating: "5", count: 400).joined(separator: ",")
        return [
            ("/tokenize", #"{"content":"\#(letters)"}"#),
            ("/tokenize", #"{"content":"\#(prose)","with_pieces":true,"return_token_strs":true}"#),
            ("/detokenize", #"{"tokens":[\#(zeros)]}"#),
            ("/apply-template", #"{"messages":[{"role":"user","content":"\#(prose)"}]}"#),
            ("/v1/chat/completions", #"{"messages":[{"role":"user","content":"\#(letters)"}]}"#),
            ("/v1/completions", #"{"prompt":[\#(zeros)],"max_tokens":1}"#),
            ("/v1/chat/completions", #"{\#(message),"metadata":{\#(members)}}"#),
            ("/v1/chat/completions", #"{\#(message),"metadata":[\#(zeros)]}"#),
            ("/v1/chat/completions", String(repeating: "[", count: 8_000_000)),
            (
                "/v1/chat/completions",
                #"{\#(message),"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":\#(schema)}}}"#
            ),
            ("/v1/completions", #"{"prompt":[\#(prompt)],"echo":true,"max_tokens":0,"logprobs":20,"n":64}"#),
            ("/v1/completions", #"{"prompt":[\#(prompt)],"prompt_logprobs":20,"max_tokens":1,"n":64}"#),
        ]
    }

    @Test func d1_nothingAClientSendsTakesTheProcessAboveItsPlan() throws {
        let server = try ServerProcess(["--engine.memory_bytes", "\(Self.limit)", "--log.level", "warning"])
        let watch = server.watchMemory()
        var statuses: [Int] = []
        for attack in Self.attacks() {
            // A refusal may come, and the connection end, while the body is still on its way.
            let reply = try? server.reply("POST", attack.path, attack.body)
            statuses.append(reply?.status ?? 0)
        }
        // A hundred bodies of which the last byte is missing, and one client beside them.
        let body = Array((#"{"content":""# + String(repeating: "a", count: 8_000_000)).utf8)
        let head = Array("POST /tokenize HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n".utf8)
        var held: [Client] = []
        for _ in 0..<100 {
            let client = try server.connect()
            try? client.send(bytes: head + Array("content-length: \(body.count + 2)\r\n\r\n".utf8) + body)
            held.append(client)
        }
        let chat = #"{"messages":[{"role":"user","content":"x"}],"max_tokens":1}"#
        #expect(try server.reply("POST", "/v1/chat/completions", chat).status == 200)
        held = []
        let highest = watch.stop()
        #expect(highest <= Self.limit / 100 * 105, "the plan is \(Self.limit), the process took \(highest)")
        #expect(!statuses.contains(500), "\(statuses)")
        #expect(try server.reply("POST", "/v1/chat/completions", chat).status == 200)
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
