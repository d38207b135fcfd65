import Engine
package import Models
import Platform
package import Service
package import Settings
import Synchronization
package import Telemetry
import Tokenization

/// Loads the model that the settings name, at the start and in the place of another one while that serves.
///
/// Where memory allows, the new model is loaded beside the old one, which hears nothing of it until the new one has produced
/// a token; then new requests go to the new one, and the old one goes behind its last answer. Where it does not, the old one
/// retires first, and requests are told to come again until the new one is there.
///
/// One at a time: callers take turns.
package final class ModelReplacement: Sendable {
    /// The outcome of a replacement.
    package enum Outcome: Sendable, Equatable {
        /// The settings name the model that is there, and its files are as they were.
        case unchanged
        /// Another one answers from now on; what it is, for people.
        case replaced(summary: String)
    }

    /// What is there: enough to see whether something else is wanted, and to have it back.
    private struct Current: Sendable {
        let settings: Configuration
        let given: Set<String>
        let state: OpenedModel.State
    }

    private let host: ModelHost
    private let trace: HopTrace
    private let version: String
    private let current = Mutex<Current?>(nil)

    /// Time for a model to end whose last answers have been cancelled.
    private static let endSeconds = 60.0

    /// Loads models into `host` for this version of the program.
    package init(host: ModelHost, trace: HopTrace, version: String) {
        self.host = host
        self.trace = trace
        self.version = version
    }

    /// Loads a model, starts its engine, produces a first token, and lets requests go to it.
    ///
    /// - Parameter progress: called after every tensor.
    /// - Throws: ``ServingError`` for what cannot be loaded; the catalogue then says why, and whatever served goes on.
    package func load(
        _ opened: OpenedModel, given: Set<String>, progress: (LoadProgress) -> Void
    ) throws(ServingError) -> LoadedModel {
        let (id, metrics) = begin(opened)
        return try load(opened, given, as: id, metrics, progress)
    }

    private func begin(_ opened: OpenedModel) -> (id: ModelHost.ModelID, metrics: ModelMetrics) {
        host.begin(opened.name, memoryBytes: opened.plan.modelBytes, cache: opened.plan.cacheLabels)
    }

    private func load(
        _ opened: OpenedModel, _ given: Set<String>, as id: ModelHost.ModelID, _ metrics: ModelMetrics,
        _ progress: (LoadProgress) -> Void
    ) throws(ServingError) -> LoadedModel {
        do throws(ServingError) {
            // Before the weights: what changes while they are read shall be seen the next time.
            let state = try opened.state()
            let loaded = try LoadedModel.load(opened.file, opened.plan, opened.settings) {
                host.report(id, loading: "\(Int($0.fraction * 100)) %")
                progress($0)
            }
            let backend = try start(loaded, opened.settings, as: id, metrics)
            guard host.serve(backend, as: id) else { throw .engine("the server is shutting down") }
            current.withLock { $0 = Current(settings: opened.settings, given: given, state: state) }
            return loaded
        } catch {
            host.fail(id, error.description)
            throw error
        }
    }

    private func start(
        _ loaded: LoadedModel, _ settings: Configuration, as id: ModelHost.ModelID, _ metrics: ModelMetrics
    ) throws(ServingError) -> Backend {
        let bytes = loaded.plan.modelBytes
        let engine = try Wiring.engine(
            loaded, settings.engine,
            EngineEnvironment(
                metrics: metrics.engine, trace: trace, interTokenSeconds: settings.engine.interTokenMs / 1000,
                speculation: try Wiring.speculation(settings),
                silentTokens: loaded.tokenizer.silentTokens, clock: Clock.monotonicSeconds,
                released: { [host] in
                    host.released(id)
                    Allocator.shared.returned(bytes)
                }))
        try EngineWarmUp.run(engine, model: settings.model.path)
        return Backend(
            engine: engine, model: try Wiring.servedModel(loaded, settings, version: version), metrics: metrics)
    }

    /// Replaces the model that serves if the settings name another one, or its files have changed.
    ///
    /// - Parameters:
    ///   - wanted: the settings as they were read again.
    ///   - given: keys of settings that somebody has set.
    ///   - isAsked: whether the settings say something else about the model than before.
    ///   - graceSeconds: how long its last answers may take where the old model has to go first.
    /// - Throws: ``ServingError`` for what cannot be loaded; the model that served goes on serving, or does so again.
    package func replace(
        with wanted: Configuration, given: Set<String>, isAsked: Bool, graceSeconds: Double
    ) throws(ServingError) -> Outcome {
        let old = current.withLock { $0 }
        let opened = try OpenedModel(wanted, given: given)
        if !isAsked, host.isServing, try opened.state() == old?.state { return .unchanged }
        if !opened.plan.fits(beside: host.residentBytes) {
            // Of models before the one that serves.
            for id in host.retiring { _ = host.wait(forEndOf: id, seconds: graceSeconds) }
        }
        guard !opened.plan.fits(beside: host.residentBytes), host.isServing else {
            return .replaced(summary: try load(opened, given: given) { _ in }.summary)
        }
        try opened.check()
        return .replaced(summary: try loadBehind(old, opened, given, graceSeconds))
    }

    /// Lets the old model go, then loads the new one; if that fails, the old one again.
    private func loadBehind(
        _ old: Current?, _ opened: OpenedModel, _ given: Set<String>, _ graceSeconds: Double
    ) throws(ServingError) -> String {
        let (id, metrics) = begin(opened)
        host.report(id, loading: "waiting for the last answers of the model before it")
        for retiring in host.retire() { finish(retiring, graceSeconds) }
        do throws(ServingError) {
            return try load(opened, given, as: id, metrics) { _ in }.summary
        } catch {
            guard let old else { throw error }
            try restore(old, after: error)
            throw error
        }
    }

    /// Loads the model that was there before another one could not be loaded.
    private func restore(_ old: Current, after reason: ServingError) throws(ServingError) {
        do throws(ServingError) {
            _ = try load(try OpenedModel(old.settings, given: old.given), given: old.given) { _ in }
        } catch {
            throw .engine("\(reason); and the model before it cannot be loaded again: \(error)")
        }
    }

    /// Waits until a model has answered everything and is gone; what takes too long is cancelled.
    private func finish(_ id: ModelHost.ModelID, _ graceSeconds: Double) {
        guard !host.wait(forEndOf: id, seconds: graceSeconds) else { return }
        host.engine(of: id)?.drain(graceSeconds: 0) {}
        _ = host.wait(forEndOf: id, seconds: Self.endSeconds)
    }
}
