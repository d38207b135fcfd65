import Engine
import HTTP
import JSON
import OpenAI
import Platform
import Scheduling
import Service
import Synchronization
import Telemetry
import Templating
import Testing
import Tokenization

/// The whole service over a scripted model, without sockets.
struct TestServer {
    let service: Service
    let host = ModelHost()
    let router: Router
    let lines = Lines()
    let timers = Timers()
    /// What requests hold.
    let memory = ByteAllowance(1 << 40)
    /// What exists of answers.
    let live: LiveObjects
    let log: Log

    /// Log lines, as written.
    final class Lines: Sendable {
        private let all = Mutex<[String]>([])
        func append(_ bytes: [UInt8]) { all.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
        var text: String { all.withLock { $0.joined() } }
    }

    /// What waits for a time that comes when a test says so.
    final class Timers: Sendable {
        private let waiting = Mutex<[(seconds: Double, work: @Sendable () -> Void)]>([])
        func add(_ seconds: Double, _ work: @escaping @Sendable () -> Void) {
            waiting.withLock { $0.append((seconds: seconds, work: work)) }
        }
        var seconds: [Double] { waiting.withLock { $0.map(\.seconds) } }
        func fire() {
            let works = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting.map(\.work)
            }
            for work in works { work() }
        }
    }

    /// A clock for the engine that can be set back, so that it seems stuck.
    final class ManualClock: Sendable {
        private let offset = Mutex(0.0)
        func seconds() -> Double { Clock.monotonicSeconds() + offset.withLock { $0 } }
        func set(offset seconds: Double) { offset.withLock { $0 = seconds } }
    }

    /// What differs between servers.
    struct Options {
        var keys: [String] = []
        var strictFields = false
        var context = 512
        var waiting = 64
        var running = 16
        var addBOS = false
        var template: String? = TestServer.template
        var isLoaded = true
        var clockOffsetSeconds = 0.0
        /// Where the server would listen; a loopback address takes only loopback names.
        var host = "0.0.0.0"
        /// Web pages that may call.
        var origins: [String] = []
        var reasoning = ReasoningSettings(mode: .auto)
        var retries = RetrySettings(mode: .retries, graceSeconds: 5, heldBytes: 100_000, answerBytes: 50_000)
        var toolFormat = ToolFormatChoice.auto
        /// Where requests are read and grammars compiled.
        var run: ServiceExecution.Runner = { $0() }
        var compile = GrammarCompiler.ownThread
        /// Where the settings are read again.
        var reload: ReloadQueue.ThreadStart = { work in
            work()
            return true
        }
        var toolTemplate: String?
        var names = ModelNames(others: [], takesAny: false)
        var messages = MessageSettings(readsControlTokens: false, joinsSystem: true)
        /// What grammars hold together.
        var grammarBytes = 256 << 20
    }

    static let template = """
        {%- for m in messages -%}[{{ m.role }}]{{ m.content }}\n{% endfor -%}
        {%- if add_generation_prompt -%}[assistant]{% endif -%}
        """

    init(_ options: Options = Options(), script: @escaping ScriptedModel.Script) throws {
        var registry = Registry(commonLabels: [:])
        let metrics = ServiceMetrics(in: &registry, routes: Routes.paths)
        live = metrics.live
        let exposition: @Sendable () -> String = { [registry, host] in
            Registry.exposition([registry] + host.registries)
        }
        let lines = lines
        log = Log(
            label: "service", level: .debug,
            output: LogOutput(format: .keyValue, timestamp: { "" }, write: { lines.append($0) }))
        var settings = ServiceSettings(
            version: "1.2.3",
            limits: RequestLimits(
                choices: 8, prompts: 8, vocabulary: 0, refusesUnknownFields: options.strictFields,
                lists: requestLimits.lists),
            maximumTokens: nil,
            delivery: DeliverySettings(keepAliveSeconds: 5, outputBytes: 1000, stuckSeconds: 30),
            hosts: HostRule(listeningOn: options.host, allowed: []), reasoning: options.reasoning,
            structured: StructuredSettings(allowsWhitespace: false, cachedGrammars: 4),
            messages: options.messages,
            retries: options.retries)
        settings.isLoopback = HostRule.isLoopback(host: options.host)
        settings.origins = OriginRule(allowed: options.origins)
        service = Service(
            settings: settings, authentication: Authentication(keys: options.keys), host: host,
            observers: ServiceObservers(metrics: metrics, log: log, trace: HopTrace(log: log), exposition: exposition),
            execution: ServiceExecution(
                run: options.run, runLarge: options.run, later: { [timers] in timers.add($0, $1) },
                compile: options.compile, reload: options.reload),
            memory: memory)
        router = Routes.router(for: service)
        guard options.isLoaded else { return }
        let place = host.begin("org/tiny", memoryBytes: 1, cache: [:])
        let isServing = try host.serve(
            Self.backend(options, place, host, log, script), as: place.id)
        #expect(isServing)
    }

