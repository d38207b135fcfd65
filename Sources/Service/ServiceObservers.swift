package import Telemetry

/// Where the service counts, logs and traces.
package struct ServiceObservers: Sendable {
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
