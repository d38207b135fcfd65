import ArgumentParser
import Glibc
import Platform
import Settings

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

    /// Checks what the argument parser would not name, and leaves the rest to it.
    static func main() {
        let words = CommandLine.arguments
        // They come from /proc/self/cmdline: without it every call would look like one for help, and succeed.
        guard !words.isEmpty else {
            Terminal.note("Error: the arguments cannot be read: /proc is not mounted")
            _exit(1)
        }
        if words.count > 1, let refusal = refusal(of: words[1]) {
            Terminal.note("Error: \(refusal)")
            _exit(ExitCode.validationFailure.rawValue)
        }
        main(nil)
    }

    /// What there is to say about a first word that is no command; nil for commands and flags.
    private static func refusal(of word: String) -> String? {
        let names = configuration.subcommands.map { $0.commandWord }
        guard !word.hasPrefix("-"), word != "help", !names.contains(word) else { return nil }
        return "no command '\(Terminal.harmless(word))'; the commands are \(names.joined(separator: ", "))"
    }
}
