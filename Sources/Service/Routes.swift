import HTTP
import OpenAI

/// One endpoint, declared once: the router, authentication, metrics and the manual follow from it.
package struct Endpoint: Sendable {
    /// Answers a request through the exchange, now or later.
    typealias Answer = @Sendable (Service, Request, any Exchange) throws(APIError) -> Void

    /// `GET` or `POST`.
    package let method: String
    /// The path, or its beginning.
    package let path: String
    /// Whether longer paths match too.
    package let isPrefix: Bool
    /// Whether it answers without an API key; deny is the default.
    package let isPublic: Bool
    /// One sentence for the manual.
    package let summary: String
    let answer: Answer

    init(_ method: String, _ path: String, _ summary: String, _ answer: @escaping Answer) {
        self.init(method: method, path: path, summary: summary, isPublic: false, answer)
    }

    private init(method: String, path: String, summary: String, isPublic: Bool, _ answer: @escaping Answer) {
        self.method = method
        self.path = path
        isPrefix = path.hasSuffix("/")
        self.isPublic = isPublic
        self.summary = summary
        self.answer = answer
    }

    /// The same endpoint, open without a key.
    fileprivate var open: Endpoint {
        Endpoint(method: method, path: path, summary: summary, isPublic: true, answer)
    }
}

/// The list of endpoints, one line each. Only what is marked `open` answers without a key.
package enum Routes {
    /// Every endpoint.
    package static let all: [Endpoint] = [
        Endpoint("POST", "/v1/chat/completions", "Answers a conversation.", ChatCompletions.handle),
        Endpoint("POST", "/v1/completions", "Continues a text.", Completions.handle),
        Endpoint("GET", "/v1/models", "Lists the loaded model.", ModelListing.list),
        Endpoint("GET", "/v1/models/", "Describes one model by its id.", ModelListing.one),
        Endpoint("POST", "/tokenize", "Cuts a text or a conversation into tokens.", TextTools.tokenize),
        Endpoint("POST", "/detokenize", "Joins tokens to text.", TextTools.detokenize),
        Endpoint("POST", "/apply-template", "Renders a conversation as the model reads it.", TextTools.applyTemplate),
        Endpoint("GET", "/health", "Whether the process is alive.", Health.alive).open,
        Endpoint("GET", "/ready", "Whether requests can be answered now.", Health.ready).open,
        Endpoint("GET", "/metrics", "Metrics for Prometheus.", Health.metrics),
        Endpoint("GET", "/version", "The server's version.", Health.version),
    ]
}
