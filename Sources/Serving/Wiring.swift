package import Engine
package import HTTP
import Kernels
import Models
package import OpenAI
import Platform
import Sampling
import Scheduling
package import Service
package import Settings
package import Telemetry
import Tokenization

/// From settings to objects: the only place where the options of the modules are filled.
package enum Wiring {
    /// Extensions of one chunk of a chunked body.
    private static let chunkExtensionBytes = 256
    /// How long a refused connection is still read, so that its peer sees the answer.
    private static let lingerSeconds = 2.0

    /// Lines on standard error.
    /// - Throws: ``ServingError/setting(_:)`` for a word without a meaning.
    package static func log(_ settings: Configuration, label: String) throws(ServingError) -> Log {
        let choices = try Choices(settings)
        let output = LogOutput(
            format: choices.logFormat, timestamp: Clock.timestamp,
            write: { line in StandardError.lines.add(line) { missing($0, choices.logFormat) } })
        return Log(label: label, level: choices.logLevel, output: output)
    }

    /// The line that says how many are missing.
    private static func missing(_ lines: Int, _ format: LogFormat) -> [UInt8] {
        format.line([
            (key: "time", value: Clock.timestamp()), (key: "level", value: "warning"), (key: "log", value: "michat"),
            (key: "msg", value: "lines are missing: nobody read them"), (key: "lines", value: "\(lines)"),
        ])
    }

    /// Follows requests when asked to.
    /// - Throws: ``ServingError/setting(_:)`` for a word without a meaning.
    package static func trace(_ settings: Configuration) throws(ServingError) -> HopTrace {
        guard settings.log.traceRequests else { return .off }
        return HopTrace(log: try log(settings, label: "trace"), thread: currentThreadLabel)
    }

    /// Every bound of the HTTP layer.
    package static func limits(_ settings: Configuration.HTTP) -> Limits {
        Limits(
            head: HeadLimits(
                headBytes: settings.maxHeadBytes, fieldCount: settings.maxFields, targetBytes: settings.maxTargetBytes,
                headSeconds: settings.headSeconds),
            body: BodyLimits(
                bodyBytes: settings.maxBodyBytes, chunkExtensionBytes: chunkExtensionBytes,
                bodySeconds: settings.bodySeconds, minimumBytesPerSecond: settings.minBodyRate),
            connection: ConnectionLimits(
                connections: settings.maxConnections, idleSeconds: settings.idleSeconds,
                stallSeconds: settings.stallSeconds, outputBytes: settings.maxOutputBytes, lingerSeconds: lingerSeconds)
        )
    }

    /// Bounds on requests; the vocabulary is filled in from the model.
    package static func requestLimits(_ settings: Configuration.API) -> RequestLimits {
        RequestLimits(
            choices: settings.maxChoices, prompts: settings.maxPrompts, vocabulary: 0,
            refusesUnknownFields: settings.strictFields,
            lists: ListLimits(
                messages: settings.maxMessages, stops: settings.maxStops, stopBytes: settings.maxStopBytes,
                logitBiases: settings.maxLogitBias))
    }

    /// What the endpoints of this version of the program are told.
    /// - Throws: ``ServingError/setting(_:)`` for a word without a meaning.
    package static func service(_ settings: Configuration, version: String) throws(ServingError) -> ServiceSettings {
        let choices = try Choices(settings)
        var service = ServiceSettings(
            version: version,
            limits: requestLimits(settings.api),
            maximumTokens: settings.sampling.maxTokens > 0 ? settings.sampling.maxTokens : nil,
            delivery: DeliverySettings(
                keepAliveSeconds: settings.http.keepAliveSeconds, outputBytes: settings.http.maxOutputBytes,
                stuckSeconds: settings.engine.stuckSeconds),
            hosts: HostRule(
                listeningOn: settings.http.host,
                allowed: settings.http.allowedHosts.split(separator: ",").map(String.init)),
            reasoning: reasoning(settings.reasoning, choices),
            structured: StructuredSettings(
                allowsWhitespace: choices.allowsWhitespace,
                cachedGrammars: settings.structured.cacheGrammars,
                allowsAdditional: choices.allowsAdditional,
                compileMilliseconds: settings.structured.compileMilliseconds),
            messages: MessageSettings(
                readsControlTokens: choices.readsControlTokens, joinsSystem: choices.joinsSystem),
            retries: RetrySettings(
                mode: choices.absorbedRetries, graceSeconds: settings.http.retrySeconds,
                heldBytes: settings.http.retryBytes,
                // What was said so far is told at once, and must not make a reader look slow.
                answerBytes: settings.http.maxOutputBytes / 2))
        service.origins = origins(settings.http)
        service.priority = choices.priority
        service.isLoopback = HostRule.isLoopback(host: settings.http.host)
        return service
    }

    /// Which web pages may call.
    package static func origins(_ settings: Configuration.HTTP) -> OriginRule {
        OriginRule(allowed: settings.allowedOrigins.split(separator: ",").map(String.init))
    }

    /// The handling of thinking.
    private static func reasoning(_ settings: Configuration.Reasoning, _ choices: Choices) -> ReasoningSettings {
        var reasoning = ReasoningSettings(mode: choices.reasoningSplit)
        reasoning.fields = choices.reasoningFields
        reasoning.budget = settings.budget < 0 ? nil : settings.budget
        reasoning.maximumBudget = settings.maxBudget < 0 ? nil : settings.maxBudget
        guard settings.breakLoops else { return reasoning }
        reasoning.thinkingLoop = RepetitionDetector.Rules(
            period: settings.loopPeriod, repeats: settings.loopRepeats, tokens: settings.loopTokens)
        reasoning.answerLoop = RepetitionDetector.Rules(
            period: settings.loopPeriod, repeats: settings.answerLoopRepeats, tokens: settings.answerLoopTokens)
        return reasoning
    }

    /// Where drafts come from.
    /// - Throws: ``ServingError/setting(_:)`` for a word without a meaning.
    package static func speculation(_ settings: Configuration) throws(ServingError) -> SpeculationOptions {
        SpeculationOptions(
            kind: try Choices(settings).speculation, draftTokens: settings.engine.draftTokens,
            isConstant: settings.engine.draftAlways)
    }

    /// The engine over a loaded model.
    /// - Throws: ``ServingError/memory(_:)`` where the system has none for its cache.
    package static func engine(
        _ loaded: LoadedModel, _ settings: Configuration.Engine, _ environment: EngineEnvironment
    ) throws(ServingError) -> Engine {
        let extent = loaded.plan.extent
        let shape = loaded.plan.shape
        let cache = try pages(extent, shape)
        let workspace = Workspace(
            shape: shape, maximumRows: extent.maximumRows, maximumOutputs: extent.maximumOutputs)
        workspace.reserveAttention(
            shape: shape, context: extent.context, pageTokens: extent.pageTokens, threads: loaded.compute.threads)
        let drafting = extent.drafting.flatMap {
            DraftPass(
                loaded.transformer, options: $0, maximumRows: extent.maximumRows,
                maximumSequences: extent.maximumOutputs)
        }
        return Engine(
            model: TransformerModel(
                loaded.transformer, vocabulary: loaded.tokenizer.count, cache: cache, workspace: workspace,
                drafting: drafting),
            limits: SchedulerLimits(
                pages: PageBudget(count: extent.pages, tokens: extent.pageTokens),
                step: StepBudget(tokens: extent.maximumRows, outputs: extent.maximumOutputs),
                running: settings.maxRunning, waiting: settings.maxWaiting, context: extent.context),
            environment: environment)
    }

    /// The KV cache.
    private static func pages(_ extent: ServingExtent, _ shape: ModelShape) throws(ServingError) -> KVCache {
        do {
            return try KVCache(
                pages: extent.pages, pageTokens: extent.pageTokens,
                layers: shape.cacheLayers(isDrafting: extent.drafting != nil), kvHeads: shape.kvHeads,
                headDimension: shape.headDimension, format: extent.kvFormat)
        } catch {
            throw .memory(error.description)
        }
    }

    /// The model as requests to this version of the program see it.
    /// - Throws: ``ServingError/setting(_:)`` for a word without a meaning.
    package static func servedModel(
        _ loaded: LoadedModel, _ settings: Configuration, version: String
    ) throws(ServingError) -> ServedModel {
        ServedModel(
            card: ModelCard(
                id: loaded.name, created: Clock.unixSeconds(), contextTokens: loaded.plan.extent.context),
            names: ModelNames(others: loaded.otherNames, takesAny: settings.model.anyName),
            fingerprint: Fingerprint.text(loaded, settings, version: version),
            defaults: SamplingDefaults(
                temperature: settings.sampling.temperature, topP: settings.sampling.topP, topK: settings.sampling.topK,
                minP: settings.sampling.minP, repetitionPenalty: settings.sampling.repetitionPenalty),
            tokenizer: loaded.tokenizer, template: loaded.template,
            toolTemplate: loaded.toolTemplate,
            usableVocabulary: min(loaded.plan.shape.usableVocabulary, loaded.tokenizer.count),
            cachedGrammars: settings.structured.cacheGrammars, grammarBytes: loaded.plan.grammarBytes,
            toolFormat: try Choices(settings).toolFormat)
    }
}
