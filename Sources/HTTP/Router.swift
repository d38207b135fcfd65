/// Which handler answers what. Routes are exact paths or prefixes; whatever matches none is refused.
package struct Router: Sendable {
    /// Where a request leads.
    package enum Destination: Sendable {
        /// This handler answers.
        case handler(any Handler)
        /// Nobody does: 404, 405 with `allow`, or the answer to a bare OPTIONS.
        case answer(Response)
    }

    /// One line of the table, for tests that walk over all of them.
    package struct Route: Sendable {
        /// `GET`, `POST`, …
        package let method: String
        /// The path, or its beginning.
        package let path: String
        /// Whether longer paths match too.
        package let isPrefix: Bool
        let handler: any Handler
    }

    /// All routes in the order of registration.
    package private(set) var routes: [Route] = []
    private let errorBody: ErrorBody

    /// An empty table; `errorBody` writes the body of 404 and 405.
    package init(errorBody: @escaping ErrorBody) { self.errorBody = errorBody }

    /// Sends requests for exactly `path` to `handler`.
    package mutating func on(_ method: String, _ path: String, _ handler: any Handler) {
        add(Route(method: method, path: path, isPrefix: false, handler: handler))
    }

    /// Sends requests for paths that begin with `prefix` and are longer to `handler`; exact routes come first.
    package mutating func onPrefix(_ method: String, _ prefix: String, _ handler: any Handler) {
        add(Route(method: method, path: prefix, isPrefix: true, handler: handler))
    }

    /// The head with its path as a route spells it: slashes that stand too often, or at the end, are left out, and `/v1` is
    /// put in front. A path that leads nowhere even so stays as it is.
    ///
    /// A caller that asks for the destination of a head gets this head's, so that all parts of the server read one path.
    package func canonical(_ head: RequestHead) -> RequestHead {
        let path = head.target.path
        guard path.hasPrefix("/") else { return head }
        var trimmed = path
        while trimmed.utf8.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        let single = "/" + trimmed.split(separator: "/").joined(separator: "/")
        for candidate in [trimmed, single, "/v1" + single] where !matching(candidate).isEmpty {
            if candidate == path { return head }
            return RequestHead(
                method: head.method, target: RequestTarget(path: candidate, query: head.target.query),
                fields: head.fields, minorVersion: head.minorVersion)
        }
        return head
    }

    /// Where a request with this head leads. HEAD follows the GET route.
    package func destination(of head: RequestHead) -> Destination {
        let path = head.target.path
        if head.method == "OPTIONS" {
            let allow = allowedMethods(path)
            return allow.isEmpty
                ? .answer(notFound(head)) : .answer(Response(status: 204, fields: ["allow": allow], body: []))
        }
        let method = head.method == "HEAD" ? "GET" : head.method
        if let route = matching(path).first(where: { $0.method == method }) { return .handler(route.handler) }
        let allow = allowedMethods(path)
        return .answer(allow.isEmpty ? notFound(head) : notAllowed(allow))
    }

    /// The path of the route that this head leads to, as it was registered, whether or not it knows the method; nil when
    /// there is none.
    ///
    /// Unlike the path that was asked for, it holds nothing that a client wrote.
    package func pattern(of head: RequestHead) -> String? {
        let method = head.method == "HEAD" ? "GET" : head.method
        let known = matching(head.target.path)
        return (known.first { $0.method == method } ?? known.first)?.path
    }

    /// The methods that `path` knows, as the value of `allow`; empty when the path is unknown.
    package func allowedMethods(_ path: String) -> String {
        let known = (path == "*" ? routes : matching(path)).map(\.method)
        guard !known.isEmpty else { return "" }
        var methods: [String] = []
        for method in known + (known.contains("GET") ? ["HEAD"] : []) + ["OPTIONS"] where !methods.contains(method) {
            methods.append(method)
        }
        return methods.joined(separator: ", ")
    }

    /// Exact routes before prefixes, longer prefixes before shorter ones.
    private func matching(_ path: String) -> [Route] {
        let exact = routes.filter { !$0.isPrefix && $0.path == path }
        let prefixes = routes.filter {
            $0.isPrefix && $0.path.utf8.count < path.utf8.count && path.utf8.starts(with: $0.path.utf8)
        }
        return exact + prefixes.sorted { $0.path.utf8.count > $1.path.utf8.count }
    }

    private mutating func add(_ route: Route) {
        precondition(route.path.hasPrefix("/"), "the route \(route.path) does not begin with a slash")
        let isKnown = routes.contains {
            $0.method == route.method && $0.path == route.path && $0.isPrefix == route.isPrefix
        }
        precondition(!isKnown, "the route \(route.method) \(route.path) is registered twice")
        routes.append(route)
    }

    private func notFound(_ head: RequestHead) -> Response {
        let path = head.target.path.prefix(Self.quotedCharacters)
        let nearest = NearestPath.of(head.target.path, among: routes.map(\.path))
        let hint = nearest.map { " Did you mean \($0)?" } ?? below(head.target.path)
        return Response(
            status: 404, json: errorBody(404, "There is no route \(head.method) \(path).\(hint)", "not_found"))
    }

    /// What there is below a path that is only the beginning of some, such as `/v1/`.
    private func below(_ path: String) -> String {
        let base = path.hasSuffix("/") ? path : path + "/"
        var paths: [String] = []
        for route in routes where base != "/" && !route.isPrefix && route.path.hasPrefix(base) {
            if !paths.contains(route.path) { paths.append(route.path) }
        }
        return paths.isEmpty ? "" : " Below it are \(paths.joined(separator: ", "))."
    }

    private func notAllowed(_ allow: String) -> Response {
        var response = Response(
            status: 405, json: errorBody(405, "This route takes \(allow).", "method_not_allowed"))
        response.fields.append("allow", allow)
        return response
    }

    /// How much of an unknown path is repeated to the client that asked for it.
    private static let quotedCharacters = 200
}
