package import Platform
import Settings
package import Telemetry

/// What is told about the process as a whole, under the names that every Prometheus client uses.
package enum ProcessMetrics {
    /// Registers them; each is read when it is asked for.
    package static func register(in registry: inout Registry) {
        let start = Double(Clock.unixSeconds())
        registry.gauge("process_resident_memory_bytes", help: "Memory in use.", labels: [:]) {
            Double(ProcessStatistics().residentBytes)
        }
        registry.gauge("process_virtual_memory_bytes", help: "Address space in use.", labels: [:]) {
            Double(ProcessStatistics().virtualBytes)
        }
        registry.counter("process_cpu_seconds_total", help: "Processor time of all threads.", labels: [:]) {
            () -> Double in
            ProcessStatistics().processorSeconds
        }
        registry.gauge("process_open_fds", help: "Descriptors that are open.", labels: [:]) {
            Double(ProcessStatistics().openDescriptors)
        }
        registry.gauge("process_start_time_seconds", help: "When the process began, in Unix time.", labels: [:]) {
            start
        }
        registry.gauge(
            "michat_build_info", help: "Always 1; the label says which build this is.",
            labels: ["version": Version.text]
        ) { 1 }
        registry.counter(
            "michat_log_lines_dropped_total", help: "Lines of the log that nobody read in time.", labels: [:]
        ) { StandardError.lines.dropped }
    }

    /// Registers what all requests under way hold.
    package static func register(_ memory: ByteAllowance, in registry: inout Registry) {
        registry.gauge(
            "michat_request_memory_bytes", help: "Memory that requests under way hold, counted before it is taken.",
            labels: [:]
        ) { Double(memory.taken) }
        registry.gauge(
            "michat_request_memory_highest_bytes", help: "The most of it that was held at once.", labels: [:]
        ) { Double(memory.highest) }
        registry.gauge("michat_request_memory_limit_bytes", help: "What they may hold.", labels: [:]) {
            Double(memory.capacity)
        }
        registry.counter(
            "michat_request_memory_refusals_total", help: "How often there was no room.", labels: [:]
        ) { memory.refusals }
    }
}
