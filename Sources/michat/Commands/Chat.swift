import ArgumentParser
import Dispatch
import FoundationEssentials
import Glibc
import JSON
import Settings

/// A conversation in the terminal.
struct Chat: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Talk with a model in the terminal.",
        discussion: """
            Talks to a server, or with --model to a model of its own. A line that ends with \\ goes on in the next. Ctrl-C \
            stops an answer. When standard input is not a terminal, every line is a question.

            Examples:
              michat chat --model model.gguf
              michat chat --url http://127.0.0.1:8080 --system "Answer in one sentence."
              echo "What is 2 + 2?" | michat chat --url http://127.0.0.1:8080
            """)

    @Option(help: "The server's address; also OPENAI_BASE_URL. Default: http://127.0.0.1:8080.")
    var url: String?

    @Option(help: ArgumentHelp("The file with the key to send; also OPENAI_API_KEY.", valueName: "file"))
    var keyFile: String?

    @Option(help: "An instruction that stands before the conversation.")
    var system: String?

    @Option(help: ArgumentHelp("The name of the model to ask for.", valueName: "name"))
    var ask = "default"

    @Option(
        name: .customLong("set"), help: ArgumentHelp("A parameter, such as temperature=0.", valueName: "name=value"))
    var parameters: [String] = []

    @OptionGroup(title: "A model of its own")
    var model: SectionFlags<ModelSection>

    @OptionGroup(title: "Engine")
    var engine: SectionFlags<EngineSection>

    func run() throws {
        try reporting {
            var conversation = Conversation(system: system)
            for parameter in parameters { try conversation.setParameter(parameter) }
            let isOwn = model.given["model"] != nil || model.given["model.path"] != nil
            guard !isOwn || url == nil else { throw ValidationError("give --url or --model, not both") }
            guard isOwn else {
                try ChatSession(client: remoteServer(), model: ask, conversation: conversation).run()
                return
            }
            let server = try ownServer()
            try withExtendedLifetime(server) {
                try ChatSession(client: server.client, model: ask, conversation: conversation).run()
            }
        }
    }

    private func remoteServer() throws -> HTTPClient {
        let environment = ProcessInfo.processInfo.environment
        let address = url ?? environment["OPENAI_BASE_URL"] ?? "http://127.0.0.1:8080"
        let key = try keyFile.map { try TextFile.text($0).filter { !$0.isWhitespace } } ?? environment["OPENAI_API_KEY"]
        return try HTTPClient(url: address, key: key, timeoutSeconds: 60)
    }

    private func ownServer() throws -> OwnServer {
        let flags = model.given.merging(engine.given) { first, _ in first }
        let settings = try SettingsSources(config: nil, flags: flags).resolve()
        let server = try OwnServer(settings.configuration, given: Set(settings.origins.keys), timeoutSeconds: 60)
        if Terminal.isErrorInteractive {
            Terminal.note("\(Terminal.harmless(server.loaded.name)): \(server.loaded.summary)")
        }
        return server
    }
}
