import HTTP
import JSON
import OpenAI
import Service
import Testing

/// What a request can learn of others' prompts, and how far it can overtake them.
@Suite struct TenancyTests {
    private static let words = String(repeating: "abcdefgh", count: 10)

    /// `cached_tokens` of a prompt that begins with 70 of the 80 tokens of one before.
    private func cached(first: String, second: String, keys: (String, String)? = nil) async throws -> Int64? {
        var options = TestServer.Options()
        if let keys { options.keys = [keys.0, keys.1] }
        let server = try TestServer(options) { _, _ in 0x61 }
        func post(_ prompt: String, _ members: String, key: String?) async throws -> Int64? {
            var fields: Fields = ["content-type": "application/json"]
            if let key { fields["authorization"] = "Bearer " + key }
            let body = #"{"prompt": "\#(prompt)", "max_tokens": 1\#(members)}"#
            let record = await server.send("POST", "/v1/completions", body, fields: fields).ended()
            return try record.json["usage"]?["prompt_tokens_details"]?["cached_tokens"]?.intValue
        }
        _ = try await post(Self.words, first, key: keys?.0)
        return try await post(Self.words.prefix(70) + "zz", second, key: keys?.1)
    }

    @Test func m2_onlyWholePagesAreCounted() async throws {
        // Pages of 16 tokens: 70 equal tokens are found, 64 are told.
        #expect(try await cached(first: "", second: "") == 64)
        #expect(try await cached(first: #", "user": "a""#, second: #", "user": "a""#) == 64)
        #expect(try await cached(first: "", second: "", keys: ("k", "k")) == 64)
    }

    @Test(arguments: [
        (#", "user": "a""#, #", "user": "b""#), (#", "user": "a""#, ""), ("", #", "safety_identifier": "a""#),
        (#", "cache_salt": "a""#, #", "cache_salt": "b""#), (#", "cache_salt": "a""#, #", "user": "a""#),
        (#", "cache_salt": "a""#, ""),
    ])
    func m2_nothingIsToldAcrossUsersOrSalts(first: String, second: String) async throws {
        #expect(try await cached(first: first, second: second) == 0)
    }

    @Test func m2_nothingIsToldAcrossKeysWhateverTheSalt() async throws {
        let salt = #", "cache_salt": "s""#
        #expect(try await cached(first: salt, second: salt, keys: ("k1", "k2")) == 0)
    }

    @Test func m2_aSharedSaltIsSharedByUsers() async throws {
        let (one, other) = (#", "cache_salt": "s", "user": "a""#, #", "cache_salt": "s", "user": "b""#)
        #expect(try await cached(first: one, second: other) == 64)
    }

    @Test func m5_nobodyOvertakesOthersUnlessTheOperatorSaysSo() async throws {
        #expect([-5, 0, 5].map(PriorityRule.off.applied) == [0, 0, 0])
        #expect([-5, 0, 5].map(PriorityRule.clamp.applied) == [0, 0, 5])
        #expect([-5, 0, 5].map(PriorityRule.on.applied) == [-5, 0, 5])
        let server = try TestServer { _, _ in 0x61 }
        let hasty = await server.post("/v1/completions", #"{"prompt": "a", "max_tokens": 1, "priority": -9}"#)
        #expect(hasty.status == 200 && hasty.fields["x-michat-ignored"] == "priority")
        let patient = await server.post("/v1/completions", #"{"prompt": "a", "max_tokens": 1, "priority": 9}"#)
        #expect(patient.status == 200 && patient.fields["x-michat-ignored"] == nil)
    }
}
