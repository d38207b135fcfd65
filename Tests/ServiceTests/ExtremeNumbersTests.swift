import JSON
import OpenAI
import Testing

/// Numbers at the ends of their ranges go all the way through the engine: each is answered or refused, and the next
/// request is answered as ever.
@Suite struct ExtremeNumbersTests {
    private static let numbers = [
        "-9223372036854775808", "-2147483649", "-2147483648", "-1000000", "-1", "-0.0", "0", "1e-400", "5e-324", "0.01",
        "1", "2", "128", "1000000", "2147483646", "2147483647", "4294967295", "9007199254740992",
        "9223372036854775807", "1e19", "1e38", "1.7976931348623157e308",
    ]

    private static func fields(_ table: FieldTable) -> [String] {
        // Asking for 128 answers is asked for elsewhere.
        table.fields.map(\.name).filter { $0 != "n" && $0 != "best_of" }
    }

    @Test(arguments: numbers) func h3_everyNumberInEveryField(number: String) async throws {
        let server = try TestServer { position, _ in position > 40 ? ByteVocabulary.end : 0x61 }
        let endings = [number, "[\(number)]", #"{"97": \#(number)}"#]
        for name in Self.fields(FieldTable.completion) where name != "prompt" && name != "model" {
            for value in endings {
                let limit = name == "max_tokens" ? "" : #""max_tokens": 3, "#
                let body = #"{\#(limit)"prompt": "hi", "\#(name)": \#(value)}"#
                let record = await server.post("/v1/completions", body)
                #expect(record.status == 200 || record.status == 400, "\(body): \(record.status)")
            }
        }
        for name in Self.fields(FieldTable.chat) where name != "messages" && name != "model" {
            let limit = name == "max_tokens" ? "" : #""max_tokens": 3, "#
            let body = #"{\#(limit)"messages": [{"role": "user", "content": "hi"}], "\#(name)": \#(number)}"#
            let record = await server.post("/v1/chat/completions", body)
            #expect(record.status == 200 || record.status == 400, "\(body): \(record.status)")
        }
        for body in [#"{"prompt": [\#(number)], "max_tokens": 0, "echo": true}"#, #"{"tokens": [\#(number)]}"#] {
            let path = body.contains("prompt") ? "/v1/completions" : "/detokenize"
            let record = await server.post(path, body)
            #expect(record.status == 200 || record.status == 400, "\(body): \(record.status)")
        }
        #expect(await server.post("/v1/completions", #"{"prompt": "hi", "max_tokens": 1}"#).status == 200)
    }
}
