import Engine
import Glibc
import HTTPServer
import Models
import Platform
import Service
import Serving
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
        plan = try ServingPlan(model, settings)
        try plan.check()
        let keys = try APIKeyFile.keys(of: settings.http)
        needsKey = !keys.isEmpty
        log = try Wiring.log(settings, label: "michat")
        trace = try Wiring.trace(settings)
        var registry = Registry(commonLabels: ["model_name": model.servedNames(settings).first ?? "", "engine": "0"])
        engineMetrics = EngineMetrics(in: &registry)
        let httpMetrics = HTTPMetrics(registry: &registry)
        let serviceMetrics = ServiceMetrics(in: &registry)
        let memory = ByteAllowance(plan.requestBytes) { Allocator.shared.returned($0) }
        ProcessMetrics.register(memory, in: &registry)
        ProcessMetrics.register(in: &registry)
        ProcessMetrics.register(plan.extent, in: &registry)
        let metrics = registry
        host = ModelHost()
        service = Service(
            settings: try Wiring.service(settings, version: Version.text), authentication: Authentication(keys: keys),
            host: host,
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
                speculation: try Wiring.speculation(settings), clock: Clock.monotonicSeconds))
        try EngineWarmUp.run(engine, model: settings.model.path)
        let served = try Wiring.servedModel(loaded, settings, version: Version.text)
        host.serve(Backend(engine: engine, model: served))
        return (engine, loaded)
    }
}
