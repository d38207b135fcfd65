import Dispatch
import Engine
import Glibc
import HTTPServer
import OpenAI
import Platform
import Service
import Serving
import Settings
import Synchronization
import Telemetry
import Weights

/// Start, drain and end of a serving process.
final class Lifecycle: Sendable {
    private struct State {
        var settings: ResolvedSettings
        var isStopping = false
        var needsKey: Bool
    }

    /// Time for the last bytes to reach their readers after the last request has ended.
    private static let flushSeconds = 5.0

    /// Time for the last lines to be written, where somebody reads them.
    private static let logSeconds = 0.5

    private let listener: Listener
    private let host: ModelHost
    private let service: Service
    private let replacement: ModelReplacement
    private let log: Log
    private let sources: SettingsSources
    private let queue = DispatchQueue(label: "lifecycle")
    private let state: Mutex<State>

    init(_ daemon: Daemon, settings: ResolvedSettings, sources: SettingsSources) {
        listener = daemon.listener
        host = daemon.host
        service = daemon.service
        replacement = daemon.replacement
        log = daemon.log
        self.sources = sources
        state = Mutex(State(settings: settings, needsKey: daemon.needsKey))
    }

    /// From now on SIGTERM and SIGINT end the process in good order, and SIGHUP reads the settings again.
    ///
    /// - Returns: the sources, which listen as long as somebody holds them; they keep this object.
    func handleSignals() -> [any DispatchSourceProtocol] {
        // A write to a closed pipe is an error and not the end of the process.
        _ = signal(SIGPIPE, SIG_IGN)
        return [
            on(SIGTERM) { $0.stop() }, on(SIGINT) { $0.stop() }, on(SIGHUP) { $0.service.reloads.request { _ in } },
        ]
    }

    /// The first model answers; the service manager hears so, and from now on hears that the engines live. A caller that asked
    /// for the settings to be read again meanwhile has his turn.
    ///
    /// - Returns: the timer of the watchdog, which runs as long as somebody holds it.
    func started() -> [any DispatchSourceProtocol] {
        ServiceManager.status("serving")
        ServiceManager.ready()
        // The process never lets go of this object.
        service.reloads.open { [self] in reload() }
        guard let interval = ServiceManager.watchdogIntervalSeconds() else { return [] }
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now(), repeating: interval / 2)
        let stuckSeconds = state.withLock { $0.settings.configuration.engine.stuckSeconds }
        timer.setEventHandler { [host] in
            // A step that hangs stops the heartbeat, and with it the pings: the service manager starts us anew.
            if host.isAlive(stuckSeconds: stuckSeconds, now: Clock.monotonicSeconds()) { ServiceManager.watchdogPing() }
        }
        timer.resume()
        return [timer]
    }

    /// Lets running requests finish, then ends the process with 0; called again, ends it at once.
    func stop() {
        let (isFirst, grace) = state.withLock { state in
            defer { state.isStopping = true }
            return (!state.isStopping, state.settings.configuration.shutdown.graceSeconds)
        }
        guard isFirst else {
            log.warning("stopped at once", [:])
            StandardError.lines.flush(seconds: Self.logSeconds)
            _exit(1)
        }
        log.info("stopping", ["grace_seconds": "\(grace)"])
        ServiceManager.status("draining")
        ServiceManager.stopping()
        host.drain()
        // Until the last answer is complete, newcomers are told to go elsewhere rather than turned away unheard.
        let engines = host.engines
        drain(engines, grace) { [self] in
            listener.drain { [self] in finish() }
            queue.asyncAfter(deadline: .now() + Self.flushSeconds) { self.listener.stop { self.finish() } }
        }
    }

    /// Ends the engines of all models, each when its last answer is complete.
    private func drain(_ engines: [Engine], _ graceSeconds: Double, _ completion: @escaping @Sendable () -> Void) {
        let group = DispatchGroup()
        for engine in engines {
            group.enter()
            engine.drain(graceSeconds: graceSeconds) { group.leave() }
        }
        group.notify(queue: queue, execute: completion)
    }

    private func finish() -> Void {
        log.info("stopped", [:])
        StandardError.lines.flush(seconds: Self.logSeconds)
        // Threads of the engine and the pool may still run: static objects must not be torn down below them.
        _exit(0)
    }

    /// Reads settings and keys again, takes over what may change while running, and replaces the model if that is asked for.
    private func reload() -> ReloadReport {
        ServiceManager.reloading()
        ServiceManager.status("reading the settings again")
        defer {
            if !state.withLock({ $0.isStopping }) {
                ServiceManager.status(host.isServing ? "serving" : "no model can be loaded; see the log")
                ServiceManager.ready()
            }
        }
        let newer: ResolvedSettings
        do {
            newer = try sources.resolve()
            try takeKeys(newer)
        } catch {
            log.error("the settings cannot be read again; nothing has changed", ["reason": "\(error)"])
            return ReloadReport(.failed, reason: "\(error)")
        }
        let old = state.withLock { $0.settings }
        let simple = old.reloaded(from: newer, [.signal])
        let whole = old.reloaded(from: newer)
        state.withLock { $0.settings = simple.settings }
        log.info(
            "settings read again",
            ["taken": whole.taken.joined(separator: ","), "need_restart": whole.left.joined(separator: ",")])
        return replaceModel(whole.settings, whole.taken, simple: simple.taken, needRestart: whole.left)
    }

    private func takeKeys(_ newer: ResolvedSettings) throws {
        let result = state.withLock { $0.settings }.reloaded(from: newer, [.signal])
        let keys = try APIKeyFile.keys(of: result.settings.configuration.http)
        // A mistake in a file must not open the door: that takes a restart.
        guard !keys.isEmpty || !state.withLock({ $0.needsKey }) else { throw CommandFailure("no key is left") }
        service.replaceKeys(Authentication(keys: keys))
        state.withLock { $0.needsKey = !keys.isEmpty }
    }

    /// Loads the model that the settings name, if it is another one.
    private func replaceModel(
        _ settings: ResolvedSettings, _ taken: [String], simple: [String], needRestart: [String]
    ) -> ReloadReport {
        let configuration = settings.configuration
        do throws(ServingError) {
            let outcome = try replacement.replace(
                with: configuration, given: Set(settings.origins.keys), isAsked: taken != simple,
                graceSeconds: configuration.shutdown.graceSeconds)
            state.withLock { $0.settings = settings }
            guard case .replaced(let summary) = outcome else {
                return ReloadReport(.unchanged, taken: taken, needRestart: needRestart)
            }
            log.info("model replaced", ["model": configuration.model.path, "detail": summary])
            return ReloadReport(.replaced, taken: taken, needRestart: needRestart)
        } catch {
            let reason = Quotation.shortened(error.description, to: 4096)
            let state = host.isServing ? "the one before it goes on" : "the one before it cannot be loaded again"
            log.error("the model cannot be replaced; \(state)", ["reason": reason])
            return ReloadReport(.failed, taken: simple, needRestart: needRestart, reason: reason)
        }
    }

    private func on(
        _ number: CInt, _ body: @escaping @Sendable (Lifecycle) -> Void
    ) -> any DispatchSourceProtocol {
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { body(self) }
        source.resume()
        return source
    }
}
