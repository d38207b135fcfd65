import Models
import Serving
import Settings
import Testing

/// Memory is worked out before any is taken, and advice that is given holds.
@Suite struct ServingPlanTests {
    /// Small enough that the shares of requests and grammars stand at their least, and do not change with the limit.
    private static let smallLimit = 160 << 20

    private static func plan(_ values: [String: String] = [:], model: String = Fixtures.llama) throws -> ServingPlan {
        let settings = try Fixtures.settings(model, values)
        return try ServingPlan(ModelFile(settings), settings)
    }

    /// A limit that `values` exceed by a part of their cache.
    private static func limit(
        _ values: [String: String], excessParts: Int, model: String = Fixtures.llama
    ) throws -> String {
        let all = values.merging(["engine.memory_bytes": String(smallLimit)]) { first, _ in first }
        let plan = try plan(all, model: model)
        return String(plan.totalBytes - plan.memory.cacheBytes / excessParts)
    }

    /// What follows `word` in a message, up to the next blank.
    private static func value(after word: String, in text: String) -> String? {
        guard let range = text.firstRange(of: word + " ") else { return nil }
        return String(text[range.upperBound...].prefix { $0 != " " && $0 != ";" })
    }

    @Test func theSumIsThatOfItsTerms() throws {
        let plan = try Self.plan(["engine.memory_bytes": "1GiB"])
        let memory = plan.memory
        #expect(
            plan.totalBytes
                == memory.weightBytes + memory.cacheBytes + memory.workspaceBytes + memory.rotaryBytes
                + plan.requestBytes + plan.grammarBytes + 96 << 20)
        #expect(plan.requestBytes == 128 << 20 && plan.grammarBytes == 64 << 20)
        #expect(plan.limit.limit == 1 << 30 && plan.arithmetic.hasSuffix("limit 1.0 GiB (engine.memory_bytes)"))
        #expect(plan.arithmetic.contains("process 96.0 MiB"))
    }

    @Test func sharesOfTheLimitStayWithinBounds() throws {
        let small = try Self.plan(["engine.memory_bytes": "64MiB"])
        #expect(small.requestBytes == 32 << 20 && small.grammarBytes == 16 << 20)
        let large = try Self.plan(["engine.memory_bytes": "1TiB"])
        #expect(large.requestBytes == 1 << 30 && large.grammarBytes == 256 << 20)
        let given = try Self.plan(["http.request_bytes": "5MiB", "structured.cache_bytes": "7MiB"])
        #expect(given.requestBytes == 5 << 20 && given.grammarBytes == 7 << 20)
    }

    @Test func anUnaskedCacheHoldsFourContextsOrWhatFitsButOne() throws {
        let ample = try Self.plan(["engine.memory_bytes": "64GiB"])
        let pages = ample.extent.context / ample.extent.pageTokens
        #expect(ample.extent.pages == 4 * pages && ample.extent.context == ample.shape.trainedContext)
        let tight = try Self.plan(["engine.memory_bytes": "1MiB"])
        #expect(tight.extent.pages == pages)
    }

    @Test func aCacheOfAGivenSizeHasThePagesThatFit() throws {
        let one = try Self.plan(["engine.memory_bytes": "1MiB"])
        let pageBytes = one.memory.cacheBytes / one.extent.pages
        let plan = try Self.plan(["engine.kv_bytes": String(pageBytes * (one.extent.pages + 3) + pageBytes / 2)])
        #expect(plan.extent.pages == one.extent.pages + 3)
        let error = #expect(throws: ServingError.self) {
            try Self.plan(["engine.kv_bytes": String(pageBytes * one.extent.pages - 1)])
        }
        #expect(error?.description.hasPrefix("engine.kv_bytes is ") == true)
        #expect(error?.description.contains("one full context takes \(one.extent.pages) pages") == true)
    }

    @Test func whatFitsIsNotRefused() throws {
        try Self.plan(["engine.memory_bytes": "1GiB"]).check()
        let exact = try Self.plan(["engine.memory_bytes": String(Self.smallLimit)]).totalBytes
        try Self.plan(["engine.memory_bytes": String(exact)]).check()
        #expect(throws: ServingError.self) { try Self.plan(["engine.memory_bytes": String(exact - 1)]).check() }
    }

    @Test func theContextThatIsAdvisedFits() throws {
        let limit = try Self.limit([:], excessParts: 2)
        let error = #expect(throws: ServingError.self) { try Self.plan(["engine.memory_bytes": limit]).check() }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("not enough memory: weights ") && text.contains(" would fit"))
        let context = try #require(Self.value(after: "--context", in: text))
        try Self.plan(["engine.memory_bytes": limit, "engine.context": context]).check()
        // Half of the one context that the cache held, in whole pages.
        let refused = try Self.plan(["engine.memory_bytes": limit])
        #expect(Int(context) == refused.extent.pages / 2 * refused.extent.pageTokens)
    }

    @Test func theCacheFormatThatIsAdvisedFits() throws {
        let limit = try Self.limit([:], excessParts: 4)
        let error = #expect(throws: ServingError.self) { try Self.plan(["engine.memory_bytes": limit]).check() }
        #expect(error?.description.contains("--engine.kv_format int8 would fit") == true)
        try Self.plan(["engine.memory_bytes": limit, "engine.kv_format": "int8"]).check()
        // Where the format does not save enough, it is not advised.
        let less = try Self.limit([:], excessParts: 2)
        let other = #expect(throws: ServingError.self) { try Self.plan(["engine.memory_bytes": less]).check() }
        #expect(other?.description.contains("int8") == false)
    }

    /// With heads of 24, int8 saves 43 % of the cache and k8v4 55 %.
    @Test func fourBitsAreAdvisedWhereEightAreTooMany() throws {
        let model = Fixtures.checkpoint("qwen3-tiny")
        let whole = try Self.plan(["engine.memory_bytes": String(Self.smallLimit)], model: model)
        let limit = ["engine.memory_bytes": String(whole.totalBytes - whole.memory.cacheBytes * 9 / 20)]
        let error = #expect(throws: ServingError.self) { try Self.plan(limit, model: model).check() }
        #expect(error?.description.contains("--engine.kv_format k8v4 would fit") == true, "\(error?.description ?? "")")
        try Self.plan(limit.merging(["engine.kv_format": "k8v4"]) { $1 }, model: model).check()
    }

    @Test func theSizeOfTheCacheThatIsAdvisedFits() throws {
        let given = ["engine.kv_bytes": "64MiB"]
        let limit = try Self.limit(given, excessParts: 2)
        let wanted = given.merging(["engine.memory_bytes": limit]) { $1 }
        let error = #expect(throws: ServingError.self) { try Self.plan(wanted).check() }
        let text = try #require(error?.description)
        let size = try #require(Self.value(after: "--engine.kv_bytes", in: text))
        var advised = ["engine.memory_bytes": limit, "engine.kv_bytes": size]
        if text.contains(" with --context "), let context = Self.value(after: "with --context", in: text) {
            advised["engine.context"] = context
        }
        try Self.plan(advised).check()
        #expect(!text.contains("int8"), "a cache of a given size does not shrink with its format")
    }

    @Test func withoutAnyWayASmallerModelIsAdvised() throws {
        let error = #expect(throws: ServingError.self) { try Self.plan(["engine.memory_bytes": "1MiB"]).check() }
        #expect(error?.description.hasSuffix("; a smaller model is needed") == true)
    }

    @Test(arguments: [
        (["engine.context": "1"], "engine.context is 1, but a prompt and an answer take 2 tokens"),
        (["engine.context": "4194304"], "engine.context is 4194304, but the model was made for "),
        (["engine.page_tokens": "24"], "engine.page_tokens (24) must be a power of two"),
        (
            ["engine.step_tokens": "64", "engine.max_running": "64"],
            "engine.step_tokens (64) must be more than engine.max_running (64)"
        ),
        (["engine.speculative": "mtp"], "engine.speculative is mtp, but "),
    ])
    func settingsThatCannotBeAreNamed(_ values: [String: String], _ beginning: String) throws {
        let error = #expect(throws: ServingError.self) { try Self.plan(values) }
        guard case .setting(let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.hasPrefix(beginning), "\(reason)")
    }

    @Test func quantisedWeightsCountAsWhatTheyBecome() throws {
        let folder = Fixtures.checkpoint("qwen2-tiny")
        let plain = try Self.plan(model: folder), packed = try Self.plan(["model.quantize": "q4_0"], model: folder)
        #expect(packed.memory.weightBytes < plain.memory.weightBytes / 2)
    }

    @Test func aDraftingLayerIsPlannedWithTheVocabularyThatIsSet() throws {
        let folder = Fixtures.checkpoint("mimo-tiny")
        #expect(try Self.plan(["engine.draft_vocabulary": "100"], model: folder).extent.drafting?.vocabulary == 100)
        let usual = try Self.plan(["engine.draft_vocabulary": "1048576"], model: folder)
        #expect(usual.extent.drafting?.vocabulary == usual.shape.usableVocabulary)
        #expect(try Self.plan().extent.drafting == nil)
        // A tiny layer gets the least of a vocabulary.
        #expect(try Self.plan(model: folder).extent.drafting?.vocabulary == min(4096, usual.shape.usableVocabulary))
    }
}
