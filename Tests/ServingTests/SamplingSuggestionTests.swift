import Foundation
import Serving
import Settings
import Testing

/// What makers recommend holds where nobody has set anything.
@Suite struct SamplingSuggestionTests {
    private static func suggestion(_ json: String) throws -> SamplingSuggestion {
        let folder = try TemporaryFolder()
        let copy = try folder.copy("qwen2-tiny", as: "a")
        try folder.write("a/generation_config.json", Data(json.utf8))
        return try ModelFile(path: copy).sampling()
    }

    @Test func whatIsRecommendedHoldsAndTheRestIsNeutral() throws {
        let applied = try Self.suggestion(#"{"temperature":0.6,"top_k":20}"#)
            .applied(to: Configuration().sampling, given: [])
        #expect(applied.temperature == 0.6 && applied.topK == 20)
        #expect(applied.topP == 1 && applied.minP == 0 && applied.repetitionPenalty == 1)
    }

    @Test func whatIsSetWins() throws {
        let given = try Fixtures.settings("", ["sampling.temperature": "1.5", "sampling.min_p": "0.2"]).sampling
        let applied = try Self.suggestion(#"{"temperature":0.6,"top_p":0.9}"#)
            .applied(to: given, given: ["sampling.temperature", "sampling.min_p"])
        #expect(applied.temperature == 1.5 && applied.minP == 0.2 && applied.topP == 0.9)
    }

    @Test func whoRecommendsNothingChangesNothing() throws {
        let defaults = Configuration().sampling
        #expect(try Self.suggestion("{}").applied(to: defaults, given: []) == defaults)
    }

    @Test func noSamplingIsGreedy() throws {
        let suggestion = try Self.suggestion(#"{"do_sample":false,"temperature":1.5}"#)
        #expect(suggestion.summary == "greedy")
        #expect(suggestion.applied(to: Configuration().sampling, given: []).temperature == 0)
    }
}
