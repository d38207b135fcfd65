import Kernels
import Models
import Platform
import Serving

/// Runs the forward pass on made-up tokens.
struct ForwardBench {
    /// Seconds of a run, and what it had to do.
    struct Timing {
        var seconds = Double.infinity
        var tokens = 0
        var work = StepWork(bytes: 0, operations: 0)
    }

    private let transformer: Transformer
    private let cache: KVCache
    private let workspace: Workspace
    private let stepTokens: Int
    private let pages: Int
    private let kvBytesPerToken: Int

    /// Room for the largest number of tokens that `cases` hold at once.
    init(_ loaded: LoadedModel, cases: [(sequences: Int, tokens: Int)]) throws(MatrixError) {
        let extent = loaded.plan.extent
        let shape = loaded.plan.shape
        transformer = loaded.transformer
        stepTokens = extent.maximumRows
        let counts = cases.map { $0.sequences * Self.pages($0.tokens, extent.pageTokens) }
        pages = counts.max() ?? 1
        let sequences = cases.map(\.sequences).max() ?? 1
        cache = try KVCache(
            pages: pages, pageTokens: extent.pageTokens, layers: shape.layers, kvHeads: shape.kvHeads,
            headDimension: shape.headDimension, format: extent.kvFormat)
        workspace = Workspace(
            shape: shape, maximumRows: max(stepTokens, sequences), maximumOutputs: sequences)
        kvBytesPerToken = cache.byteCount / (pages * extent.pageTokens)
        fillCache()
    }

    private static func pages(_ tokens: Int, _ pageTokens: Int) -> Int { (tokens + pageTokens - 1) / pageTokens }

    /// Reports where the time goes from now on.
    func attach(_ probe: StepProbe?) { workspace.probe = probe }

    /// Computes one page and copies it to all others: decoding takes as long whatever the history says.
    private func fillCache() {
        let pageTokens = cache.geometry.pageTokens
        let first = (0..<pageTokens).map { token(0, $0) }
        transformer.forward(
            [BatchRow(tokens: first, position: 0, pages: [0], outputs: .none)], cache: cache, workspace: workspace)
        for page in 1..<max(pages, 1) { cache.copy(page: 0, to: Int32(page), tokens: pageTokens) }
    }

    /// One prompt, cut into steps as the engine would.
    func prompt(tokens: Int) -> Timing {
        var timing = Timing(seconds: 0, tokens: tokens)
        var position = 0
        while position < tokens {
            let count = min(stepTokens, tokens - position)
            let outputs: BatchRow.Outputs = position + count == tokens ? .last : .none
            let row = BatchRow(
                tokens: (position..<(position + count)).map { token(0, $0) }, position: position,
                pages: pages(of: 0, tokens: position + count), outputs: outputs)
            timing.seconds += seconds([row])
            let work = transformer.work(
                rows: count, outputs: outputs == .last ? 1 : 0, history: position + count,
                attended: count * position + count * (count + 1) / 2, kvBytesPerToken: kvBytesPerToken)
            timing.work.bytes += work.bytes
            timing.work.operations += work.operations
            position += count
        }
        return timing
    }

    /// `steps` steps of sequences that have `depth` tokens each.
    func decode(sequences: Int, depth: Int, steps: Int) -> Timing {
        var timing = Timing(seconds: 0, tokens: sequences * steps)
        for position in depth..<(depth + steps) {
            let rows = (0..<sequences).map { sequence in
                BatchRow(
                    tokens: [token(sequence, position)], position: position,
                    pages: pages(of: sequence, tokens: depth + steps), outputs: .last)
            }
            timing.seconds += seconds(rows)
            let history = sequences * (position + 1)
            let work = transformer.work(
                rows: sequences, outputs: sequences, history: history, attended: history,
                kvBytesPerToken: kvBytesPerToken)
            timing.work.bytes += work.bytes
            timing.work.operations += work.operations
        }
        return timing
    }

    private func seconds(_ rows: [BatchRow]) -> Double {
        let start = Clock.monotonicSeconds()
        transformer.forward(rows, cache: cache, workspace: workspace)
        return Clock.monotonicSeconds() - start
    }

    /// Pages of its own for every sequence of a case.
    private func pages(of sequence: Int, tokens: Int) -> [Int32] {
        let count = Self.pages(tokens, cache.geometry.pageTokens)
        return (0..<count).map { Int32(sequence * count + $0) }
    }

    /// Some token, spread over the vocabulary.
    private func token(_ sequence: Int, _ position: Int) -> Int32 {
        Int32((position &* 7919 &+ sequence &* 104_729) % transformer.shape.usableVocabulary)
    }
}
