import ArgumentParser
import Bench
import Serving

/// What structured output costs.
struct BenchGrammar: Command {
    static let parent: String? = "bench"

    static let configuration = CommandConfiguration(
        commandName: "grammar",
        abstract: "What a token of structured output costs, and compiling a schema.",
        discussion: """
            Needs the model's vocabulary only, not its weights. Follows an answer of each of several common schemas: what \
            a token costs is asking what may come next and accepting what came. The first answer that ever uses a schema \
            finds only what compiling has prepared, later ones what others have left behind.

            Examples:
              michat bench grammar --model model.gguf
              michat bench grammar --model model.gguf --answers 100 --json
            """)

    @Option(help: ArgumentHelp("The model: a GGUF file, or a folder as published.", valueName: "file"))
    var model: String

    @Option(help: "Answers of every schema.")
    var answers = 20

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        try reporting {
            guard (2...100_000).contains(answers) else { throw ValidationError("--answers must be at least 2") }
            try GrammarBench(try ModelFile(path: model).tokenizer()).run(answers: answers, json: json)
        }
    }
}
