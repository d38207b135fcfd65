import ArgumentParser
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
import Weights

/// The daemon.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve a model over OpenAI's API.",
        discussion: """
            Every setting is a flag (--http.port), a variable (MICHAT_HTTP_PORT) and a key of the settings file; \
            the common ones have a short name (--port, MICHAT_PORT). A flag beats a variable, a variable the file.

            SIGTERM and SIGINT let running requests finish; a second one ends at once. SIGHUP reads the settings again.

            Examples:
              michat serve --model model.gguf
              michat serve --model model.gguf --host 0.0.0.0 --api-key-file keys
              michat serve --config /etc/michat/michat.toml --print-config
            """)

    @Option(help: ArgumentHelp("The settings file; also MICHAT_CONFIG.", valueName: "file"))
    var config: String?

    @Flag(help: "Print every setting with its origin, and end.")
    var printConfig = false

    @OptionGroup
    var flags: SettingsFlags

    func run() throws {
        try reporting {
            let sources = SettingsSources(config: config, flags: flags.given)
            let settings = try sources.resolve()
            if printConfig {
                Terminal.write(SettingsManual.listing(settings))
                return
            }
            let listening = try serve(settings, sources)
            withExtendedLifetime(listening) { dispatchMain() }
        }
    }

    /// Opens the door first, so that clients are told to wait, then loads the model.
    ///
    /// - Returns: what listens to signals and the clock.
    private func serve(
        _ settings: ResolvedSettings, _ sources: SettingsSources
    ) throws -> [any DispatchSourceProtocol] {
        let configuration = settings.configuration
        let model = try ModelFile(configuration)
        let plan = try ServingPlan(model.file, configuration.engine)
        try plan.check()
        let keys = try Wiring.keys(configuration.http)

        let log = Wiring.log(configuration.log, label: "michat")
        let trace = Wiring.trace(configuration.log)
        var registry = Registry(commonLabels: ["model_name": model.servedName(configuration), "engine": "0"])
        let engineMetrics = EngineMetrics(in: &registry)
        let httpMetrics = HTTPMetrics(registry: &registry)
        let serviceMetrics = ServiceMetrics(in: &registry)
        let exposition = registry
        let host = ModelHost()
        let service = Service(
            settings: Wiring.service(configuration), authentication: Authentication(keys: keys), host: host,
            observers: Service.Observers(
                metrics: serviceMetrics, log: log, trace: trace, exposition: { exposition.exposition() }))
        let listener = Listener(
            services: ServerServices(
                router: service.router(), errorBody: Service.errorBody, log: log, trace: trace, metrics: httpMetrics),
            limits: Wiring.limits(configuration.http))
        let lifecycle = Lifecycle(listener: listener, host: host, log: log, settings: (settings, sources))
        var listening = lifecycle.handleSignals()
        let address = try listen(listener, configuration.http)

        Terminal.note("memory: \(plan.arithmetic)")
        let start = Clock.monotonicSeconds()
        let loaded = try load(model, plan, configuration, host)
        let engine = try Wiring.engine(
            loaded, configuration.engine,
            Surroundings(metrics: engineMetrics, trace: trace, clock: Clock.monotonicSeconds))
        try warmUp(engine)
        host.serve(Backend(engine: engine, model: Wiring.servedModel(loaded)))
        listening += lifecycle.started(engine, settings: configuration.engine)
        announce(address, loaded, seconds: Clock.monotonicSeconds() - start, needsKey: !keys.isEmpty)
        return listening
    }

    private func listen(_ listener: Listener, _ settings: Configuration.HTTP) throws -> SocketAddress {
        let wanted = SocketAddress(host: settings.host, port: UInt16(clamping: settings.port))
        do {
            return try listener.start(address: wanted)
        } catch {
            guard error.code == EADDRINUSE else { throw CommandFailure("cannot listen on \(wanted): \(error)") }
            throw CommandFailure(
                "\(wanted) is in use by another program; choose another port with --port, or 0 for any free one")
        }
    }

    private func load(
        _ model: ModelFile, _ plan: ServingPlan, _ settings: Configuration, _ host: ModelHost
    ) throws -> LoadedModel {
        var bar = LoadProgressBar(isShown: Terminal.isErrorInteractive)
        if !Terminal.isErrorInteractive { Terminal.note("loading \(model.file.path)") }
        var percent = -1
        return try LoadedModel.load(model, plan, settings) { progress in
            bar.show(progress)
            let now = Int(progress.fraction * 100)
            guard now > percent else { return }
            percent = now
            host.report(loading: "\(now) %")
            ServiceManager.status("loading, \(now) %")
        }
    }

    /// Produces one token, so that readiness is something that has been seen.
    private func warmUp(_ engine: Engine) throws {
        let done = DispatchSemaphore(value: 0)
        let reason = Warmth()
        var sampling = SamplingParameters.neutral(seed: 0)
        sampling.temperature = 0
        let request = GenerationRequest(
            prompt: [0], maximumTokens: 1, sampling: sampling, promptLogprobs: nil, priority: 0, cacheSalt: [])
        engine.submit(request) { event in
            guard case .finished(let ending, _) = event else { return }
            reason.set(ending)
            done.signal()
        }
        done.wait()
        guard case .length? = reason.value else {
            throw CommandFailure("the engine cannot produce a token: \(reason.value.map { "\($0)" } ?? "no answer")")
        }
    }

    private func announce(_ address: SocketAddress, _ loaded: LoadedModel, seconds: Double, needsKey: Bool) {
        let isAnyAddress = ["0.0.0.0", "::"].contains(address.host)
        let url = "http://" + SocketAddress(host: isAnyAddress ? "127.0.0.1" : address.host, port: address.port).description
        let key = needsKey ? " -H \"authorization: Bearer $OPENAI_API_KEY\"" : ""
        let body = #"{"model":"default","messages":[{"role":"user","content":"Say hello."}],"stream":true}"#
        Terminal.note(
            """
            \(Terminal.harmless(loaded.name)): \(loaded.summary), loaded in \(Int(seconds * 1000)) ms
            michat is ready at \(url)

              curl -N \(url)/v1/chat/completions\(key) -H 'content-type: application/json' -d '\(body)'

            """)
    }
}
