package import HTTP
package import Platform
package import Telemetry

/// What every connection uses besides its own socket.
package struct ServerServices: Sendable {
    /// Who answers what.
    let router: Router
    /// What pages of other origins are told.
    let origins: OriginRule
    /// Writes the bodies of the server's own refusals.
    let errorBody: ErrorBody
    /// One line per request, and what goes wrong with sockets.
    let log: Log
    /// Follows requests when asked to.
    let trace: HopTrace
    /// Counts.
    let metrics: HTTPMetrics
    /// What all requests under way may hold together.
    let memory: ByteAllowance

    /// Collects them for a listener.
    package init(
        router: Router, errorBody: @escaping ErrorBody, log: Log, trace: HopTrace, metrics: HTTPMetrics,
        origins: OriginRule = .ownOnly, memory: ByteAllowance = .unbounded
    ) {
        self.memory = memory
        self.router = router
        self.origins = origins
        self.errorBody = errorBody
        self.log = log
        self.trace = trace
        self.metrics = metrics
    }
}
