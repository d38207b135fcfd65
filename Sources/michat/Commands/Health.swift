import ArgumentParser
import HTTPClient
import Platform
import Settings

/// Whether a server can answer.
struct Health: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a server whether it can answer: exit 0 if so, 1 if not.",
        discussion: """
            Without --url it asks the server that the same settings would start. --live is content when the process \
            answers at all, as it does while its model is loading.

            Examples:
              michat health
              michat health --url http://127.0.0.1:8080 --live
            """)

    @Option(help: "The server's address.")
    var url: String?

    @Flag(help: "Ask whether the process answers, not whether it can produce a token.")
    var live = false

    @Option(help: "Seconds to wait for an answer.")
    var timeout = 5

    @Flag(help: "Print nothing.")
    var quiet = false

    @Option(help: ArgumentHelp("The settings file; also MICHAT_CONFIG.", valueName: "file"))
    var config: String?

    func run() throws {
        guard (1...3600).contains(timeout) else { throw ValidationError("--timeout takes 1 to 3600 seconds") }
        let answer: ClientAnswer
        do {
            let client = try HTTPClient(url: url ?? settingsURL(), key: nil)
            answer = try client.answer(
                to: ClientRequest("GET", live ? "/health" : "/ready"),
                limits: .answer(seconds: Double(timeout), bodyBytes: 1 << 20))
        } catch {
            if !quiet { Terminal.note("\(error)") }
            throw ExitCode(1)
        }
        if !quiet { Terminal.print(Terminal.harmless(String(decoding: answer.body, as: UTF8.self))) }
        guard answer.status == 200 else { throw ExitCode(1) }
    }

    private func settingsURL() throws -> String {
        let http = try SettingsSources(config: config, flags: [:]).resolve().configuration.http
        let host = ["0.0.0.0", "::", ""].contains(http.host) ? "127.0.0.1" : http.host
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(http.port)"
    }
}
