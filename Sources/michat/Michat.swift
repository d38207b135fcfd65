import ArgumentParser

/// The one binary: every command hangs below it.
@main
struct Michat: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "michat",
        abstract: "Serves chat models over OpenAI's API, on this machine.",
        discussion: """
            Examples:
              michat serve --model model.gguf
              michat chat --url http://127.0.0.1:8080
              michat inspect model.gguf

            A command that fails exits with 1; one that was called wrongly, or with settings that cannot be, with 64.
            """,
        version: Version.text,
        subcommands: [
            Serve.self, Chat.self, Inspect.self, Convert.self, Tokenize.self, Template.self, Bench.self,
            Perplexity.self, Health.self, Conform.self, ShowSettings.self,
        ])
}

/// What this build calls itself.
enum Version {
    static let text = "0.1.0"
}
