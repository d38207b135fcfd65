import ArgumentParser
import JSON
import Platform
import Serving
import Settings

/// What is in a model, and how much memory it will take.
struct Inspect: Command {
    static let configuration = CommandConfiguration(
        abstract: "Show what is in a model, and how much memory it will take.",
        discussion: """
            Exits with 1 when the model cannot be served, here and with these settings; the report says why.

            Examples:
              michat inspect model.gguf
              michat inspect model.gguf --tensors --context 4096
              michat inspect MiMo-7B-RL --json
            """)

    @Argument(help: "A GGUF file, or a folder as published.")
    var file: String

    @Flag(help: "List every tensor.")
    var tensors = false

    @Flag(help: "List every metadata key.")
    var metadata = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Engine")
    var engine: SectionFlags<EngineSection>

    func run() throws {
        try reporting {
            let settings = try SettingsSources(config: nil, flags: engine.given).resolve()
            let report = try ModelReport(ModelFile(path: file), settings.configuration)
            if json {
                Terminal.print(report.json(tensors: tensors).serialized())
            } else {
                Terminal.write(report.text(tensors: tensors, metadata: metadata))
            }
            guard report.isServable else { throw ExitCode(1) }
        }
    }
}
