import HTTP
import Testing

private struct Named: Handler {
    let name: String
    func admit(_ head: RequestHead) -> Response? { nil }
    func handle(_ request: Request, on exchange: any Exchange) {}
}

@Suite struct RouterTests {
    private static func router() -> Router {
        var router = Router(errorBody: PlainErrorBody.write)
        router.on("GET", "/v1/models", Named(name: "list"))
        router.onPrefix("GET", "/v1/models/", Named(name: "model"))
        router.onPrefix("DELETE", "/v1/models/", Named(name: "delete"))
        router.onPrefix("GET", "/v1/", Named(name: "other"))
        router.on("POST", "/v1/chat/completions", Named(name: "chat"))
        return router
    }

    private static func find(_ method: String, _ path: String, in router: Router) -> (name: String?, answer: Response?)
    {
        let head = RequestHead(
            method: method, target: RequestTarget(path: path, query: nil), fields: [:], minorVersion: 1)
        switch router.destination(of: head) {
        case .handler(let handler): return ((handler as? Named)?.name, nil)
        case .answer(let response): return (nil, response)
        }
    }

    @Test(arguments: [
        ("GET", "/v1/models", "list"), ("HEAD", "/v1/models", "list"), ("GET", "/v1/models/org/name", "model"),
        ("HEAD", "/v1/models/x", "model"), ("DELETE", "/v1/models/x", "delete"), ("GET", "/v1/else", "other"),
        ("POST", "/v1/chat/completions", "chat"),
    ])
    func finds(_ method: String, _ path: String, _ name: String) {
        #expect(Self.find(method, path, in: Self.router()).name == name)
    }

    @Test(
        arguments: [
            ("GET", "/v1/models", "/v1/models"), ("HEAD", "/v1/models/secret", "/v1/models/"),
            ("PUT", "/v1/models", "/v1/models"),
            ("GET", "/secret", nil), ("OPTIONS", "/v1/models", "/v1/models"),
        ] as [(String, String, String?)])
    func namesTheRouteNotThePath(_ method: String, _ path: String, _ pattern: String?) {
        let head = RequestHead(
            method: method, target: RequestTarget(path: path, query: nil), fields: [:], minorVersion: 1)
        #expect(Self.router().pattern(of: head) == pattern)
    }

