import ArgumentParser
import Dispatch
import HTTP
import Models
import Platform
import Serving
import Settings
import Telemetry

/// The daemon.
struct Serve: Command {
    static let configuration = CommandConfiguration(
        abstract: "Serve a model over OpenAI's API.",
        discussion: """
            Every setting is a flag (--http.port), a variable (MICHAT_HTTP_PORT) and a key of the settings file; \
            the common ones have a short name (--port, MICHAT_PORT) and stand below. --help-hidden shows all of them, and \
            'michat settings' prints them as a settings file. A flag beats a variable, a variable the file.

            SIGTERM and SIGINT let running requests finish; a second one ends at once. SIGHUP reads the settings \
            again, and replaces the model while serving if they name another one or its file has changed.

            Examples:
              michat serve model.gguf
              michat serve --model model.gguf --host 0.0.0.0 --api-key-file keys
              michat serve --config /etc/michat/michat.toml --print-config
            """)

    @Argument(help: "The model, instead of --model: a GGUF file, or a folder as published.")
    var file: String?

    @Option(help: ArgumentHelp("The settings file; also MICHAT_CONFIG.", valueName: "file"))
    var config: String?

    @Flag(help: "Print every setting with its origin, and end.")
    var printConfig = false

    @OptionGroup
    var flags: SettingsFlags

    func run() throws {
        try reporting {
            let sources = SettingsSources(config: config, flags: try given)
            let settings = try sources.resolve()
            if printConfig {
                Terminal.write(SettingsManual.listing(settings))
                return
            }
            let listening: [any DispatchSourceProtocol]
            do {
                listening = try serve(settings, sources)
            } catch {
                // `systemctl status` shows this line when the journal's are not there.
                ServiceManager.status("failed: \(error)")
                let notes = try StartNotes(settings.configuration, label: "michat")
                let isTold = notes.failed("\(error)")
                // What was said so far comes before the error.
                StandardError.lines.flush(seconds: 0.5)
                throw isTold ? ExitCode.failure : error
            }
            withExtendedLifetime(listening) { dispatchMain() }
        }
    }

    /// What was given: values by the name of the flag; the file counts as --model.
    private var given: [String: String] {
        get throws {
            var given = flags.given
            guard let file else { return given }
            guard given["model"] == nil, given["model.path"] == nil else {
                throw ValidationError("the model is given twice: '\(file)' and with --model")
            }
            given["model"] = file
            return given
        }
    }

    /// - Returns: what listens to signals and the clock.
    private func serve(
        _ settings: ResolvedSettings, _ sources: SettingsSources
    ) throws -> [any DispatchSourceProtocol] {
        let start = Clock.monotonicSeconds()
        try prepare(settings.configuration)
        let daemon = try Daemon(settings.configuration, given: Set(settings.origins.keys))
        let lifecycle = Lifecycle(daemon, settings: settings, sources: sources)
        var listening = lifecycle.handleSignals()
        let address = try daemon.listen()
        let notes = try StartNotes(settings.configuration, daemon.log)
        notes.note("memory", daemon.opened.plan.arithmetic)
        if let recommended = daemon.opened.recommended.summary {
            notes.note("sampling as the model recommends, where it is not set", recommended)
        }
        if !Terminal.isErrorInteractive { notes.note("loading", settings.configuration.model.path, separator: " ") }
        var bar = LoadProgressBar(verb: "loading", isShown: Terminal.isErrorInteractive)
        var percent = -1
        let loaded = try daemon.load {
            bar.show($0)
            guard Int($0.fraction * 100) > percent else { return }
            percent = Int($0.fraction * 100)
            ServiceManager.status("loading, \(percent) %")
        }
        listening += lifecycle.started()
        notes.note(
            Terminal.harmless(loaded.name),
            "\(loaded.summary), ready after \(Int((Clock.monotonicSeconds() - start) * 1000)) ms")
        warn(daemon, address, settings)
        announce(address, needsKey: daemon.needsKey, notes)
        return listening
    }

    /// A server that nobody needs a key for is worth a line where others can reach it, or where somebody meant to give one:
    /// `--api-key "$KEY"` with a variable that is not set.
    private func warn(_ daemon: Daemon, _ address: SocketAddress, _ settings: ResolvedSettings) {
        guard !daemon.needsKey else { return }
        switch settings.origin(of: "http.api_key") {
        case .flag, .variable:
            daemon.log.warning(
                "the key that was given is empty: nobody needs one",
                ["set": "\(settings.origin(of: "http.api_key"))"])
        case .builtIn, .file: break
        }
        guard !HostRule.isLoopback(host: address.host) else { return }
        daemon.log.warning(
            "anyone who reaches this address can use the server: it listens beyond loopback without a key",
            ["address": "\(address)", "set": "http.api_key_file"])
    }

    /// Where the server is, and a line that can be pasted.
    private func announce(_ address: SocketAddress, needsKey: Bool, _ notes: StartNotes) {
        let isAnyAddress = ["0.0.0.0", "::"].contains(address.host)
        let reachable = SocketAddress(host: isAnyAddress ? "127.0.0.1" : address.host, port: address.port)
        let key = needsKey ? " -H \"authorization: Bearer $OPENAI_API_KEY\"" : ""
        let body = #"{"model":"default","messages":[{"role":"user","content":"Say hello."}],"stream":true}"#
        notes.ready(
            reachable,
            example:
                "curl -N http://\(reachable)/v1/chat/completions\(key) -H 'content-type: application/json' -d '\(body)'"
        )
    }

    /// What has to be in order before there are other threads.
    private func prepare(_ settings: Configuration) throws {
        Allocator.shared.configure()
        ProcessGuards.explainBusErrors(
            "Error: a file that is mapped into memory, such as cached weights, has been cut short or cannot be read; "
                + "start again to read it anew\n")
        guard !settings.process.coreDumps else { return }
        try ProcessGuards.forbidCoreDumps()
    }
}
