import HTTP
import OpenAI
import Telemetry

/// What every endpoint has in common: the host, the page, the key, the content type, errors as bodies, and counting.
struct EndpointHandler: Handler {
    let endpoint: Endpoint
    let service: Service

    /// Judges the host, the page behind the request, the key, the content type and the content coding before the body is read.
    func admit(_ head: RequestHead) -> Response? {
        do {
            try checkHost(head.fields)
            if !endpoint.isOpenToPages { try checkOrigin(head.fields) }
            if !endpoint.isPublic { try service.authentication.check(head.fields) }
            if endpoint.request != nil {
                try Self.checkContentType(head.fields)
                try Self.checkContentCoding(head.fields)
            }
            return nil
        } catch {
            return Response(error)
        }
    }

    func handle(_ request: Request, on exchange: any Exchange) {
        service.observers.trace.hop(Self.self, request: request.id)
        guard endpoint.method == "POST" else { return answer(request, on: exchange) }
        service.run(bodyBytes: request.body.count) { answer(request, on: exchange) }
    }

    func responded(_ response: RespondedHead) {
        let observers = service.observers
        observers.metrics.count(route: endpoint.path, status: response.status)
        guard !response.isRefusal else { return }
        observers.metrics.observe(route: endpoint.path, responseSeconds: response.seconds)
        observers.log.debug(
            "responded",
            ["request": response.requestID, "route": endpoint.path, "status": "\(response.status)"])
    }

    /// Answers on the current thread: an exchange may be used from any.
    private func answer(_ request: Request, on exchange: any Exchange) {
        guard let target = target(of: request, on: exchange) else { return }
        do {
            try endpoint.answer(service, request, target)
        } catch {
            target.respond(Response(error))
        }
    }

    /// Where the answer goes; nil when it is under way already, and this client is told too.
    private func target(of request: Request, on exchange: any Exchange) -> ResponseTarget? {
        guard endpoint.generates else { return ResponseTarget(exchange: exchange, record: nil) }
        // A request never joins an answer of another model than it would get now.
        let caller = service.authentication.caller(request.head.fields) + service.host.fingerprint
        return service.retries.target(of: request, route: endpoint.path, caller: caller, exchange: exchange)
    }

    private func checkHost(_ fields: Fields) throws(APIError) {
        guard let host = fields["host"], !service.settings.hosts.allows(host) else { return }
        throw APIError(
            status: 403, type: "invalid_request_error",
            message: "This server is not called by that name. To allow it, add the name to http.allowed_hosts.",
            parameter: nil, code: "host_not_allowed")
    }

    /// A page of another origin can send requests that its browser does not ask about first; it may not even be told
    /// whether there is a model here.
    private func checkOrigin(_ fields: Fields) throws(APIError) {
        guard service.settings.origins.verdict(fields) == .foreign else { return }
        throw APIError(
            status: 403, type: "invalid_request_error",
            message: "Pages of another origin may not call this server. To allow them, add the origin to "
                + "http.allowed_origins.",
            parameter: nil, code: "origin_not_allowed")
    }

    private static func checkContentType(_ fields: Fields) throws(APIError) {
        let values = fields.values("content-type")
        guard values.count < 2 else { throw .unsupportedMediaType("There is more than one content type.") }
        let type = values.first?.prefix { $0 != ";" && $0 != " " && $0 != "\t" }.lowercased() ?? ""
        if type == "application/json" { return }
        if type == "application/x-www-form-urlencoded" {
            throw .unsupportedMediaType(
                "The body must be JSON, but its content type says it is a form. "
                    + "With curl, add: -H 'Content-Type: application/json'")
        }
        throw .unsupportedMediaType("The body must be JSON: send 'Content-Type: application/json'.")
    }

    private static func checkContentCoding(_ fields: Fields) throws(APIError) {
        guard let coding = fields.list("content-encoding").first(where: { $0 != "identity" }) else { return }
        let name = String(coding.prefix(quotedCharacters))
        throw .unsupportedMediaType("The content coding '\(name)' is not supported; send the body without one.")
    }

    /// How much of an unknown coding is repeated to the client that sent it.
    private static let quotedCharacters = 64
}

extension Response {
    /// An error in OpenAI's shape, with the fields that belong to its status.
    init(_ error: APIError) {
        self.init(status: error.status, json: error.body())
        if error.status == 401 { fields.append("www-authenticate", "Bearer") }
        if error.status == 429 || error.status == 503 {
            fields.append("retry-after", String(error.retryAfterSeconds ?? 1))
        }
    }
}
