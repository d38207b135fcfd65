import ArgumentParser
import JSON
import Kernels
import Models
import Platform
import Settings

/// How fast this machine computes this model.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure prompt and decode speed at several batch sizes.",
        discussion: """
            Measures the forward pass alone: no sampling, no network. Every figure is the best of --repeats runs.

            Examples:
              michat bench --model model.gguf
              michat bench --model model.gguf --batch 1,8 --threads 1 --json
            """)

    @Option(help: "Lengths of prompts, separated by commas.")
    var prompt = "128,512"

    @Option(help: "Numbers of sequences that decode together, separated by commas.")
    var batch = "1,2,4,8,16,32"

    @Option(help: "Tokens that stand in the cache before decoding is measured.")
    var depth = 128

    @Option(help: "Steps of decoding that are measured together.")
    var steps = 32

    @Option(help: "Runs of every measurement.")
    var repeats = 3

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Model")
    var model: SectionFlags<ModelSection>

    @OptionGroup(title: "Engine")
    var engine: SectionFlags<EngineSection>

    func run() throws {
        try reporting {
            let prompts = try Self.numbers(prompt, "--prompt", 1...1_000_000)
            let batches = try Self.numbers(batch, "--batch", 1...1024)
            guard (1...1_000_000).contains(depth), (1...100_000).contains(steps), (1...1000).contains(repeats) else {
                throw ValidationError("--depth, --steps and --repeats must be at least 1")
            }
            let flags = model.given.merging(engine.given) { first, _ in first }
            let settings = try SettingsSources(config: nil, flags: flags).resolve().configuration
            var bar = LoadProgressBar(isShown: Terminal.isErrorInteractive)
            let file = try ModelFile(settings)
            let plan = try ServingPlan(file.file, settings.engine)
            try plan.check()
            let loaded = try LoadedModel.load(file, plan, settings, progress: { bar.show($0) })
            let longest = max(prompts.max() ?? 1, depth + steps)
            guard longest <= loaded.plan.extent.context else {
                throw CommandFailure("\(longest) tokens do not fit into the context of \(loaded.plan.extent.context)")
            }
            let bench = try ForwardBench(loaded, sequences: batches.max() ?? 1, tokens: longest)
            let rows =
                prompts.map { length in
                    BenchRow(kind: "prompt", size: length, speed: best { bench.promptSpeed(tokens: length) })
                }
                + batches.map { size in
                    BenchRow(
                        kind: "decode", size: size,
                        speed: best { bench.decodeSpeed(sequences: size, depth: depth, steps: steps) })
                }
            report(rows, loaded)
        }
    }

    private func best(_ measure: () -> Double) -> Double {
        (0..<repeats).reduce(0) { best, _ in max(best, measure()) }
    }

    private func report(_ rows: [BenchRow], _ loaded: LoadedModel) {
        guard json else {
            Terminal.print("\(Terminal.harmless(loaded.name)): \(loaded.summary)")
            for row in rows { Terminal.print(row.text) }
            return
        }
        let object: JSONObject = [
            "model": .string(loaded.name), "instruction_set": .string(loaded.compute.instructionSet.rawValue),
            "threads": .int(Int64(loaded.compute.threads)), "depth": .int(Int64(depth)),
            "results": .array(
                rows.map {
                    .object([
                        "kind": .string($0.kind), "size": .int(Int64($0.size)), "tokens_per_second": .double($0.speed),
                    ])
                }),
        ]
        Terminal.print(JSONValue.object(object).serialized())
    }

    private static func numbers(_ text: String, _ flag: String, _ range: ClosedRange<Int>) throws -> [Int] {
        let numbers = text.split(separator: ",").compactMap { Int($0) }.filter(range.contains)
        guard !numbers.isEmpty, numbers.count == text.split(separator: ",").count else {
            throw ValidationError(
                "\(flag) takes numbers from \(range.lowerBound) to \(range.upperBound), separated by commas")
        }
        return numbers
    }
}

/// One figure.
private struct BenchRow {
    let kind: String
    let size: Int
    /// Tokens a second, over all sequences.
    let speed: Double

    var text: String {
        let what = kind == "prompt" ? "prompt of \(size) tokens" : "decode, \(size) at once"
        let tenths = Int((speed * 10).rounded())
        return what + String(repeating: " ", count: max(1, 28 - what.count)) + "\(tenths / 10).\(tenths % 10) tok/s"
    }
}

/// Runs the forward pass on made-up tokens.
private struct ForwardBench {
    private let transformer: Transformer
    private let cache: PageMemory
    private let workspace: Workspace
    private let stepTokens: Int
    private let pagesEach: Int

    init(_ loaded: LoadedModel, sequences: Int, tokens: Int) throws {
        let extent = loaded.plan.extent
        let shape = loaded.plan.shape
        transformer = loaded.transformer
        stepTokens = extent.maximumRows
        pagesEach = (tokens + extent.pageTokens - 1) / extent.pageTokens
        cache = try PageMemory(
            pages: pagesEach * sequences, pageTokens: extent.pageTokens, layers: shape.layers, kvHeads: shape.kvHeads,
            headDimension: shape.headDimension, format: extent.kvFormat)
        workspace = Workspace(
            shape: shape, maximumRows: max(stepTokens, sequences), maximumOutputs: sequences)
    }

    /// Tokens a second of one prompt.
    func promptSpeed(tokens: Int) -> Double {
        let start = Clock.monotonicSeconds()
        prefill(sequence: 0, tokens: tokens)
        return Double(tokens) / (Clock.monotonicSeconds() - start)
    }

    /// Tokens a second of all sequences together.
    func decodeSpeed(sequences: Int, depth: Int, steps: Int) -> Double {
        for sequence in 0..<sequences { prefill(sequence: sequence, tokens: depth) }
        let start = Clock.monotonicSeconds()
        for step in 0..<steps {
            let position = depth + step
            let rows = (0..<sequences).map { sequence in
                BatchRow(
                    tokens: [token(sequence, position)], position: position, pages: pages(of: sequence), outputs: .last)
            }
            transformer.forward(rows, cache: cache, workspace: workspace)
        }
        return Double(sequences * steps) / (Clock.monotonicSeconds() - start)
    }

    private func prefill(sequence: Int, tokens: Int) {
        var position = 0
        while position < tokens {
            let count = min(stepTokens, tokens - position)
            let row = BatchRow(
                tokens: (position..<(position + count)).map { token(sequence, $0) }, position: position,
                pages: pages(of: sequence), outputs: position + count == tokens ? .last : .none)
            transformer.forward([row], cache: cache, workspace: workspace)
            position += count
        }
    }

    private func pages(of sequence: Int) -> [Int32] {
        (0..<pagesEach).map { Int32(sequence * pagesEach + $0) }
    }

    /// Some token, spread over the vocabulary.
    private func token(_ sequence: Int, _ position: Int) -> Int32 {
        Int32((position &* 7919 &+ sequence &* 104_729) % transformer.shape.usableVocabulary)
    }
}
