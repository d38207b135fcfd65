import ArgumentParser
import Grammar
import JSON
import Platform
import Serving

/// What structured output costs.
struct BenchGrammar: ParsableCommand {
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
            let bench = try GrammarBench(try ModelFile(path: model).tokenizer())
            var table = FigureTable([
                ("schema", "schema"), ("compile_ms", "compile ms"), ("first_median_us", "first: median µs"),
                ("first_worst_us", "worst"), ("later_median_us", "later: median µs"), ("later_p99_us", "p99"),
                ("later_worst_us", "worst"), ("forced", "forced"), ("kept_bytes", "kept bytes"),
            ])
            for one in GrammarCase.all { table.add(Self.row(one.name, try bench.run(one, answers: answers))) }
            report(table, bench)
        }
    }

    private static func row(_ name: String, _ figures: GrammarBench.Figures) -> [FigureTable.Figure] {
        let quantile = { (values: [Double], part: Double) in
            FigureTable.Figure.number(GrammarBench.Figures.quantile(values, part), decimals: 1)
        }
        return [
            .text(name), .number(figures.compile / 1000, decimals: 1), quantile(figures.first, 0.5),
            quantile(figures.first, 1), quantile(figures.later, 0.5), quantile(figures.later, 0.99),
            quantile(figures.later, 1), .share(Double(figures.forced) / Double(figures.tokens)),
            .count(figures.keptBytes),
        ]
    }

    private func report(_ table: FigureTable, _ bench: GrammarBench) {
        guard json else {
            Terminal.print(
                "\(bench.vocabulary.count) tokens, made ready in \(Int(bench.vocabularySeconds * 1000)) ms\n")
            for line in table.lines { Terminal.print(line) }
            return
        }
        let object: JSONObject = [
            "vocabulary": .int(Int64(bench.vocabulary.count)),
            "vocabulary_seconds": .double(bench.vocabularySeconds), "schemas": table.json,
        ]
        Terminal.print(JSONValue.object(object).serialized())
    }
}
