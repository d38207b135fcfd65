import Glibc
import Kernels
import Models
import Sampling
import Tokenization

/// How well a model foretells a text, in windows that know nothing of each other.
struct PerplexityRun {
    private let transformer: Transformer
    private let cache: PageMemory
    private let workspace: Workspace
    private let window: Int
    private let start: Int32?

    /// Tokens that were foretold.
    private(set) var count = 0
    /// The sum of their negative log-probabilities, in nats.
    private(set) var sum = 0.0

    private static let rowsTogether = 64

    /// Windows of `window` tokens; the first of each is the model's beginning-of-sequence token if it wants one.
    init(_ loaded: LoadedModel, window: Int) throws {
        let extent = loaded.plan.extent
        let shape = loaded.plan.shape
        transformer = loaded.transformer
        self.window = window
        start = loaded.tokenizer.addsBOS ? loaded.tokenizer.bos : nil
        cache = try PageMemory(
            pages: (window + extent.pageTokens - 1) / extent.pageTokens, pageTokens: extent.pageTokens,
            layers: shape.layers, kvHeads: shape.kvHeads, headDimension: shape.headDimension, format: extent.kvFormat)
        workspace = Workspace(
            shape: shape, maximumRows: Self.rowsTogether, maximumOutputs: Self.rowsTogether)
    }

    /// Whether all logits were numbers so far.
    private(set) var isFinite = true

    /// Nats that a token costs on average; not a number before anything was foretold.
    var meanNats: Double { count > 0 ? sum / Double(count) : .nan }
    /// e to that: as many equally likely tokens would be as hard to foretell.
    var perplexity: Double { exp(meanNats) }

    /// Scores every token of `text` but the first of each window.
    mutating func score(_ text: [Int32]) {
        let step = start == nil ? window : window - 1
        for first in stride(from: 0, to: text.count, by: step) {
            let part = Array(text[first..<min(first + step, text.count)])
            scoreWindow((start.map { [$0] } ?? []) + part)
        }
    }

    private mutating func scoreWindow(_ tokens: [Int32]) {
        let pages = (0..<Int32(cache.geometry.pages)).map { $0 }
        for position in stride(from: 0, to: tokens.count - 1, by: Self.rowsTogether) {
            let end = min(position + Self.rowsTogether, tokens.count - 1)
            let row = BatchRow(tokens: Array(tokens[position..<end]), position: position, pages: pages, outputs: .all)
            transformer.forward([row], cache: cache, workspace: workspace)
            let logits = workspace.logits
            for index in position..<end {
                sum += nats(logits.row(index - position), tokens[index + 1])
                count += 1
            }
        }
    }

    /// What `token` costs after these logits; padding of the vocabulary does not count.
    private mutating func nats(_ logits: Span<Float>, _ token: Int32) -> Double {
        let usable = logits.extracting(first: transformer.shape.usableVocabulary)
        guard Sampler.isFinite(usable) else {
            isFinite = false
            return .nan
        }
        return -Double(TokenLogprobs(usable, chosen: token, topCount: 0).logprob)
    }
}
