import Foundation
import JSON
import Testing

/// The default model, when the suite is given it (`MICHAT_TEST_MODEL`).
@Suite(.serialized, .enabled(if: ServerProcess.realModel != nil)) struct RealModelTests {
    private static let chat = "/v1/chat/completions"

    private static func question(_ text: String) -> String {
        """
        {"model":"default","messages":[{"role":"user","content":"\(text)"}],"max_tokens":16,"temperature":0}
        """
    }

    @Test func itAnswersSensiblyAndTheSameForEverybody() throws {
        let server = try ServerProcess(model: ServerProcess.realModel ?? "")
        let capital = Self.question("What is the capital of Germany?")
        let alone = try ServingTests.content(server.reply("POST", Self.chat, capital))
        #expect(alone.contains("Berlin"))
        let clients = try (0..<8).map { index in
            let client = try server.connect()
            try client.send("POST", Self.chat, index % 2 == 0 ? capital : Self.question("Count to \(index)."))
            return client
        }
        let texts = try clients.map { try ServingTests.content($0.readReply()) }
        for index in stride(from: 0, to: 8, by: 2) { #expect(texts[index] == alone) }
        let cached = try server.reply("POST", Self.chat, capital)
        #expect(try ServingTests.content(cached) == alone)
        let usage = try cached.json()["usage"]?["prompt_tokens_details"]?["cached_tokens"]?.intValue
        #expect((usage ?? 0) > 0)
    }
}
