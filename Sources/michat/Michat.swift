import ArgumentParser

/// The one binary: every command hangs below it.
@main
struct Michat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "michat", abstract: "Serves chat models over OpenAI's API, on this machine.")
}
