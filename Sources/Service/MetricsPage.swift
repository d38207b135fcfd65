import HTTP
import Synchronization
import Telemetry

/// Builds the text of `/metrics` beside the connections' threads, once for all who asked meanwhile.
///
/// Every answer is built after its request came. The requests that wait are let go of when they are answered.
final class MetricsPage: Sendable {
    private struct State: Sendable {
        var isBuilding = false
        var waiting: [ResponseTarget] = []
    }

    private let state = Mutex(State())
    private let exposition: @Sendable () -> String
    private let run: ServiceExecution.Runner

    init(exposition: @escaping @Sendable () -> String, run: @escaping ServiceExecution.Runner) {
        self.exposition = exposition
        self.run = run
    }

    /// Answers, soon.
    func answer(_ exchange: ResponseTarget) {
        let begins = state.withLock { state in
            state.waiting.append(exchange)
            defer { state.isBuilding = true }
            return !state.isBuilding
        }
        if begins { run { self.answerAll() } }
    }

    private func answerAll() {
        let exchanges = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        let response = Response(
            status: 200, fields: ["content-type": Registry.contentType], body: Array(exposition().utf8))
        for exchange in exchanges { exchange.respond(response) }
        let goesOn = state.withLock { state in
            state.isBuilding = !state.waiting.isEmpty
            return state.isBuilding
        }
        if goesOn { run { self.answerAll() } }
    }
}
