import Engine
import Kernels
package import Models
import Platform
package import Settings
package import Telemetry
package import Weights

/// What serving a model takes, worked out and compared with the memory there is before any of it is taken.
package struct ServingPlan: Sendable {
    /// The model's extents.
    package let shape: ModelShape
    /// Context, pages and rows to serve with.
    package let extent: ServingExtent
    /// Bytes of each part.
    package let memory: MemoryPlan
    /// What the process may take.
    package let limit: (limit: Int, source: String)
    /// What all requests under way may hold together, with everything made of them.
    package let requestBytes: Int
    /// What grammars may hold together.
    package let grammarBytes: Int
    /// Whether the settings say how large the cache is to be.
    private let isCacheSizeGiven: Bool

    /// The longest context that is chosen without being asked for.
    private static let unaskedContext = 8192
    /// Full contexts that the KV cache holds when its size is not given.
    private static let unaskedContexts = 4
    /// Rows of logits in a step beyond one for every running sequence, for log-probabilities of prompts.
    private static let spareOutputs = 16
    /// Rows of logits in a step for drafts, and for runs of tokens that a form forces.
    private static let draftOutputs = 64
    /// Code, buffers of connections, tokenizer and allocator, by measurement on the default model rounded up.
    private static let processBytes = 96 << 20

    /// Works out what serving `model` as the settings say takes.
    /// - Throws: as ``init(_:_:_:)``.
    package init(_ model: ModelFile, _ settings: Configuration) throws(ServingError) {
        try self.init(model.file, Choices(settings).quantisation, settings)
    }

    /// Works out what serving the model of `file` takes, with its weights as `quantisation` makes them.
    /// - Throws: ``ServingError/setting(_:)`` for settings that do not go with the model or each other,
    ///   ``ServingError/file(_:)`` for a model that cannot be served at all.
    package init(
        _ file: any TensorFile, _ quantisation: Quantisation, _ configuration: Configuration
    ) throws(ServingError) {
        let settings = configuration.engine
        let choices = try Choices(configuration)
        guard settings.stepTokens > settings.maxRunning else {
            throw .setting(
                "engine.step_tokens (\(settings.stepTokens)) must be more than engine.max_running (\(settings.maxRunning))"
            )
        }
        guard settings.pageTokens > 0, settings.pageTokens & (settings.pageTokens - 1) == 0 else {
            throw .setting("engine.page_tokens (\(settings.pageTokens)) must be a power of two")
        }
        let shape = try ServingError.reading(try ModelLoader.shape(of: file))
        let context = try Self.context(shape, settings)
        limit = settings.memoryBytes > 0 ? (settings.memoryBytes, "engine.memory_bytes") : MemoryLimit.bytes()
        let requestBytes = Self.share(configuration.http.requestBytes, limit.limit / 8, 32 << 20...1 << 30)
        let grammarBytes = Self.share(configuration.structured.cacheBytes, limit.limit / 16, 16 << 20...256 << 20)
        self.requestBytes = requestBytes
        self.grammarBytes = grammarBytes
        let besides = Self.processBytes + requestBytes + grammarBytes
        let spareOutputs = Self.spareOutputs + Self.draftOutputs
        let drafting = try Self.drafting(shape, file, settings, choices)
        func plan(pages: Int) throws(ServingError) -> (ServingExtent, MemoryPlan) {
            let extent = ServingExtent(
                context: context, kvFormat: choices.kvFormat, pages: pages,
                pageTokens: settings.pageTokens, maximumRows: settings.stepTokens,
                maximumOutputs: settings.maxRunning + spareOutputs, threads: LoadedModel.threads(settings),
                drafting: drafting)
            return (extent, try ServingError.reading(try ModelLoader.memoryPlan(file, quantisation, extent)))
        }
        self.shape = shape
        isCacheSizeGiven = settings.kvBytes > 0
        let (smallest, withOneContext) = try plan(pages: Self.pages(for: context, settings))
        let pageBytes = withOneContext.cacheBytes / smallest.pages
        let room = limit.limit / 5 * 4 - (withOneContext.totalBytes - withOneContext.cacheBytes) - besides
        (extent, memory) = try plan(
            pages: Self.pages(settings, needed: smallest.pages, pageBytes: pageBytes, room: room))
    }

    /// What is set, else a share of the limit within bounds: small machines have small requests.
    private static func share(_ given: Int, _ part: Int, _ bounds: ClosedRange<Int>) -> Int {
        given > 0 ? given : min(max(part, bounds.lowerBound), bounds.upperBound)
    }

    private static func context(_ shape: ModelShape, _ settings: Configuration.Engine) throws(ServingError) -> Int {
        guard settings.context <= shape.trainedContext else {
            throw .setting(
                "engine.context is \(settings.context), but the model was made for \(shape.trainedContext) tokens")
        }
        guard settings.context != 1 else {
            throw .setting("engine.context is 1, but a prompt and an answer take 2 tokens at least")
        }
        return settings.context > 0 ? settings.context : min(shape.trainedContext, unaskedContext)
    }

    /// How the model's drafting layer is used, if it has one and it may be asked.
    private static func drafting(
        _ shape: ModelShape, _ file: any TensorFile, _ settings: Configuration.Engine, _ choices: Choices
    ) throws(ServingError) -> DraftOptions? {
        guard shape.draftLayers > 0 else {
            guard choices.speculation != .mtp else {
                throw .setting(
                    "engine.speculative is mtp, but \(file.path) has no multi-token-prediction layer; "
                        + "ngram works with every model")
            }
            return nil
        }
        guard choices.speculation == .mtp || choices.speculation == .auto else { return nil }
        let usual = DraftOptions.usual(shape)
        return DraftOptions(
            hiddenState: choices.draftHidden, zeroesFirstToken: usual.zeroesFirstToken,
            vocabulary: settings.draftVocabulary > 0
                ? min(settings.draftVocabulary, shape.usableVocabulary) : usual.vocabulary)
    }

    /// Pages of one full context.
    private static func pages(for context: Int, _ settings: Configuration.Engine) -> Int {
        (context + settings.pageTokens - 1) / settings.pageTokens
    }

    /// Pages of the cache: as many as asked for, else four contexts or what fits into `room` bytes, but at least one context.
    private static func pages(
        _ settings: Configuration.Engine, needed: Int, pageBytes: Int, room: Int
    ) throws(ServingError) -> Int {
        guard settings.kvBytes > 0 else {
            return max(needed, min(needed * unaskedContexts, room / pageBytes))
        }
        let pages = settings.kvBytes / pageBytes
        guard pages >= needed else {
            throw .setting(
                """
                engine.kv_bytes is \(Size.text(settings.kvBytes)), but one full context takes \
                \(needed) pages of \(Size.text(pageBytes)) = \(Size.text(needed * pageBytes)): \
                give more memory or a smaller engine.context
                """)
        }
        return pages
    }

    /// Everything that the process will hold.
    package var totalBytes: Int { memory.totalBytes + Self.processBytes + requestBytes + grammarBytes }

    /// What goes back when the model is gone; the rest is the process's own.
    package var modelBytes: Int { memory.totalBytes + grammarBytes }

    /// Whether there is room for it beside models that hold so many bytes. The cache stays as large as it would be alone: a
    /// model that is here for long is not made small for the moment in which there are two.
    package func fits(beside residentBytes: Int) -> Bool { totalBytes <= limit.limit - residentBytes }

    /// What `/metrics` says about the KV cache.
    package var cacheLabels: Registry.Labels {
        [
            "block_size": "\(extent.pageTokens)", "cache_dtype": extent.kvFormat.rawValue,
            "enable_prefix_caching": "True", "num_gpu_blocks": "\(extent.pages)",
            "kv_cache_size_tokens": "\(extent.pages * extent.pageTokens)",
        ]
    }

    /// The sum, term by term.
    package var arithmetic: String {
        """
        weights \(Size.text(memory.weightBytes)) + KV cache \(Size.text(memory.cacheBytes)) \
        (\(extent.pages) pages of \(extent.pageTokens) tokens, \(Size.text(memory.kvBytesPerToken)) a token) \
        + step buffers \(Size.text(memory.workspaceBytes)) + rotary tables \(Size.text(memory.rotaryBytes)) \
        + requests \(Size.text(requestBytes)) + grammars \(Size.text(grammarBytes)) \
        + process \(Size.text(Self.processBytes)) = \(Size.text(totalBytes)); \
        limit \(Size.text(limit.limit)) (\(limit.source))
        """
    }

    /// Refuses what cannot work, and says what would.
    /// - Throws: ``ServingError/memory(_:)`` where the whole is more than the limit.
    package func check() throws(ServingError) {
        let excess = totalBytes - limit.limit
        guard excess > 0 else { return }
        var advice: [String] = []
        if let smaller = smallerCache(bytes: memory.cacheBytes - excess) { advice.append(smaller) }
        if let format = smallerFormat(savingBytes: excess) {
            advice.append("--engine.kv_format \(format.rawValue) would fit")
        }
        if advice.isEmpty { advice.append("a smaller model is needed") }
        throw .memory("not enough memory: \(arithmetic); \(advice.joined(separator: "; "))")
    }
}

