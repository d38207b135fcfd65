package import HTTP
package import OpenAI

/// One endpoint, declared once: the router, authentication, metrics and the manual follow from it.
package struct Endpoint: Sendable {
    /// Answers a request, now or later.
    typealias Answer = @Sendable (Service, Request, ResponseTarget) throws(APIError) -> Void

    /// `GET` or `POST`.
    package let method: String
    /// The path, or its beginning.
    package let path: String
    /// Whether longer paths match too.
    package let isPrefix: Bool
    /// Whether it answers without an API key; deny is the default.
    package private(set) var isPublic: Bool
    /// Whether pages of any origin may call it. What answers requests for data or work is not.
    package private(set) var isOpenToPages = false
    /// One sentence for the manual.
    package let summary: String
    /// The body that a request has; nil for `GET`.
    package private(set) var request: NamedSchema?
    /// What a success looks like.
    package private(set) var success = Success.nothing
    let answer: Answer

    /// The body of a success.
    package enum Success: Sendable {
        case nothing
        /// JSON of this form.
        case json(NamedSchema)
        /// JSON, or events of the second form where a stream is asked for.
        case stream(NamedSchema, chunk: NamedSchema)
        /// Plain text of this media type.
        case text(String)
        /// Any JSON object.
        case document
    }

    /// Whether it generates, which takes long: an identical request may join an answer under way.
    var generates: Bool {
        if case .stream = success { true } else { false }
    }

    init(_ method: String, _ path: String, _ summary: String, _ answer: @escaping Answer) {
        self.method = method
        self.path = path
        isPrefix = path.hasSuffix("/") && path != "/"
        isPublic = false
        self.summary = summary
        self.answer = answer
    }

    /// The same endpoint, open without a key.
    fileprivate var open: Endpoint {
        var endpoint = self
        endpoint.isPublic = true
        return endpoint
    }

    /// The same endpoint, for pages of any origin too.
    fileprivate var openToPages: Endpoint {
        var endpoint = self
        endpoint.isOpenToPages = true
        return endpoint
    }

    /// The same endpoint with the body that it takes.
    fileprivate func taking(_ form: NamedSchema) -> Endpoint {
        var endpoint = self
        endpoint.request = form
        return endpoint
    }

    /// The same endpoint with the body that it gives.
    fileprivate func giving(_ success: Success) -> Endpoint {
        var endpoint = self
        endpoint.success = success
        return endpoint
    }
}

/// The list of endpoints, one line each. Only what is marked `open` answers without a key.
package enum Routes {
    /// Every endpoint.
    package static let all: [Endpoint] = [
        Endpoint("POST", "/v1/chat/completions", "Answers a conversation.", ChatCompletions.handle)
            .taking(.chatRequest).giving(.stream(.chatAnswer, chunk: .chatChunk)),
        Endpoint("POST", "/v1/responses", "Answers a conversation, item by item.", Responses.handle)
            .taking(.responsesRequest).giving(.stream(.response, chunk: .responseEvent)),
        Endpoint("POST", "/v1/completions", "Continues a text.", Completions.handle)
            .taking(.completionRequest).giving(.stream(.completionAnswer, chunk: .completionAnswer)),
        Endpoint("GET", "/v1/models", "Lists the loaded model.", ModelListing.list).giving(.json(.models)),
        Endpoint("GET", "/v1/models/", "Describes one model by its id.", ModelListing.one).giving(.json(.model)),
        Endpoint("POST", "/tokenize", "Cuts a text or a conversation into tokens.", TextTools.tokenize)
            .taking(.tokenizeRequest).giving(.json(.tokens)),
        Endpoint("POST", "/detokenize", "Joins tokens to text.", TextTools.detokenize)
            .taking(.detokenizeRequest).giving(.json(.detokenized)),
        Endpoint("GET", "/tokenizer_info", "Describes the tokenizer and shows the chat template.", TextTools.info)
            .giving(.json(.tokenizerInfo)),
        Endpoint("POST", "/apply-template", "Renders a conversation as the model reads it.", TextTools.applyTemplate)
            .taking(.templateRequest).giving(.json(.rendered)),
        Endpoint("GET", "/health", "Whether the process is alive.", Health.alive).open.giving(.json(.status)),
        Endpoint("GET", "/ready", "Whether requests can be answered now.", Health.ready).open.giving(.json(.status)),
        Endpoint("POST", "/admin/reload", "Reads the settings again, and replaces the model.", Administration.reload)
            .giving(.json(.reload)),
        Endpoint("GET", "/metrics", "Metrics for Prometheus.", Health.metrics).giving(.text("text/plain")),
        Endpoint("GET", "/version", "The server's version.", Health.version).giving(.json(.version)),
        Endpoint("GET", "/openapi.json", "This interface as an OpenAPI 3.1 document.", OpenAPIDocument.answer)
            .giving(.document),
        Endpoint("GET", "/", "Says what answers here, for people.", Greeting.answer).open.openToPages
            .giving(.text("text/plain")),
    ]
}

extension Routes {
    /// The paths of all endpoints.
    package static var paths: [String] { all.map(\.path) }

    /// A router of requests to every endpoint, answered by a service.
    package static func router(for service: Service) -> Router {
        var router = Router(errorBody: Service.errorBody)
        for endpoint in all {
            let handler = EndpointHandler(endpoint: endpoint, service: service)
            if endpoint.isPrefix {
                router.onPrefix(endpoint.method, endpoint.path, handler)
            } else {
                router.on(endpoint.method, endpoint.path, handler)
            }
        }
        return router
    }
}
