import ArgumentParser
import Bench
import Models
import Platform
import Serving
import Settings
import Tokenization

/// The perplexity of a model on a text: the measure of what a format or a kernel costs in quality.
struct Perplexity: Command {
    static let configuration = CommandConfiguration(
        abstract: "Measure the perplexity of a model on a text.",
        discussion: """
            Cuts the text into windows and prints the mean negative log-probability of their tokens, and e to that. Run \
            twice with different settings, it shows what they cost in quality. Against another model with the same \
            tokens it also prints how far the two distributions are apart: the mean Kullback-Leibler divergence. --help-hidden shows \
            the other settings.

            Examples:
              michat perplexity --model model.gguf --file text.txt
              michat perplexity --model model.gguf --file text.txt --engine.activations f32 --engine.kv_format f32
              michat perplexity --model FOLDER --quantize q4_k --against FOLDER --file text.txt
            """)

    @Option(help: "The text; - for standard input.")
    var file: String

    @Option(help: "Tokens of a window.")
    var window = 512

    @Option(help: "Tokens of the text that are scored at most; 0 for all.")
    var tokens = 0

    @Option(help: ArgumentHelp("Compare with this model, its weights as stored, nothing rounded.", valueName: "path"))
    var against: String?

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
            var run = try PerplexityRun(loaded, reference: try reference(settings, loaded), window: window)
            let start = Clock.monotonicSeconds()
            run.score(ids)
            guard run.isFinite else {
                throw CommandFailure("the model's logits are not numbers: its weights or a kernel must be damaged")
            }
            guard run.count > 0 else { throw CommandFailure("\(TextFile.name(file)): the text is too short") }
            run.report(
                kvFormat: settings.engine.kvFormat, seconds: Clock.monotonicSeconds() - start, json: options.json)
        }
    }

    /// The model to compare with, computed as exactly as can be.
    private func reference(_ given: Configuration, _ loaded: LoadedModel) throws -> LoadedModel? {
        guard let against else { return nil }
        var settings = given
        settings.model.path = against
        settings.model.quantize = "none"
        settings.engine.activations = "f32"
        settings.engine.kvFormat = "f32"
        let reference = try options.load(settings)
        guard reference.plan.shape.usableVocabulary == loaded.plan.shape.usableVocabulary else {
            throw CommandFailure("\(against): its vocabulary is not that of \(given.model.path)")
        }
        guard window <= reference.plan.extent.context else {
            throw ValidationError("--window must be at most the context of \(reference.plan.extent.context)")
        }
        return reference
    }
}