    /// Puts another model into the place of the one that serves; returns what names it.
    @discardableResult func replace(
        with name: String, fingerprint: String, _ options: Options = Options(),
        script: @escaping ScriptedModel.Script
    ) throws -> ModelHost.ModelID {
        let place = host.begin(name, memoryBytes: 1, cache: [:])
        let backend = try Self.backend(
            options, place, host, log, name: name, fingerprint: fingerprint, script)
        #expect(host.serve(backend, as: place.id))
        return place.id
    }

    /// A model that answers as the script says.
    static func backend(
        _ options: Options, _ place: (id: ModelHost.ModelID, metrics: ModelMetrics), _ host: ModelHost, _ log: Log,
        name: String = "org/tiny", fingerprint: String = "fp_t", _ script: @escaping ScriptedModel.Script
    ) throws -> Backend {
        let now = ManualClock()
        now.set(offset: options.clockOffsetSeconds)
        func compiled(_ source: String?) throws -> ChatTemplate? {
            try source.map { source throws(TemplateError) in try ChatTemplate(source: source, limits: .serving) }
        }
        let limits = SchedulerLimits(
            pages: PageBudget(count: 128, tokens: 16), step: StepBudget(tokens: 64, outputs: 64),
            running: options.running, waiting: options.waiting, context: options.context)
        let engine = Engine(
            model: ScriptedModel(script), limits: limits,
            environment: EngineEnvironment(
                metrics: place.metrics.engine, trace: HopTrace(log: log), interTokenSeconds: 0, speculation: .off,
                clock: { now.seconds() }, released: { host.released(place.id) }))
        let card = ModelCard(id: name, created: 5, contextTokens: options.context)
        return Backend(
            engine: engine,
            model: ServedModel(
                card: card, names: options.names, fingerprint: fingerprint,
                defaults: SamplingDefaults(temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1),
                tokenizer: try ByteVocabulary.tokenizer(addBOS: options.addBOS),
                template: try compiled(options.template), toolTemplate: try compiled(options.toolTemplate),
                usableVocabulary: ByteVocabulary.count, cachedGrammars: 4,
                grammarBytes: options.grammarBytes, toolFormat: options.toolFormat),
            metrics: place.metrics)
    }

    /// Stops the engine.
    func drainEngine(graceSeconds: Double) {
        for engine in host.engines { engine.drain(graceSeconds: graceSeconds) {} }
    }

    /// A server that says `text` after a prompt of `promptTokens` tokens, then ends.
    static func saying(_ text: [Int32], after promptTokens: Int, _ options: Options = Options()) throws -> TestServer {
        try TestServer(options) { position, _ in
            let index = position - promptTokens + 1
            return text.indices.contains(index) ? text[index] : ByteVocabulary.end
        }
    }

    /// Sends a request; the exchange shows what comes back.
    func send(
        _ method: String, _ path: String, _ body: String = "", fields: Fields = ["content-type": "application/json"]
    ) -> RecordingExchange {
        let exchange = RecordingExchange()
        send(method, path, body, fields: fields, on: exchange)
        return exchange
    }

    /// Sends a request whose answer goes to `exchange`.
    func send(_ method: String, _ path: String, _ body: String, fields: Fields, on exchange: any Exchange) {
        let asked = RequestHead(
            method: method, target: RequestTarget(path: path, query: nil), fields: fields, minorVersion: 1)
        let head = router.canonical(asked)
        switch router.destination(of: head) {
        case .answer(let response): exchange.respond(response)
        case .handler(let handler):
            let (began, refusal) = (Clock.monotonicSeconds(), handler.admit(head))
            (exchange as? RecordingExchange)?.onHead { status in
                handler.responded(
                    RespondedHead(
                        status: status, requestID: "req-1", seconds: Clock.monotonicSeconds() - began,
                        isRefusal: refusal != nil))
            }
            if let refusal {
                exchange.respond(refusal)
            } else {
                handler.handle(
                    Request(head: head, body: Array(body.utf8), id: "req-1", receivedAt: Clock.monotonicSeconds()),
                    on: exchange)
            }
        }
    }

    /// Sends a request and waits for the end of its response.
    func post(_ path: String, _ body: String) async -> RecordingExchange.Record {
        await send("POST", path, body).ended()
    }
}

extension RecordingExchange.Record {
    /// The body as JSON.
    var json: JSONValue {
        get throws { try JSONParser.parse(body, limits: .request) }
    }

    /// The data of every event, without comments; a frame that is none fails the parse.
    var events: [String] {
        text.split(separator: "\n\n").filter { !$0.hasPrefix(":") }.map { frame in
            frame.hasPrefix("data: ") && !frame.contains("\n") ? String(frame.dropFirst(6)) : "malformed: \(frame)"
        }
    }

    /// Every event but `[DONE]` as JSON.
    var chunks: [JSONValue] {
        get throws { try events.filter { $0 != "[DONE]" }.map { try JSONParser.parse($0, limits: .request) } }
    }
}
