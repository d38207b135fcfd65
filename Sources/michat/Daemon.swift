import Dispatch
import Engine
import Glibc
import HTTPServer
import Models
import Platform
import Sampling
import Service
import Settings
import Telemetry

/// The server with everything around it: opened first, so that clients are told to wait, then loaded.
struct Daemon {
    /// Accepts connections.
    let listener: Listener
    /// What is being served, if anything.
    let host: ModelHost
    /// The endpoints.
    let service: Service
    /// Where the process writes what it does.
    let log: Log
    /// What serving takes.
    let plan: ServingPlan
    /// Whether clients must send a key.
    let needsKey: Bool

    /// What the model's makers recommend to sample with.
    let recommended: SamplingSuggestion

    private let model: ModelFile
    private let settings: Configuration
    private let engineMetrics: EngineMetrics
    private let trace: HopTrace

    /// Checks model, memory and keys; nothing is opened or loaded yet.
    ///
    /// - Parameter given: keys of settings that somebody has set; for others the model's recommendations hold.
    init(_ wanted: Configuration, given: Set<String>) throws {
        model = try ModelFile(wanted)
        recommended = try model.sampling()
        var settings = wanted
        settings.sampling = recommended.applied(to: wanted.sampling, given: given)
        self.settings = settings
        plan = try ServingPlan(model.file, settings.model.quantisation, settings)
        try plan.check()
        let keys = try Wiring.keys(settings.http)
        needsKey = !keys.isEmpty
        log = Wiring.log(settings.log, label: "michat")
        trace = Wiring.trace(settings.log)
        var registry = Registry(commonLabels: ["model_name": model.servedNames(settings).first ?? "", "engine": "0"])
        engineMetrics = EngineMetrics(in: &registry)
        let httpMetrics = HTTPMetrics(registry: &registry)
        let serviceMetrics = ServiceMetrics(in: &registry)
        let memory = ByteAllowance(plan.requestBytes) { Allocator.shared.returned($0) }
        ProcessMetrics.register(memory, in: &registry)
        ProcessMetrics.register(in: &registry)
        let metrics = registry
        host = ModelHost()
        service = Service(
            settings: Wiring.service(settings), authentication: Authentication(keys: keys), host: host,
            observers: Service.Observers(
                metrics: serviceMetrics, log: log, trace: trace, exposition: { metrics.exposition() }),
            execution: .besideConnections, memory: memory)
        listener = Listener(
            services: ServerServices(
                router: service.router(), errorBody: Service.errorBody, log: log, trace: trace, metrics: httpMetrics,
                origins: Wiring.origins(settings.http), memory: memory),
            limits: Wiring.limits(settings.http))
    }

    /// Opens the door; from now on `/health` answers.
    func listen() throws -> SocketAddress {
        let wanted = SocketAddress(host: settings.http.host, port: UInt16(clamping: settings.http.port))
        do {
            return try listener.start(address: wanted)
        } catch {
            guard error.code == EADDRINUSE else { throw CommandFailure("cannot listen on \(wanted): \(error)") }
            throw CommandFailure(
                "\(wanted) is in use by another program; choose another port with --port, or 0 for any free one")
        }
    }

    /// Loads the model, starts the engine, produces a first token, and answers from then on.
    func load(progress: (LoadProgress) -> Void) throws -> (engine: Engine, loaded: LoadedModel) {
        let loaded = try LoadedModel.load(model, plan, settings) {
            host.report(loading: "\(Int($0.fraction * 100)) %")
            progress($0)
        }
        let engine = try Wiring.engine(
            loaded, settings.engine,
            Surroundings(
                metrics: engineMetrics, trace: trace, interTokenSeconds: settings.engine.interTokenMs / 1000,
                speculation: Wiring.speculation(settings.engine),
                clock: Clock.monotonicSeconds))
        try warmUp(engine)
        host.serve(Backend(engine: engine, model: Wiring.servedModel(loaded, settings)))
        return (engine, loaded)
    }

    /// Produces one token, so that readiness is something that has been seen.
    private func warmUp(_ engine: Engine) throws {
        let done = DispatchSemaphore(value: 0)
        let ending = Warmth()
        var sampling = SamplingParameters.neutral(seed: 0)
        sampling.temperature = 0
        let request = GenerationRequest(
            prompt: [0], maximumTokens: 1, sampling: sampling, promptLogprobs: nil, priority: 0, cacheSalt: [])
        engine.submit(request) { event in
            guard case .finished(let reason, _) = event else { return }
            ending.set(reason)
            done.signal()
        }
        done.wait()
        let reason: String
        switch ending.value {
        case .length?: return
        case .failed(let text)?: reason = text
        case .some(let other): reason = "\(other)"
        case nil: reason = "no answer"
        }
        throw CommandFailure("\(settings.model.path): the engine cannot produce a token: \(reason)")
    }
}
