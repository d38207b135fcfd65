import ArgumentParser
import Bench
import Settings

/// Where a step's time goes.
struct BenchProfile: Command {
    static let parent: String? = "bench"

    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Where the time of a step goes, from kernels to sockets.",
        discussion: """
            Milliseconds of a decode step with several numbers of streams, and of whole prompts. The forward pass is \
            measured by itself, then inside an engine, then over HTTP with clients in the same process; the differences \
            are what the layers in between take. Fork-join is the cost of an empty job times the number of operations: a \
            part of the lines above it, not an addition.

            Examples:
              michat bench profile --model model.gguf
              michat bench profile --model model.gguf --batch 1 --prompt 512 --json
            """)

    @Option(help: "Numbers of sequences that decode together, separated by commas.")
    var batch = "1,8,32"

    @Option(help: "Lengths of prompts, separated by commas.")
    var prompt = "512,1500"

    @Option(help: "Tokens that stand in the cache before decoding is measured.")
    var depth = 128

    @Option(help: "Steps of decoding that are measured together.")
    var steps = 32

    @Option(help: "Runs of every measurement; the shortest counts.")
    var repeats = 3

    @OptionGroup
    var options: BenchOptions

    func run() throws {
        try reporting {
            guard (1...1_000_000).contains(depth), (8...100_000).contains(steps), (1...1000).contains(repeats) else {
                throw ValidationError("--depth and --repeats must be at least 1, --steps at least 8")
            }
            let decodes = try BenchOptions.numbers(batch, "--batch", 1...1024).map {
                StepProfile.Work.decode(sequences: $0, depth: depth, steps: steps)
            }
            let prompts = try BenchOptions.numbers(prompt, "--prompt", 2...1_000_000).map {
                StepProfile.Work.prompt(tokens: $0)
            }
            let settings = try options.settings()
            let server = try EmbeddedServer(settings, given: [])
            let bench = ProfileBench(
                works: decodes + prompts, loaded: server.loaded, client: server.client, repeats: repeats)
            try bench.run(kvFormat: settings.engine.kvFormat, depth: depth, json: options.json)
            withExtendedLifetime(server) {}
        }
    }
}
