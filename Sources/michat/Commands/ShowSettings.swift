import ArgumentParser
import Platform
import Settings

/// The documentation of the settings.
struct ShowSettings: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Print every setting with its default, as a settings file or as a table.",
        discussion: """
            Examples:
              michat settings > michat.toml
              michat settings --table
            """)

    @Flag(help: "Print a table in Markdown.")
    var table = false

    func run() { Terminal.write(table ? SettingsManual.markdownTable() : SettingsManual.defaultFile()) }
}
