import HTTPClient
import Platform
import Serving
import Settings

/// A server of this process on a port that nobody else knows, with a key that nobody else has.
struct EmbeddedServer {
    /// Talks to it.
    let client: HTTPClient
    /// The model that it serves.
    let loaded: LoadedModel
    /// Lives as long as somebody is to be answered.
    private let daemon: Daemon

    /// Loads the model of the settings and serves it.
    ///
    /// - Parameter given: keys of settings that somebody has set.
    init(_ wanted: Configuration, given: Set<String>) throws {
        var settings = wanted
        settings.http.host = "127.0.0.1"
        settings.http.port = 0
        settings.http.apiKeyFile = ""
        settings.http.apiKey = Randomness.bytes(24).map { String($0, radix: 16) }.joined()
        settings.log.level = "error"
        daemon = try Daemon(settings, given: given)
        let address = try daemon.listen()
        var bar = LoadProgressBar(verb: "loading", isShown: Terminal.isErrorInteractive)
        loaded = try daemon.load { bar.show($0) }
        client = try HTTPClient(url: "http://\(address)", key: settings.http.apiKey)
    }
}
