import JSON
import Kernels
import Models
import Platform
package import Serving

/// Prompt and decode speed of a whole model, in rows named as by llama-bench.
package struct ModelBench {
    /// One row.
    package struct Case: Equatable, Sendable {
        /// What is measured.
        enum Work: Equatable {
            case prompt
            case decode(sequences: Int, depth: Int)
        }

        let kind: String
        /// As llama-bench would call it: `pp512`, `tg32@d128x8`.
        package let name: String
        let size: Int
        let work: Work
        /// Sequences and tokens that the cache must hold.
        let sequences: Int
        /// Tokens of each.
        package let tokens: Int
    }

    /// The rows, in the order of the table.
    package let cases: [Case]
    private let depth: Int
    private let steps: Int

    /// One row for every length of prompt, number of sequences behind `depth` tokens, and length of history.
    package init(prompts: [Int], batches: [Int], histories: [Int], depth: Int, steps: Int) {
        self.depth = depth
        self.steps = steps
        cases =
            prompts.map {
                Case(kind: "prompt", name: "pp\($0)", size: $0, work: .prompt, sequences: 1, tokens: $0)
            }
            + batches.map { sequences in
                Case(
                    kind: "decode", name: "tg\(steps)@d\(depth)" + (sequences > 1 ? "x\(sequences)" : ""),
                    size: sequences, work: .decode(sequences: sequences, depth: depth), sequences: sequences,
                    tokens: depth + steps)
            }
            + histories.map {
                Case(
                    kind: "history", name: "tg\(steps)@d\($0)", size: $0, work: .decode(sequences: 1, depth: $0),
                    sequences: 1, tokens: $0 + steps)
            }
    }

    /// The rows that fit into a context; histories that do not are left out.
    /// - Throws: ``BenchError`` for another row that does not fit.
    package func fitting(context: Int) throws(BenchError) -> [Case] {
        let fitting = cases.filter { $0.kind != "history" || $0.tokens <= context }
        let longest = fitting.map(\.tokens).max() ?? 0
        guard longest <= context else {
            throw BenchError("\(longest) tokens do not fit into the context of \(context)")
        }
        return fitting
    }

    /// Measures every row `repeats` times, and prints the best of each at once, or all as JSON.
    /// - Throws: ``BenchError`` when a row does not fit into the context or the memory.
    package func run(_ loaded: LoadedModel, kvFormat: String, repeats: Int, json: Bool) throws(BenchError) {
        let fitting = try fitting(context: loaded.plan.extent.context)
        let peaks = try BenchError.reporting(try MachinePeaks.measure(using: loaded.compute))
        let bench = try BenchError.reporting(
            try ForwardBench(loaded, cases: fitting.map { (sequences: $0.sequences, tokens: $0.tokens) }))
        var table = Self.emptyTable
        if !json {
            Terminal.print("\(Terminal.harmless(loaded.name)): \(loaded.summary)\n")
            for line in peaks.table.lines + ["", table.headLine] { Terminal.print(line) }
        }
        for one in fitting {
            let runs = (0..<repeats).map { _ in measure(one, bench) }
            let row = Self.row(one, runs.min { $0.seconds < $1.seconds } ?? ForwardBench.Timing(), peaks)
            table.add(row)
            if !json { Terminal.print(table.line(of: row)) }
        }
        guard json else { return }
        var object = loaded.benchHead(kvFormat: kvFormat)
        object["depth"] = .int(Int64(depth))
        object["peaks"] = peaks.table.json
        object["results"] = table.json
        Terminal.print(JSONValue.object(object).serialized())
    }

    private func measure(_ one: Case, _ bench: ForwardBench) -> ForwardBench.Timing {
        switch one.work {
        case .prompt: bench.prompt(tokens: one.tokens)
        case .decode(let sequences, let depth): bench.decode(sequences: sequences, depth: depth, steps: steps)
        }
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

    private static func row(_ one: Case, _ best: ForwardBench.Timing, _ peaks: MachinePeaks) -> [FigureTable.Figure] {
        let bytes = Double(best.work.bytes) / best.seconds
        let operations = Double(best.work.operations) / best.seconds
        return [
            .text(one.name), .text(one.kind), .count(one.size),
            .number(Double(best.tokens) / best.seconds, decimals: 1),
            .number(bytes / 1e9, decimals: 1), .share(bytes / peaks.memoryBytes),
            .number(operations / 1e9, decimals: 0), .share(operations / peaks.bestOperations),
        ]
    }
}

/// What is said about every bench.
extension LoadedModel {
    /// The head of a report in JSON.
    func benchHead(kvFormat: String) -> JSONObject {
        [
            "model": .string(name), "instruction_set": .string(compute.instructionSet.rawValue),
            "threads": .int(Int64(compute.threads)), "activations": .string(compute.activations.rawValue),
            "kv_format": .string(kvFormat), "weight_bytes": .int(Int64(transformer.weightBytes)),
        ]
    }
}
