import HTTP
import Service
import Testing

/// D1, M1: what grammars hold together has a bound, while they are compiled and while they are used.
@Suite struct GrammarRoomTests {
    private func server(_ bytes: Int) throws -> TestServer {
        var options = TestServer.Options(waiting: 128, running: 16)
        options.grammarBytes = bytes
        return try TestServer(options) { _, _ in 0x61 }
    }

    private func body(_ regex: String) -> String {
        #"{"messages": [{"role": "user", "content": "hi"}], "max_tokens": 4, "guided_regex": "\#(regex)"}"#
    }

    private static let words = (0..<20_000).map { "w\($0)" }.joined(separator: "|")

    @Test(.timeLimit(.minutes(2))) func d1_aGrammarThatTakesTooMuchMemoryIsRefused() async throws {
        let server = try server(4 << 20)
        for _ in 0..<2 {
            let refused = await server.post("/v1/chat/completions", body(Self.words))
            #expect(refused.status == 400 && refused.text.contains("more than 2 MiB of memory"), "\(refused.text)")
        }
        #expect(await server.post("/v1/chat/completions", body("a{1,9}")).status == 200)
    }

    @Test(.timeLimit(.minutes(2))) func m1_grammarsMakeRoomForEachOther() async throws {
        let server = try server(2 << 20)
        for number in 1...40 {
            let answered = await server.post("/v1/chat/completions", body("[a-z]{\(number)}|(b|c|d){1,\(number)}"))
            #expect(answered.status == 200, "\(number): \(answered.text)")
        }
    }

    @Test(.timeLimit(.minutes(2))) func m1_whereThereIsNoRoomTheRequestMayComeAgain() async throws {
        // Not even tables that hold nothing fit.
        let server = try server(64 << 10)
        let refused = await server.post("/v1/chat/completions", body("a{1,9}"))
        #expect(refused.status == 503 && refused.fields["retry-after"] != nil, "\(refused.text)")
        #expect(
            await server.post("/v1/chat/completions", #"{"messages": [{"role": "user", "content": "hi"}]}"#).status
                == 200)
    }
}
