import ArgumentParser

/// How fast this machine computes, and how far that is from what it could.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure speed, and compare it with the machine's own peaks.",
        discussion: """
            Every bench first measures what the machine does at best: arithmetic on registers, and reading from its \
            caches and from memory. What else runs on the machine lowers those figures as well.

            Examples:
              michat bench --model model.gguf
              michat bench --model model.gguf --batch 1,8 --threads 1 --json
              michat bench kernels --format q4_1,q8_0 --rows 1,32
              michat bench profile --model model.gguf
              michat bench grammar --model model.gguf
            """,
        subcommands: [BenchModel.self, BenchKernels.self, BenchProfile.self, BenchGrammar.self],
        defaultSubcommand: BenchModel.self)
}
