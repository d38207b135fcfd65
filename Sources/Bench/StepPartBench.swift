import Kernels
import Platform
import Sampling

/// What a step does besides products: attention, sampling, and handing out work.
struct StepPartBench {
    let compute: Compute
    let peaks: MachinePeaks

    private static let shortestSeconds = 0.03
    private static let layers = 4
    private static let pageTokens = 32

    /// One row for every part.
    func table(kvFormat: KVFormat) throws -> FigureTable {
        var table = FigureTable([
            ("part", "part"), ("microseconds", "µs"), ("gigabytes_per_second", "GB/s"),
            ("share_of_memory", "of memory"), ("gigaoperations_per_second", "GOP/s"),
        ])
        for (heads, width) in [(9, 64), (32, 128)] {
            for history in [512, 4096] {
                table.add(try attention(heads: heads, width: width, rows: 1, history: history, kvFormat))
            }
            table.add(try attention(heads: heads, width: width, rows: 256, history: 1024, kvFormat))
        }
        for vocabulary in [49_152, 151_936] {
            for (name, parameters) in Self.choices() {
                table.add(sampling(name, parameters, vocabulary: vocabulary))
            }
        }
        table.add([.text("fork-join"), .number(peaks.forkSeconds * 1e6, decimals: 2), .none, .none, .none])
        return table
    }

    /// The last `rows` of a history, in every layer of a cache in turn.
    private func attention(
        heads: Int, width: Int, rows: Int, history: Int, _ format: KVFormat
    ) throws -> [FigureTable.Figure] {
        let kvHeads = heads % 8 == 0 ? heads / 4 : heads / 3
        let pages = history / Self.pageTokens
        let cache = try KVCache(
            pages: pages, pageTokens: Self.pageTokens, layers: Self.layers, kvHeads: kvHeads, headDimension: width,
            format: format)
        let q = Tensor(rows: rows, columns: heads * width)
        let target = Tensor(rows: rows, columns: heads * width)
        fill(cache, heads: heads)
        let plan = AttentionPlan()
        plan.begin(cache: cache, heads: heads)
        let order = (0..<Int32(pages)).map { $0 }
        plan.append(rows: rows, firstPosition: history - rows, pages: order.span)
        var layer = 0
        let seconds = Self.best {
            compute.attend(q, plan: plan, scale: 0.1, layer: layer % Self.layers, into: target)
            layer += 1
        }
        let bytes = Double(cache.byteCount / Self.layers) / seconds
        let attended = rows * (history - rows) + rows * (rows + 1) / 2
        return [
            .text("attention, \(heads) heads of \(width), rows \(rows), history \(history)"),
            .number(seconds * 1e6, decimals: 1), .number(bytes / 1e9, decimals: 1), .share(bytes / peaks.memoryBytes),
            .number(4 * Double(attended * heads * width) / seconds / 1e9, decimals: 0),
        ]
    }

    /// Stores one page of keys and values in every layer and copies it to all others.
    private func fill(_ cache: KVCache, heads: Int) {
        let geometry = cache.geometry
        let queries = Tensor(rows: Self.pageTokens, columns: heads * geometry.headDimension)
        let rows = (0..<2).map { _ in
            Tensor(rows: Self.pageTokens, columns: geometry.kvHeads * geometry.headDimension)
        }
        for row in 0..<Self.pageTokens {
            for tensor in rows {
                tensor.withMutableRow(row) { span in
                    for column in span.indices { span[column] = Float((row &* 7 &+ column) % 13) / 13 - 0.5 }
                }
            }
        }
        let rotation = Rotation(
            table: RotaryTable(inverseFrequencies: [1], maximumPositions: Self.pageTokens, magnitude: 1),
            pairing: .halves)
        let plan = AttentionPlan()
        plan.begin(cache: cache, heads: heads)
        plan.append(rows: Self.pageTokens, firstPosition: 0, pages: [Int32(0)].span)
        for layer in 0..<Self.layers {
            compute.rotateAndStore(
                queries: queries, keys: rows[0], values: rows[1], plan: plan, rotation: rotation, layer: layer)
        }
        for page in 1..<Int32(geometry.pages) { cache.copy(page: 0, to: page, tokens: Self.pageTokens) }
    }

    private static func choices() -> [(String, SamplingParameters)] {
        var greedy = SamplingParameters.neutral(seed: 1)
        greedy.temperature = 0
        var nucleus = SamplingParameters.neutral(seed: 1)
        nucleus.temperature = 0.7
        nucleus.topP = 0.9
        var short = nucleus
        short.topK = 40
        var likely = nucleus
        likely.minP = 0.05
        var reported = nucleus
        reported.topLogprobs = 5
        return [
            ("greedy", greedy), ("temperature 1", .neutral(seed: 1)), ("top-p 0.9", nucleus),
            ("top-k 40, top-p 0.9", short), ("min-p 0.05, top-p 0.9", likely), ("top-p 0.9, 5 logprobs", reported),
        ]
    }

    private func sampling(
        _ name: String, _ parameters: SamplingParameters, vocabulary: Int
    ) -> [FigureTable.Figure] {
        let logits = Tensor(rows: 1, columns: vocabulary)
        logits.withMutableRow(0) { span in
            for index in span.indices { span[index] = Float((index &* 7919) % 4001) / 200 }
        }
        let sampler = Sampler(parameters, prompt: [], vocabulary: vocabulary)
        var row = LogitRow(vocabulary: vocabulary, instructionSet: compute.instructionSet)
        var chosen = 0
        let seconds = Self.best {
            let sampled = try? sampler.sample(logits.row(0), mask: nil, using: &row)
            chosen &+= Int(sampled?.token ?? 0)
        }
        precondition(chosen >= 0, "tokens are not negative")
        return [
            .text("sampling, \(name), \(vocabulary) tokens"), .number(seconds * 1e6, decimals: 1), .none, .none, .none,
        ]
    }

    private static func best(_ body: () -> Void) -> Double {
        var best = Double.infinity
        var spent = 0.0
        while spent < shortestSeconds {
            let start = Clock.monotonicSeconds()
            body()
            let seconds = Clock.monotonicSeconds() - start
            best = min(best, seconds)
            spent += seconds
        }
        return best
    }
}
