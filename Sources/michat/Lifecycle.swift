import Dispatch
import Engine
import Glibc
import HTTPServer
import Platform
import Service
import Serving
import Settings
import Synchronization
import Telemetry

/// Start, drain and end of a serving process.
final class Lifecycle: Sendable {
    private struct State {
        var engine: Engine?
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
    private let log: Log
    private let sources: SettingsSources
    private let queue = DispatchQueue(label: "lifecycle")
    private let state: Mutex<State>

    init(_ daemon: Daemon, settings: ResolvedSettings, sources: SettingsSources) {
        listener = daemon.listener
        host = daemon.host
        service = daemon.service
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
        return [on(SIGTERM) { $0.stop() }, on(SIGINT) { $0.stop() }, on(SIGHUP) { $0.reload() }]
    }

    /// The engine answers; the service manager hears so, and from now on hears that it lives.
    ///
    /// - Returns: the timer of the watchdog, which runs as long as somebody holds it.
    func started(_ engine: Engine, settings: Configuration.Engine) -> [any DispatchSourceProtocol] {
        state.withLock { $0.engine = engine }
        ServiceManager.status("serving")
        ServiceManager.ready()
        guard let interval = ServiceManager.watchdogIntervalSeconds() else { return [] }
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now(), repeating: interval / 2)
        timer.setEventHandler {
            // A step that hangs stops the heartbeat, and with it the pings: the service manager starts us anew.
            let silence = Clock.monotonicSeconds() - engine.load.heartbeatSeconds
            if silence < settings.stuckSeconds { ServiceManager.watchdogPing() }
        }
        timer.resume()
        return [timer]
    }

    /// Lets running requests finish, then ends the process with 0; called again, ends it at once.
    func stop() {
        let (isFirst, engine, grace) = state.withLock { state in
            defer { state.isStopping = true }
            return (!state.isStopping, state.engine, state.settings.configuration.shutdown.graceSeconds)
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
        guard let engine else {
            finish()
            return
        }
        // Until the last answer is complete, newcomers are told to go elsewhere rather than turned away unheard.
        engine.drain(graceSeconds: grace) { [self] in
            listener.drain { [self] in finish() }
            queue.asyncAfter(deadline: .now() + Self.flushSeconds) { self.listener.stop { self.finish() } }
        }
    }

    private func finish() -> Void {
        log.info("stopped", [:])
        StandardError.lines.flush(seconds: Self.logSeconds)
        // Threads of the engine and the pool may still run: static objects must not be torn down below them.
        _exit(0)
    }

    /// Reads settings and keys again and takes over what may change while running.
    private func reload() {
        do {
            let newer = try sources.resolve()
            let (old, neededKey) = state.withLock { ($0.settings, $0.needsKey) }
            let result = try old.reloaded(from: newer)
            let keys = try APIKeyFile.keys(of: result.settings.configuration.http)
            // A mistake in a file must not open the door: that takes a restart.
            guard !keys.isEmpty || !neededKey else { throw CommandFailure("no key is left") }
            service.replaceKeys(Authentication(keys: keys))
            state.withLock { state in
                state.settings = result.settings
                state.needsKey = !keys.isEmpty
            }
            log.info(
                "settings read again",
                [
                    "taken": result.taken.joined(separator: ","), "need_restart": result.left.joined(separator: ","),
                ])
        } catch {
            log.error("the settings cannot be read again; nothing has changed", ["reason": "\(error)"])
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
