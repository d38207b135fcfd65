import Dispatch
package import Engine
import OpenAI
import Synchronization
package import Telemetry

/// A model with the engine that runs it, and where both count. A request holds it until it is answered, so the engine of a
/// model that retires ends behind its last answer.
package struct Backend: Sendable {
    /// Runs it.
    package let engine: Engine
    /// What it is.
    package let model: ServedModel
    /// Where it counts.
    package let metrics: ModelMetrics

    /// Joins them.
    package init(engine: Engine, model: ServedModel, metrics: ModelMetrics) {
        self.engine = engine
        self.model = model
        self.metrics = metrics
    }
}

/// The catalogue of models: each with its life, from its first byte to the last of its memory. What start-up, replacement and
/// shutdown share with the endpoints.
package final class ModelHost: Sendable {
    /// Names a model of the catalogue, also when it is gone.
    package struct ModelID: Sendable, Hashable { fileprivate let number: Int }

    fileprivate struct Entry: Sendable {
        let id: ModelID
        let name: String
        let memoryBytes: Int
        let metrics: ModelMetrics
        /// Raised when it is gone.
        let ended = DispatchSemaphore(value: 0)
        var life = ModelLife.loading(progress: "starting")
        /// There while it serves.
        var backend: Backend?
        /// There as long as anything is answered.
        weak var engine: Engine?
    }

    fileprivate struct State: Sendable {
        var entries: [Entry] = []
        var begun = 0
        var isDraining = false
        var serving: Backend? { entries.lazy.compactMap(\.backend).first }
    }

    private let state = Mutex(State())

    /// A catalogue without models.
    package init() {}

    // MARK: The life of a model

    /// A model is going to be loaded.
    ///
    /// - Parameters:
    ///   - name: the first name that clients will see.
    ///   - memoryBytes: what it will hold of its own, until it is gone.
    ///   - cache: labels that describe its KV cache.
    package func begin(
        _ name: String, memoryBytes: Int, cache: Registry.Labels
    ) -> (id: ModelID, metrics: ModelMetrics) {
        state.withLock { state in
            // Why the last one failed has been told.
            state.entries.removeAll { if case .failed = $0.life { true } else { false } }
            state.begun += 1
            let taken = Set(state.entries.map(\.metrics.number))
            let number = (0...state.entries.count).first { !taken.contains($0) } ?? state.entries.count
            let metrics = ModelMetrics(model: name, number: number, cache: cache)
            let id = ModelID(number: state.begun)
            state.entries.append(Entry(id: id, name: name, memoryBytes: memoryBytes, metrics: metrics))
            return (id, metrics)
        }
    }

    /// Tells waiting clients how far loading is.
    package func report(_ id: ModelID, loading progress: String) {
        state.withLock { _ = $0.move(id, to: .loading(progress: progress)) }
    }

    /// From now on requests go to this model; the one that served before retires.
    ///
    /// - Returns: false if the server is shutting down and takes none.
    package func serve(_ backend: Backend, as id: ModelID) -> Bool {
        let (isTaken, retired) = state.withLock { state -> (Bool, Backend?) in
            guard !state.isDraining, let index = state.move(id, to: .serving) else { return (false, nil) }
            let retired = state.retire()
            state.entries[index].backend = backend
            state.entries[index].engine = backend.engine
            return (true, retired)
        }
        // Let go of here and not under the lock: with its last holder an engine ends.
        _ = consume retired
        return isTaken
    }

    /// The model that serves retires before there is another one; new requests are told to come again.
    ///
    /// - Returns: all that are retiring now.
    package func retire() -> [ModelID] {
        let retired = state.withLock { $0.retire() }
        _ = consume retired
        return retiring
    }

    /// The models that still answer what they had begun.
    package var retiring: [ModelID] { state.withLock { $0.entries.filter { $0.life == .retiring }.map(\.id) } }

    /// A model cannot be loaded.
    package func fail(_ id: ModelID, _ reason: String) {
        state.withLock { _ = $0.move(id, to: .failed(reason: reason)) }
    }

    /// The engine of a model has ended and given its memory back. A retiring model is gone with that, and its metrics.
    package func released(_ id: ModelID) {
        state.withLock { state in
            guard let index = state.move(id, to: .gone) else { return }
            state.entries.remove(at: index).ended.signal()
        }
    }

    /// Waits until a model is gone, on a thread that has nothing else to do; false if it is not after `seconds`.
    package func wait(forEndOf id: ModelID, seconds: Double) -> Bool {
        let ended = state.withLock { state in state.entries.first { $0.id == id }?.ended }
        return ended.map { $0.wait(timeout: .now() + seconds) == .success } ?? true
    }

    // MARK: The whole catalogue

    /// The names and lives of all models that are not gone, in the order in which they began.
    package var models: [(name: String, life: ModelLife)] {
        state.withLock { $0.entries.map { (name: $0.name, life: $0.life) } }
    }

    /// Whether new requests go to a model.
    package var isServing: Bool { state.withLock { $0.serving != nil } }

    /// The engines that answer, and may have answers under way.
    package var engines: [Engine] {
        state.withLock { $0.entries.compactMap(\.engine) }
    }

    /// Whether no engine that has anything to do has been silent for longer than that.
    package func isAlive(stuckSeconds: Double, now: Double) -> Bool {
        engines.map(\.load).allSatisfy { load in
            let hasEnded = load.isDraining && load.running == 0 && load.waiting == 0
            return hasEnded || now - load.heartbeatSeconds < stuckSeconds
        }
    }

    /// The engine of a model that has not answered everything yet.
    package func engine(of id: ModelID) -> Engine? {
        state.withLock { state in state.entries.first { $0.id == id }?.engine }
    }

    /// What the models that serve and retire hold.
    package var residentBytes: Int {
        state.withLock { state in
            state.entries.filter { $0.life == .serving || $0.life == .retiring }.reduce(0) { $0 + $1.memoryBytes }
        }
    }

    /// The metrics of all models that are not gone and have not failed.
    package var registries: [Registry] {
        state.withLock { state in
            state.entries.filter { if case .failed = $0.life { false } else { true } }.map(\.metrics.registry)
        }
    }

    /// From now on new requests are refused; running ones go on.
    package func drain() { state.withLock { $0.isDraining = true } }

    // MARK: What requests ask

    /// What answers a request.
    /// - Throws: 503 while loading or draining, and where no model could be loaded.
    func backend() throws(APIError) -> Backend {
        let (serving, lives, isDraining) = state.withLock { ($0.serving, $0.entries.map(\.life), $0.isDraining) }
        guard !isDraining else { throw .unavailable("The server is shutting down.", code: "draining") }
        if let serving { return serving }
        var progress = "starting"
        for life in lives {
            switch life {
            case .loading(let reached): progress = reached
            case .failed(let reason):
                throw .unavailable("The model cannot be loaded: \(reason)", code: "model_failed")
            case .serving, .retiring, .gone: break
            }
        }
        throw .unavailable("The model is still loading (\(progress)).", code: "loading")
    }

    /// The fingerprint of the model that answers now; empty without one.
    var fingerprint: [UInt8] { Array((state.withLock { $0.serving }?.model.fingerprint ?? "").utf8) }

    /// The model, also while draining, for endpoints that only describe it.
    func model() throws(APIError) -> ServedModel {
        if let serving = state.withLock({ $0.serving }) { return serving.model }
        return try backend().model
    }
}

extension ModelHost.State {
    /// Where the model stands that has come into this state; nil, and nothing has changed, if it cannot.
    mutating func move(_ id: ModelHost.ModelID, to life: ModelLife) -> Int? {
        guard let index = entries.firstIndex(where: { $0.id == id }), entries[index].life.canBecome(life) else {
            return nil
        }
        entries[index].life = life
        return index
    }

    /// Takes the place from the model that serves.
    mutating func retire() -> Backend? {
        guard let index = entries.firstIndex(where: { $0.backend != nil }) else { return nil }
        entries[index].life = .retiring
        defer { entries[index].backend = nil }
        return entries[index].backend
    }
}
