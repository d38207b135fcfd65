import ArgumentParser
import JSON
import Kernels
import Models
import Platform
import Serving
import Settings

/// The speed of the whole model.
struct BenchModel: ParsableCommand {
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

    private struct Case {
        let kind: String
        /// As llama-bench would call it.
        let name: String
        let size: Int
        let depth: Int
        let measure: (ForwardBench) -> ForwardBench.Timing
        let room: (sequences: Int, tokens: Int)
    }

    func run() throws {
        try reporting {
            guard (1...1_000_000).contains(depth), (1...100_000).contains(steps), (1...1000).contains(repeats) else {
                throw ValidationError("--depth, --steps and --repeats must be at least 1")
            }
            let cases = try self.cases()
            let settings = try options.settings()
            let loaded = try options.load(settings)
            let context = loaded.plan.extent.context
            let fitting = cases.filter { $0.kind == "history" ? $0.room.tokens <= context : true }
            let longest = fitting.map(\.room.tokens).max() ?? 0
            guard longest <= context else {
                throw CommandFailure("\(longest) tokens do not fit into the context of \(context)")
            }
            let peaks = try MachinePeaks.measure(using: loaded.compute)
            let bench = try ForwardBench(loaded, cases: fitting.map(\.room))
            var table = Self.emptyTable
            let head = loaded.benchHead(settings.engine)
            announce(table, peaks, head, title: loaded.summary)
            for one in fitting {
                let row = row(one, bench, peaks)
                table.add(row)
                if !options.json { Terminal.print(table.line(of: row)) }
            }
            if options.json { report(table, peaks, head) }
        }
    }

    private func cases() throws -> [Case] {
        let prompts = try BenchOptions.numbers(prompt, "--prompt", 1...1_000_000).map { length in
            Case(
                kind: "prompt", name: "pp\(length)", size: length, depth: 0, measure: { $0.prompt(tokens: length) },
                room: (1, length))
        }
        let batches = try BenchOptions.numbers(batch, "--batch", 1...1024).map { decoding("decode", $0, depth) }
        let histories = try BenchOptions.numbers(history, "--history", 1...1_000_000).map { decoding("history", 1, $0) }
        return prompts + batches + histories
    }

    private func decoding(_ kind: String, _ sequences: Int, _ depth: Int) -> Case {
        let steps = steps
        return Case(
            kind: kind, name: "tg\(steps)@d\(depth)" + (sequences > 1 ? "x\(sequences)" : ""),
            size: kind == "history" ? depth : sequences, depth: depth,
            measure: { $0.decode(sequences: sequences, depth: depth, steps: steps) },
            room: (sequences, depth + steps))
    }

    /// Columns of the longest usual name.
    private static let nameWidth = 14

    private static var emptyTable: FigureTable {
        FigureTable([
            ("name", "name" + String(repeating: " ", count: nameWidth - 4)), ("kind", "work"), ("size", "size"),
            ("tokens_per_second", "tok/s"), ("gigabytes_per_second", "GB/s"),
            ("share_of_memory", "of memory"), ("gigaoperations_per_second", "GOP/s"),
            ("share_of_operations", "of best"),
        ])
    }

    private func row(_ one: Case, _ bench: ForwardBench, _ peaks: MachinePeaks) -> [FigureTable.Figure] {
        var best = ForwardBench.Timing()
        for _ in 0..<repeats {
            let timing = one.measure(bench)
            if timing.seconds < best.seconds { best = timing }
        }
        let bytes = Double(best.work.bytes) / best.seconds
        let operations = Double(best.work.operations) / best.seconds
        return [
            .text(one.name), .text(one.kind), .count(one.size),
            .number(Double(best.tokens) / best.seconds, decimals: 1),
            .number(bytes / 1e9, decimals: 1), .share(bytes / peaks.memoryBytes),
            .number(operations / 1e9, decimals: 0), .share(operations / peaks.bestOperations),
        ]
    }

    /// What stands above the rows; they follow as they are measured.
    private func announce(_ table: FigureTable, _ peaks: MachinePeaks, _ head: JSONObject, title: String) {
        guard !options.json else { return }
        Terminal.print("\(Terminal.harmless(head["model"]?.stringValue ?? "")): \(title)\n")
        for line in peaks.table.lines + ["", table.headLine] { Terminal.print(line) }
    }

    private func report(_ table: FigureTable, _ peaks: MachinePeaks, _ head: JSONObject) {
        var object = head
        object["depth"] = .int(Int64(depth))
        object["peaks"] = peaks.table.json
        object["results"] = table.json
        Terminal.print(JSONValue.object(object).serialized())
    }
}
