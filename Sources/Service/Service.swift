import Dispatch
package import HTTP
import JSON
import OpenAI
package import Platform
import Synchronization
import Telemetry
import Tokenization

/// Everything that the endpoints share.
package final class Service: Sendable {
    let settings: ServiceSettings
    private let keys: Mutex<Authentication>
    /// What all requests under way may hold together.
    let memory: ByteAllowance
    let host: ModelHost
    let observers: ServiceObservers
    /// Answers `/metrics`.
    let metricsPage: MetricsPage
    /// The last description of the interface.
    let openAPI = OpenAPICache()
    private let execution: ServiceExecution
    /// Compiles the forms that answers have to have.
    let compiler: GrammarCompiler
    /// Answers that may be asked for again.
    let retries: RetryCoalescer
    /// Where the settings are asked to be read again.
    package let reloads: ReloadQueue

    /// A service over a host that may still be loading.
    package init(
        settings: ServiceSettings, authentication: Authentication, host: ModelHost, observers: ServiceObservers,
        execution: ServiceExecution, memory: ByteAllowance = .unbounded
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
