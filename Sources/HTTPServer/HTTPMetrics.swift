package import Telemetry

/// What the server counts about itself.
package struct HTTPMetrics: Sendable {
    /// Connections accepted.
    let accepted: Counter
    /// Connections open now.
    let open: Gauge
    /// Accepts that failed for want of descriptors or memory.
    let acceptFailures: Counter
    /// Peers that left before their response was complete.
    let departures: Counter
    /// Bytes received and sent.
    let received: Counter
    let sent: Counter
    private let responses: [Counter]

    /// Registers the metrics of the HTTP server.
    package init(registry: inout Registry) {
        accepted = registry.counter("michat_http_connections_total", help: "Connections accepted.", labels: [:])
        open = registry.gauge("michat_http_connections", help: "Connections open now.", labels: [:])
        acceptFailures = registry.counter(
            "michat_http_accept_failures_total", help: "Accepts that failed for want of resources.", labels: [:])
        departures = registry.counter(
            "michat_http_departures_total", help: "Peers that left before their response was complete.", labels: [:])
        received = registry.counter("michat_http_received_bytes_total", help: "Bytes received.", labels: [:])
        sent = registry.counter("michat_http_sent_bytes_total", help: "Bytes sent.", labels: [:])
        responses = (2...5).map {
            registry.counter(
                "michat_http_responses_total", help: "Responses by class of status.", labels: ["class": "\($0)xx"])
        }
    }

    /// Counts a response.
    func countResponse(status: Int) {
        let index = status / 100 - 2
        if responses.indices.contains(index) { responses[index].increment() }
    }
}
