import ArgumentParser
import JSON
import Kernels
import Models
import Platform
import Settings
import Tokenization

/// How well a model foretells a text: the measure of what a format or a kernel costs in quality.
struct Perplexity: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how well a model foretells a text.",
        discussion: """
            Cuts the text into windows and prints the mean negative log-probability of their tokens, and e to that. Run \
            twice with different settings, it shows what they cost in quality.

            Examples:
              michat perplexity --model model.gguf --file text.txt
              michat perplexity --model model.gguf --file text.txt --engine.activations f32 --engine.kv_format f32
            """)

    @Option(help: "The text; - for standard input.")
    var file: String

    @Option(help: "Tokens of a window.")
    var window = 512

    @Option(help: "Tokens of the text that are scored at most; 0 for all.")
    var tokens = 0

    @OptionGroup
    var options: BenchOptions

    func run() throws {
        try reporting {
            let settings = try options.settings()
            let text = try TextFile.text(file)
            let loaded = try options.load(settings)
            guard (2...loaded.plan.extent.context).contains(window), tokens >= 0 else {
                throw ValidationError(
                    "--window must be from 2 to the context of \(loaded.plan.extent.context), --tokens at least 0")
            }
            var ids = loaded.tokenizer.encode(text, specialTokens: false, addBOS: false)
            if tokens > 0 { ids = Array(ids.prefix(tokens)) }
            var run = try PerplexityRun(loaded, window: window)
            let start = Clock.monotonicSeconds()
            run.score(ids)
            guard run.isFinite else {
                throw CommandFailure("the model's logits are not numbers: its weights or a kernel must be damaged")
            }
            guard run.count > 0 else { throw CommandFailure("\(TextFile.name(file)): the text is too short") }
            report(run, loaded, kvFormat: settings.engine.kvFormat, seconds: Clock.monotonicSeconds() - start)
        }
    }

    private func report(_ run: PerplexityRun, _ loaded: LoadedModel, kvFormat: String, seconds: Double) {
        let compute = loaded.compute
        guard options.json else {
            Terminal.print("\(Terminal.harmless(loaded.name)): \(loaded.summary)")
            let mean = FigureTable.Figure.number(run.meanNats, decimals: 5).shown
            let perplexity = FigureTable.Figure.number(run.perplexity, decimals: 4).shown
            Terminal.print(
                "activations \(compute.activations.rawValue), keys and values \(kvFormat), windows of \(window)")
            Terminal.print("\(run.count) tokens, \(mean) nats a token, perplexity \(perplexity)")
            return
        }
        let object: JSONObject = [
            "model": .string(loaded.name), "instruction_set": .string(compute.instructionSet.rawValue),
            "threads": .int(Int64(compute.threads)), "activations": .string(compute.activations.rawValue),
            "kv_format": .string(kvFormat), "window": .int(Int64(window)), "tokens": .int(Int64(run.count)),
            "mean_nats": .double(run.meanNats), "perplexity": .double(run.perplexity), "seconds": .double(seconds),
        ]
        Terminal.print(JSONValue.object(object).serialized())
    }
}