    @Test(arguments: ["/", "/v1", "/v2/models", "/V1/models", "/v1/", "//v1/models", "*"])
    func doesNotFind(_ path: String) throws {
        let answer = try #require(Self.find("GET", path, in: Self.router()).answer)
        #expect(answer.status == (path == "*" ? 405 : 404))
        let body = String(decoding: answer.body, as: UTF8.self)
        for key in ["error", "message", "type", "param", "code"] { #expect(body.contains("\"\(key)\":")) }
        if answer.status == 404 { #expect(body.contains("no route GET \(path).")) }
        if path == "/v2/models" { #expect(body.contains("Did you mean /v1/models?")) }
    }

    @Test func namesTheAllowedMethods() {
        let chat = Self.find("GET", "/v1/chat/completions", in: Self.router())
        #expect(chat.name == "other", "a GET prefix covers it")
        let router = Self.router()
        #expect(Self.find("PUT", "/v1/models", in: router).answer?.status == 405)
        #expect(Self.find("PUT", "/v1/models", in: router).answer?.fields["Allow"] == "GET, HEAD, OPTIONS")
        #expect(Self.find("PATCH", "/v1/models/x", in: router).answer?.fields["allow"] == "GET, DELETE, HEAD, OPTIONS")
        #expect(Self.find("get", "/v1/models", in: router).answer?.status == 405)
    }

    @Test func answersOptionsItself() {
        let router = Self.router()
        let own = Self.find("OPTIONS", "/v1/chat/completions", in: router).answer
        #expect(own?.status == 204)
        #expect(own?.fields["allow"] == "POST, GET, HEAD, OPTIONS")
        #expect(Self.find("OPTIONS", "*", in: router).answer?.status == 204)
        #expect(Self.find("OPTIONS", "/nowhere", in: router).answer?.status == 404)
    }

    private static func real() -> Router {
        var router = Router(errorBody: PlainErrorBody.write)
        for path in ["/v1/chat/completions", "/v1/completions", "/tokenize"] {
            router.on("POST", path, Named(name: path))
        }
        for path in ["/v1/models", "/health", "/"] { router.on("GET", path, Named(name: path)) }
        router.onPrefix("GET", "/v1/models/", Named(name: "one"))
        return router
    }

    @Test(arguments: [
        ("/v1/models", "/v1/models"), ("//v1/models", "/v1/models"), ("/v1/models/", "/v1/models"),
        ("/v1//models///", "/v1/models"), ("/models", "/v1/models"), ("//models/", "/v1/models"),
        ("/chat/completions", "/v1/chat/completions"), ("/models/org/x", "/v1/models/org/x"),
        ("/v1/models//data/x.gguf", "/v1/models//data/x.gguf"), ("/v1/models/org/x/", "/v1/models/org/x"),
        ("/health/", "/health"), ("/", "/"), ("//", "/"), ("*", "*"), ("/v1/health", "/v1/health"),
        ("/nope/", "/nope/"), ("/v1/", "/v1/"),
    ])
    func c7_takesPathsThatPeopleType(_ path: String, _ taken: String) {
        let head = RequestHead(
            method: "GET", target: RequestTarget(path: path, query: "a"), fields: ["host": "a"], minorVersion: 1)
        let canonical = Self.real().canonical(head)
        #expect(canonical.target == RequestTarget(path: taken, query: "a"))
        #expect(canonical.fields == head.fields)
    }

    @Test(
        arguments: [
            ("/v1/v1/chat/completions", "/v1/chat/completions"), ("/api/v1/models", "/v1/models"),
            ("/openai/models", "/v1/models"), ("/v1/chat/completion", "/v1/chat/completions"),
            ("/V1/Models", "/v1/models"), ("/v1/tokenize", "/tokenize"), ("/completion", "/v1/completions"),
            ("/x", nil), ("/v1", nil), ("/v1/", nil), ("/v1/embeddings", nil),
            ("/api/tags", nil), ("/v1/responses", nil),
        ] as [(String, String?)])
    func namesTheNearestRoute(_ path: String, _ route: String?) throws {
        let answer = try #require(Self.find("POST", path, in: Self.real()).answer)
        let body = String(decoding: answer.body, as: UTF8.self)
        #expect(answer.status == 404)
        #expect(body.contains("Did you mean") == (route != nil), "\(body)")
        if let route { #expect(body.contains("Did you mean \(route)?")) }
    }

    @Test(arguments: ["/v1", "/v1/", "/v1/chat"])
    func theBeginningOfPathsIsToldWhatIsBelow(_ path: String) throws {
        let answer = try #require(Self.find("GET", path, in: Self.real()).answer)
        let body = String(decoding: answer.body, as: UTF8.self)
        #expect(body.contains(" Below it are ") && body.contains("/v1/chat/completions"), "\(body)")
    }

    @Test func d15_logsNothingThatAClientMadeUp() {
        #expect(RequestLog.method("DELETE") == "DELETE")
        #expect(RequestLog.method("SECRET") == "OTHER")
        #expect(RequestLog.path("/v1/x") == "/v1/x")
        #expect(RequestLog.path("/a b%\u{7}é\u{202e}") == "/a%20b%25%07%C3%A9%E2%80%AE")
        #expect(RequestLog.path("/" + String(repeating: "a", count: 300)).utf8.count == 203)
    }

    @Test func listsEveryRoute() {
        #expect(
            Self.router().routes.map { "\($0.method) \($0.path)\($0.isPrefix ? "*" : "")" } == [
                "GET /v1/models", "GET /v1/models/*", "DELETE /v1/models/*", "GET /v1/*", "POST /v1/chat/completions",
            ])
    }
}