extension ServingPlan {
    /// The rounded format that rounds least of those in which a cache whose size is not given is so much smaller.
    private func smallerFormat(savingBytes excess: Int) -> KVFormat? {
        guard !isCacheSizeGiven else { return nil }
        return [KVFormat.bf16, .int8, .k8v4].first { format in
            MemoryPlan.cacheBytes(shape, extent, format).map { memory.cacheBytes - $0 >= excess } ?? false
        }
    }

    /// What to ask for instead, so that the cache takes at most `bytes`.
    private func smallerCache(bytes: Int) -> String? {
        func context(in bytes: Int) -> Int {
            // As the sum counts them: a page is padded.
            bytes / max(1, memory.cacheBytes / extent.pages) * extent.pageTokens
        }
        guard isCacheSizeGiven else {
            let tokens = context(in: bytes)
            return tokens >= extent.pageTokens ? "--context \(tokens) would fit" : nil
        }
        // A cache of a given size does not shrink with the context, but it has to hold one.
        let mebibytes = bytes / (1 << 20)
        let tokens = context(in: mebibytes << 20)
        guard mebibytes > 0, tokens >= extent.pageTokens else { return nil }
        let cache = "--engine.kv_bytes \(mebibytes)MiB"
        return tokens >= extent.context ? "\(cache) would fit" : "\(cache) with --context \(tokens) would fit"
    }
}
