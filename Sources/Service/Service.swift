import Dispatch
package import HTTP
import JSON
import OpenAI
package import Platform
import Synchronization
package import Telemetry
import Tokenization

/// Everything that the endpoints share.
package final class Service: Sendable {
    /// Where the service counts, logs and traces.
    package struct Observers: Sendable {
        let metrics: ServiceMetrics
        let log: Log
        let trace: HopTrace
        let exposition: @Sendable () -> String

        /// `exposition` is the text of every metric of the process.
        package init(
            metrics: ServiceMetrics, log: Log, trace: HopTrace, exposition: @escaping @Sendable () -> String
        ) {
            self.metrics = metrics
            self.log = log
            self.trace = trace
            self.exposition = exposition
        }
    }

    let settings: ServiceSettings
    private let keys: Mutex<Authentication>
    /// What all requests under way may hold together.
    let memory: ByteAllowance
    let host: ModelHost
    let observers: Observers
    /// Answers `/metrics`.
    let metricsPage: MetricsPage
    /// The last description of the interface.
    let openAPI = OpenAPICache()
    private let execution: Execution
    /// Compiles the forms that answers have to have.
    let compiler: GrammarCompiler
    /// Answers that may be asked for again.
    let retries: RetryCoalescer
    /// Where the settings are asked to be read again.
    package let reloads: ReloadQueue

    /// Runs a piece of work, now or later, here or on another thread.
    package typealias Runner = @Sendable (_ work: @escaping @Sendable () -> Void) -> Void
    /// Runs a piece of work when some seconds have passed.
    package typealias Timer = @Sendable (_ seconds: Double, _ work: @escaping @Sendable () -> Void) -> Void

    /// Where and when the service does what it need not do at once.
    package struct Execution: Sendable {
        let run: Runner
        let runLarge: Runner
        let later: Timer
        let compile: GrammarCompiler.ThreadStart
        let reload: ReloadQueue.ThreadStart

        /// `run` runs the answering of requests with a body, `runLarge` that of those with a large one, `later` what has
        /// to wait, `compile` what compiles grammars, `reload` what loads a model.
        package init(
            run: @escaping Runner, runLarge: @escaping Runner, later: @escaping Timer,
            compile: @escaping GrammarCompiler.ThreadStart, reload: @escaping ReloadQueue.ThreadStart
        ) {
            self.reload = reload
            self.run = run
            self.runLarge = runLarge
            self.later = later
            self.compile = compile
        }

        /// Threads beside the connections', which have others to serve. Nothing that runs on the shared ones waits or
        /// takes long: large bodies are read one after the other on a thread of theirs, grammars are compiled on others.
        package static let besideConnections = Execution(
            run: { work in DispatchQueue.global(qos: .utility).async { work() } },
            runLarge: { [largeRequests = DispatchQueue(label: "large requests", qos: .utility)] work in
                largeRequests.async { work() }
            },
            later: { seconds, work in
                DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + seconds) { work() }
            },
            compile: GrammarCompiler.ownThread,
            reload: { work in startThreadIfPossible(named: "reload", stack: Self.reloadStackBytes, work) })

        /// Models are read by code that goes down into nested files.
        private static let reloadStackBytes = 8 << 20
    }

    /// A service over a host that may still be loading.
    package init(
        settings: ServiceSettings, authentication: Authentication, host: ModelHost, observers: Observers,
        execution: Execution, memory: ByteAllowance = .unbounded
    ) {
        self.memory = memory
        self.execution = execution
        metricsPage = MetricsPage(exposition: observers.exposition, run: execution.run)
        compiler = GrammarCompiler(
            milliseconds: settings.structured.compileMilliseconds, start: execution.compile)
        retries = RetryCoalescer(
            settings: settings.retries, observers: observers, memory: memory, later: execution.later)
        reloads = ReloadQueue(start: execution.reload, metrics: observers.metrics)
        self.settings = settings
        keys = Mutex(authentication)
        self.host = host
        self.observers = observers
    }

    /// Runs the answering of a request with a body of this size, beside the connections.
    func run(bodyBytes: Int, _ work: @escaping @Sendable () -> Void) {
        if bodyBytes > Self.largeBodyBytes { execution.runLarge(work) } else { execution.run(work) }
    }

    /// Who asks for grammars, and how it goes on once they are there.
    func grammarClient(_ request: Request) -> GrammarCache.Client {
        GrammarCache.Client(
            owner: authentication.tenant(request.head.fields), compiler: compiler, resume: execution.run)
    }

    /// Cutting as much text into tokens takes some hundredths of a second.
    private static let largeBodyBytes = 256 << 10

    /// Who is let in.
    var authentication: Authentication { keys.withLock { $0 } }

    /// From now on these keys open the service, and no others.
    package func replaceKeys(_ authentication: Authentication) { keys.withLock { $0 = authentication } }

    /// The router with every endpoint of ``Routes``.
    package func router() -> Router {
        var router = Router(errorBody: Self.errorBody)
        for endpoint in Routes.all {
            let handler = EndpointHandler(endpoint: endpoint, service: self)
            if endpoint.isPrefix {
                router.onPrefix(endpoint.method, endpoint.path, handler)
            } else {
                router.on(endpoint.method, endpoint.path, handler)
            }
        }
        return router
    }

    /// Writes the error bodies of the HTTP layer in OpenAI's shape.
    package static let errorBody: ErrorBody = { status, message, code in
        APIError.body(status: status, message: message, code: code)
    }

    /// The body of a request as JSON.
    func json(_ request: Request) throws(APIError) -> JSONValue {
        try request.memory?.need(RequestCost.reading(request.body))
        do {
            return try JSONParser.parse(request.body, limits: .request)
        } catch {
            throw .invalidJSON("\(error)")
        }
    }

    /// Bounds on requests to `model`.
    func limits(for model: ServedModel) -> RequestLimits {
        var limits = settings.limits
        limits.vocabulary = model.usableVocabulary
        limits.knownTokens = model.tokenizer.count
        return limits
    }

    /// Refuses requests that name another model.
    func check(_ name: String?, of model: ServedModel) throws(APIError) {
        _ = try model.name(for: name)
    }
}
