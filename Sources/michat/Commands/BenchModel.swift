import ArgumentParser
import Bench
import Settings

/// The speed of the whole model.
struct BenchModel: Command {
    static let parent: String? = "bench"

    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Prompt and decode speed of a model.",
        discussion: """
            Measures the forward pass alone: no sampling, no network. Every figure is the best of --repeats runs. Bytes \
            are those of the weights, keys and values that a step has to read once, operations those of its products and \
            its attention; shares are of what all threads together read from memory, and of their fastest arithmetic. Rows \
            are named as by llama-bench: pp512 reads a prompt of 512 tokens, tg32@d128x8 decodes 32 tokens in each of 8 \
            sequences behind 128 others.

            Examples:
              michat bench model --model model.gguf
              michat bench model --model model.gguf --prompt 512 --batch 1,8 --threads 1 --json
            """)

    @Option(help: "Lengths of prompts, separated by commas.")
    var prompt = "128,512,1500"

    @Option(help: "Numbers of sequences that decode together, separated by commas.")
    var batch = "1,2,4,8,16,32"

    @Option(help: "Tokens that stand in the cache before several sequences decode.")
    var depth = 128

    @Option(help: "Lengths of history with which one sequence decodes; those beyond the context are left out.")
    var history = "100,8000"

    @Option(help: "Steps of decoding that are measured together.")
    var steps = 32

    @Option(help: "Runs of every measurement.")
    var repeats = 3

    @OptionGroup
    var options: BenchOptions

    func run() throws {
        try reporting {
            guard (1...1_000_000).contains(depth), (1...100_000).contains(steps), (1...1000).contains(repeats) else {
                throw ValidationError("--depth, --steps and --repeats must be at least 1")
            }
            let bench = ModelBench(
                prompts: try BenchOptions.numbers(prompt, "--prompt", 1...1_000_000),
                batches: try BenchOptions.numbers(batch, "--batch", 1...1024),
                histories: try BenchOptions.numbers(history, "--history", 1...1_000_000), depth: depth, steps: steps)
            let settings = try options.settings()
            try bench.run(
                options.load(settings), kvFormat: settings.engine.kvFormat, repeats: repeats, json: options.json)
        }
    }
}
