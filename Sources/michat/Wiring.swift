import Engine
import HTTP
import HTTPServer
import Kernels
import Models
import OpenAI
import Platform
import Scheduling
import Service
import Settings
import Telemetry
import Tokenization

/// From settings to objects: the only place where the options of the modules are filled.
enum Wiring {
    /// Extensions of one chunk of a chunked body.
    private static let chunkExtensionBytes = 256
    /// How long a refused connection is still read, so that its peer sees the answer.
    private static let lingerSeconds = 2.0

    /// Lines on standard error.
    static func log(_ settings: Configuration.Log, label: String) -> Log {
        let output = LogOutput(
            format: LogFormat(rawValue: settings.format) ?? .keyValue, timestamp: Clock.timestamp,
            write: { line in StandardError.lines.add(line) { missing($0, settings) } })
        return Log(label: label, level: Log.Level(rawValue: settings.level) ?? .info, output: output)
    }

    /// The line that says how many are missing.
    private static func missing(_ lines: Int, _ settings: Configuration.Log) -> [UInt8] {
        let format = LogFormat(rawValue: settings.format) ?? .keyValue
        return format.line([
            (key: "time", value: Clock.timestamp()), (key: "level", value: "warning"), (key: "log", value: "michat"),
            (key: "msg", value: "lines are missing: nobody read them"), (key: "lines", value: "\(lines)"),
        ])
    }

    /// Follows requests when asked to.
    static func trace(_ settings: Configuration.Log) -> HopTrace {
        settings.traceRequests ? HopTrace(log: log(settings, label: "trace")) : .off
    }

    /// Every bound of the HTTP layer.
    static func limits(_ settings: Configuration.HTTP) -> Limits {
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

    /// What the endpoints are told.
    static func service(_ settings: Configuration) -> ServiceSettings {
        var service = ServiceSettings(
            version: Version.text,
            limits: RequestLimits(
                choices: settings.api.maxChoices, prompts: settings.api.maxPrompts, vocabulary: 0,
                refusesUnknownFields: settings.api.strictFields,
                lists: ListLimits(
                    messages: settings.api.maxMessages, stops: settings.api.maxStops,
                    stopBytes: settings.api.maxStopBytes, logitBiases: settings.api.maxLogitBias)),
            defaults: SamplingDefaults(
                temperature: settings.sampling.temperature, topP: settings.sampling.topP, topK: settings.sampling.topK,
                minP: settings.sampling.minP, repetitionPenalty: settings.sampling.repetitionPenalty),
            maximumTokens: settings.sampling.maxTokens > 0 ? settings.sampling.maxTokens : nil,
            delivery: DeliverySettings(
                keepAliveSeconds: settings.http.keepAliveSeconds, outputBytes: settings.http.maxOutputBytes,
                stuckSeconds: settings.engine.stuckSeconds),
            hosts: HostRule(
                listeningOn: settings.http.host,
                allowed: settings.http.allowedHosts.split(separator: ",").map(String.init)),
            reasoning: reasoning(settings.reasoning),
            structured: StructuredSettings(
                allowsWhitespace: settings.structured.whitespace == "flexible",
                cachedGrammars: settings.structured.cacheGrammars,
                allowsAdditional: settings.structured.additionalProperties == "open",
                compileMilliseconds: settings.structured.compileMilliseconds),
            messages: MessageSettings(
                readsControlTokens: settings.messages.controlTokens == "tokens",
                joinsSystem: settings.messages.system == "join"),
            retries: RetrySettings(
                mode: RetrySettings.Mode(rawValue: settings.http.absorbRetries) ?? .retries,
                graceSeconds: settings.http.retrySeconds, heldBytes: settings.http.retryBytes,
                // What was said so far is told at once, and must not make a reader look slow.
                answerBytes: settings.http.maxOutputBytes / 2))
        service.origins = origins(settings.http)
        service.priority = PriorityRule(rawValue: settings.api.priority) ?? .clamp
        return service
    }

    /// Which web pages may call.
    static func origins(_ settings: Configuration.HTTP) -> OriginRule {
        OriginRule(allowed: settings.allowedOrigins.split(separator: ",").map(String.init))
    }

    /// What becomes of thinking.
    private static func reasoning(_ settings: Configuration.Reasoning) -> ReasoningSettings {
        var reasoning = ReasoningSettings(mode: ReasoningSettings.Mode(rawValue: settings.split) ?? .auto)
        reasoning.fields = ReasoningFields(rawValue: settings.field) ?? .both
        reasoning.budget = settings.budget < 0 ? nil : settings.budget
        reasoning.maximumBudget = settings.maxBudget < 0 ? nil : settings.maxBudget
        guard settings.breakLoops else { return reasoning }
        reasoning.thinkingLoop = RepetitionDetector.Rules(
            period: settings.loopPeriod, repeats: settings.loopRepeats, tokens: settings.loopTokens)
        reasoning.answerLoop = RepetitionDetector.Rules(
            period: settings.loopPeriod, repeats: settings.answerLoopRepeats, tokens: settings.answerLoopTokens)
        return reasoning
    }

    /// The keys of the settings or, where they say nothing, of the service manager's credential `api-keys`; none means that
    /// everybody may come in.
    static func keys(_ settings: Configuration.HTTP) throws -> [String] {
        var keys = settings.apiKey.isEmpty ? [] : [settings.apiKey]
        let credential = keys.isEmpty ? APIKeyFile.credential() : nil
        guard let path = settings.apiKeyFile.isEmpty ? credential : settings.apiKeyFile else { return keys }
        let text = try TextFile.text(path)
        if path == credential, APIKeyFile.isDeclaredEmpty(text) { return keys }
        do throws(APIKeyFile.Failure) {
            keys += try APIKeyFile.keys(in: text, longestBytes: settings.maxHeadBytes)
        } catch {
            throw CommandFailure("\(path): \(error.description)")
        }
        return keys
    }

    /// Where drafts come from.
    static func speculation(_ settings: Configuration.Engine) -> SpeculationOptions {
        SpeculationOptions(
            kind: SpeculationKind(rawValue: settings.speculative) ?? .none, draftTokens: settings.draftTokens,
            isConstant: settings.draftAlways)
    }

    /// The engine over a loaded model.
    static func engine(
        _ loaded: LoadedModel, _ settings: Configuration.Engine, _ surroundings: Surroundings
    ) throws -> Engine {
        let extent = loaded.plan.extent
        let shape = loaded.plan.shape
        let cache = try PageMemory(
            pages: extent.pages, pageTokens: extent.pageTokens,
            layers: shape.cacheLayers(isDrafting: extent.drafting != nil), kvHeads: shape.kvHeads,
            headDimension: shape.headDimension, format: extent.kvFormat)
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
            surroundings: surroundings)
    }

    /// The model as requests see it.
    static func servedModel(_ loaded: LoadedModel, _ settings: Configuration) -> ServedModel {
        ServedModel(
            card: ModelCard(
                id: loaded.name, created: Clock.unixSeconds(), contextTokens: loaded.plan.extent.context),
            names: ModelNames(others: loaded.otherNames, takesAny: settings.model.anyName),
            fingerprint: Fingerprint.text(loaded, settings), tokenizer: loaded.tokenizer, template: loaded.template,
            toolTemplate: loaded.toolTemplate,
            usableVocabulary: min(loaded.plan.shape.usableVocabulary, loaded.tokenizer.count),
            cachedGrammars: settings.structured.cacheGrammars, grammarBytes: loaded.plan.grammarBytes,
            toolFormat: ToolFormatChoice(name: settings.tools.format) ?? .auto)
    }
}
