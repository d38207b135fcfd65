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
    /// The model of the start.
    let opened: OpenedModel
    /// Loads models, that one and those that take its place.
    let replacement: ModelReplacement
    /// Whether clients must send a key.
    let needsKey: Bool

    private let given: Set<String>

    /// Checks model, memory and keys; nothing is opened or loaded yet.
    ///
    /// - Parameter given: keys of settings that somebody has set; for others the model's recommendations hold.
    init(_ settings: Configuration, given: Set<String>) throws {
        self.given = given
        opened = try OpenedModel(settings, given: given)
        let keys = try APIKeyFile.keys(of: settings.http)
        needsKey = !keys.isEmpty
        log = try Wiring.log(settings, label: "michat")
        let trace = try Wiring.trace(settings)
        var registry = Registry(commonLabels: [:])
        let httpMetrics = HTTPMetrics(registry: &registry)
        let serviceMetrics = ServiceMetrics(in: &registry, routes: Routes.paths)
        let memory = ByteAllowance(opened.plan.requestBytes) { Allocator.shared.returned($0) }
        ProcessMetrics.register(memory, in: &registry)
        ProcessMetrics.register(in: &registry)
        let host = ModelHost()
        self.host = host
        replacement = ModelReplacement(host: host, trace: trace, version: Version.text)
        service = Service(
            settings: try Wiring.service(settings, version: Version.text), authentication: Authentication(keys: keys),
            host: host,
            observers: ServiceObservers(
                metrics: serviceMetrics, log: log, trace: trace,
                exposition: { [registry] in Registry.exposition([registry] + host.registries) }),
            execution: .besideConnections, memory: memory)
        listener = Listener(
            services: ServerServices(
                router: Routes.router(for: service), errorBody: Service.errorBody, log: log, trace: trace,
                metrics: httpMetrics,
                origins: Wiring.origins(settings.http), memory: memory),
            limits: Wiring.limits(settings.http))
    }

    /// Opens the door; from now on `/health` answers.
    func listen() throws -> SocketAddress {
        let wanted = SocketAddress(host: opened.settings.http.host, port: UInt16(clamping: opened.settings.http.port))
        do {
            return try listener.start(address: wanted)
        } catch {
            guard error.code == EADDRINUSE else { throw CommandFailure("cannot listen on \(wanted): \(error)") }
            throw CommandFailure(
                "\(wanted) is in use by another program; choose another port with --port, or 0 for any free one")
        }
    }

    /// Loads the model, starts the engine, produces a first token, and answers from then on.
    func load(progress: (LoadProgress) -> Void) throws -> LoadedModel {
        try replacement.load(opened, given: given, progress: progress)
    }
}
