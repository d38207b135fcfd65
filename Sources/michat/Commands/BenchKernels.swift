import ArgumentParser
import Bench
import Kernels
import Serving
import Settings

/// The speed of every kernel by itself.
struct BenchKernels: Command {
    static let parent: String? = "bench"

    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Speed of matrix products by format, shape and rows; of attention and sampling.",
        discussion: """
            Needs no model: weights are made up. A product's bytes are those of its packed weights, its operations two for \
            each weight and row. Shares are of what all threads read from where the weights lie (the smallest cache that \
            holds the matrix, or memory), and of their fastest arithmetic.

            Examples:
              michat bench kernels
              michat bench kernels --format q4_1,q8_0 --shape 4096x4096 --rows 1,32 --json
            """)

    @Option(help: "Weight formats, separated by commas.")
    var format = "q4_0,q4_1,q8_0,q4_k,q5_k,q6_k,r8,bf16,f16"

    @Option(help: "Shapes, outputs x inputs, whose weights stay in a cache that holds them.")
    var shape = "1536x576,49152x576,4096x4096"

    @Option(help: "Shapes whose weights come from memory; 'none' for none.")
    var memoryShape = "4096x4096"

    @Option(help: "Numbers of rows, separated by commas.")
    var rows = "1,2,4,8,16,32,128,512"

    @Flag(help: "Measure products with other constants than those of this processor instead; prints tables of its own.")
    var sweep = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Engine")
    var engine: SectionFlags<EngineSection>

    func run() throws {
        try reporting {
            if sweep, json { throw ValidationError("--sweep prints tables; --json does not go with it") }
            let formats = try self.formats()
            let counts = try BenchOptions.numbers(rows, "--rows", 1...4096)
            let bench = KernelBench(
                formats: formats, rows: counts, cached: try Self.shapes(shape, "--shape"),
                inMemory: memoryShape == "none" ? [] : try Self.shapes(memoryShape, "--memory-shape"))
            let settings = try SettingsSources(config: nil, flags: engine.given).resolve().configuration
            let (compute, kvFormat) = try (LoadedModel.compute(settings), Choices(settings).kvFormat)
            try compute.withAllThreads { () throws(BenchError) in
                if sweep { return try KernelBench.sweep(compute) }
                try bench.run(compute, kvFormat: kvFormat, json: json)
            }
        }
    }

    private func formats() throws -> [ElementFormat] {
        try format.split(separator: ",").map { name in
            guard let found = ElementFormat.allCases.first(where: { $0.name.lowercased() == name.lowercased() }) else {
                let names = ElementFormat.allCases.map { $0.name.lowercased() }.joined(separator: ", ")
                throw ValidationError("--format does not know '\(name)'; it knows \(names)")
            }
            return found
        }
    }

    private static func shapes(_ text: String, _ flag: String) throws -> [(outputs: Int, inputs: Int)] {
        try text.split(separator: ",").map { shape in
            let numbers = shape.split(separator: "x").compactMap { Int($0) }
            guard numbers.count == 2, numbers.allSatisfy((1...262_144).contains) else {
                throw ValidationError("\(flag) takes shapes such as 4096x4096, separated by commas")
            }
            return (numbers[0], numbers[1])
        }
    }
}
