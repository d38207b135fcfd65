import ArgumentParser
import HTTPClient
import Platform
import Serving
import Settings
import TerminalChat

/// A conversation in the terminal.
struct Chat: Command {
    static let configuration = CommandConfiguration(
        abstract: "Talk with a model in the terminal.",
        discussion: """
            Talks to a server, or without --url with --model FILE to a model of its own. With --url, --model is the name of \
            the model to ask. A line that ends with \\ goes on in the next. Ctrl-C stops an answer. When standard input is \
            not a terminal, every line is a question.

            Questions typed into a terminal are kept for the next time in $XDG_STATE_HOME/michat/chat_history, usually \
            ~/.local/state/michat/chat_history; --chat.history false (or MICHAT_CHAT_HISTORY=false) keeps none.

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

    @Option(
        name: .customLong("set"), help: ArgumentHelp("A parameter, such as temperature=0.", valueName: "name=value"))
    var parameters: [String] = []

    @OptionGroup(title: "The conversation")
    var chat: SectionFlags<ChatSection>

    @OptionGroup(title: "A model of its own")
    var model: SectionFlags<ModelSection>

    @OptionGroup(title: "Engine")
    var engine: SectionFlags<EngineSection>

    func run() throws {
        try reporting {
            var conversation = Conversation(
                system: system, limits: Wiring.requestLimits(Configuration().api))
            try conversation.setParameters(parameters.joined(separator: " "))
            let wanted = model.given["model"] ?? model.given["model.path"]
            // With a server's address the flags of a model of its own mean nothing, but for the name.
            let flags = chat.given.merging(url == nil ? model.given.merging(engine.given) { $1 } : [:]) { $1 }
            let settings = try SettingsSources(config: nil, flags: flags).resolve()
            let history =
                settings.configuration.chat.history
                ? HistoryFile(environment: ProcessEnvironment.variables) : nil
            guard url == nil, wanted != nil else {
                let server = try remoteServer(model: wanted)
                return try ChatSession(server: server, conversation: conversation, history: history)
                    .run(title: Self.title)
            }
            let own = try ownServer(settings)
            try withExtendedLifetime(own) {
                let server = try ChatServer(own.client, place: "this process", model: nil)
                try ChatSession(server: server, conversation: conversation, history: history)
                    .run(title: Self.title)
            }
        }
    }

    private static let title = "michat \(Version.text)"

    private func remoteServer(model: String?) throws -> ChatServer {
        let environment = ProcessEnvironment.variables
        let address = url ?? environment["OPENAI_BASE_URL"] ?? "http://127.0.0.1:8080"
        let key = try keyFile.map { try TextFile.text($0).filter { !$0.isWhitespace } } ?? environment["OPENAI_API_KEY"]
        let client = try HTTPClient(url: address, key: key)
        return try ChatServer(client, place: Terminal.harmless(address), model: model)
    }

    private func ownServer(_ settings: ResolvedSettings) throws -> EmbeddedServer {
        let server = try EmbeddedServer(settings.configuration, given: Set(settings.origins.keys))
        if Terminal.isErrorInteractive {
            Terminal.note("\(Terminal.harmless(server.loaded.name)): \(server.loaded.summary)")
        }
        return server
    }
}
