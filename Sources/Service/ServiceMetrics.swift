import OpenAI
package import Telemetry

/// What the service counts whatever the model: requests by route and status, retries, reloads.
package struct ServiceMetrics: Sendable {
    private struct Series: Hashable {
        let route: String
        let status: String
    }

    private let requests: [Series: Counter]
    private let responseSeconds: [String: Histogram]
    private let absorbed, awaitedRetries: Counter
    private let reloads: [ReloadStatus: Counter]
    /// What answers are made of, as far as it exists now.
    package let live = LiveObjects()

    private static let statuses = [200, 400, 401, 404, 415, 429, 500, 503]

    /// Registers everything, for the routes with these paths; once per registry.
    package init(in registry: inout Registry, routes: [String]) {
        var requests: [Series: Counter] = [:]
        var responseSeconds: [String: Histogram] = [:]
        for route in routes {
            for status in Self.statuses.map({ "\($0)" }) + ["other"] {
                requests[Series(route: route, status: status)] = registry.counter(
                    "michat_requests_total", help: "Requests answered, by route and status.",
                    labels: ["route": route, "status": status])
            }
            responseSeconds[route] = registry.histogram(
                "michat_response_seconds", help: "From the first byte of a request to the head of its response.",
                bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300], labels: ["route": route])
        }
        self.requests = requests
        self.responseSeconds = responseSeconds
        absorbed = registry.counter(
            "michat_absorbed_retries_total", help: "Requests that joined an answer that was under way.", labels: [:])
        awaitedRetries = registry.counter(
            "michat_awaited_retries_total", help: "Answers that went on for a while after their client had left.",
            labels: [:])
        var reloads: [ReloadStatus: Counter] = [:]
        for status in ReloadStatus.allCases {
            reloads[status] = registry.counter(
                "michat_reloads_total",
                help: "Times that the settings were read again, by the outcome for the model.",
                labels: ["result": status.rawValue])
        }
        self.reloads = reloads
        live.register(in: &registry)
    }

    func count(route: String, status: Int) {
        let counter =
            requests[Series(route: route, status: "\(status)")] ?? requests[Series(route: route, status: "other")]
        counter?.increment()
    }

    func observe(route: String, responseSeconds seconds: Double) { responseSeconds[route]?.observe(seconds) }

    func countAbsorbed() { absorbed.increment() }

    func countAwaitedRetry() { awaitedRetries.increment() }

    func count(_ reload: ReloadStatus) { reloads[reload]?.increment() }
}
