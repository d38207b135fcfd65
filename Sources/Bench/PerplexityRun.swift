import Glibc
import Kernels
import Models
import Sampling
package import Serving
import Tokenization

/// The perplexity of a model on a text, in windows that know nothing of each other, and how far it is from another one.
package struct PerplexityRun {
    let loaded: LoadedModel
    private let scored: ScoredModel
    private let reference: ScoredModel?
    private var row: LogitRow
    let window: Int
    private let start: Int32?

    /// Tokens that were foretold.
    package private(set) var count = 0
    /// The sum of their negative log-probabilities, in nats.
    private(set) var sum = 0.0
    /// The same for the reference.
    private(set) var referenceSum = 0.0
    /// How far the two are apart.
    private(set) var divergence = Divergence()

    private static let rowsTogether = 64

    /// Windows of `window` tokens; the first of each is the model's beginning-of-sequence token if it wants one.
    ///
    /// The reference has the same tokens.
    /// - Throws: ``BenchError`` when there is not enough memory.
    package init(_ loaded: LoadedModel, reference: LoadedModel?, window: Int) throws(BenchError) {
        scored = try ScoredModel(loaded, window: window, rowsTogether: Self.rowsTogether)
        self.reference = try reference.map { model throws(BenchError) in
            try ScoredModel(model, window: window, rowsTogether: Self.rowsTogether)
        }
        row = LogitRow(
            vocabulary: scored.usableVocabulary, instructionSet: loaded.transformer.instructionSet)
        self.loaded = loaded
        self.window = window
        start = loaded.tokenizer.addsBOS ? loaded.tokenizer.bos : nil
    }

    /// Whether there is a reference.
    var isCompared: Bool { reference != nil }

    /// Whether all logits were numbers so far.
    package private(set) var isFinite = true

    /// Nats that a token costs on average; not a number before anything was foretold.
    var meanNats: Double { count > 0 ? sum / Double(count) : .nan }
    /// e to that: as many equally likely tokens would be as hard to predict.
    var perplexity: Double { exp(meanNats) }
    /// The perplexity of the reference.
    var referencePerplexity: Double { count > 0 ? exp(referenceSum / Double(count)) : .nan }

    /// Scores every token of `text` but the first of each window.
    package mutating func score(_ text: [Int32]) {
        let step = start == nil ? window : window - 1
        for first in stride(from: 0, to: text.count, by: step) {
            let part = Array(text[first..<min(first + step, text.count)])
            scoreWindow((start.map { [$0] } ?? []) + part)
        }
    }

    private mutating func scoreWindow(_ tokens: [Int32]) {
        for position in stride(from: 0, to: tokens.count - 1, by: Self.rowsTogether) {
            let end = min(position + Self.rowsTogether, tokens.count - 1)
            let part = Array(tokens[position..<end])
            scored.run(part, position: position)
            reference?.run(part, position: position)
            let (rows, expectedRows, usable) = (scored.logits, reference?.logits, scored.usableVocabulary)
            for index in position..<end {
                let row = index - position
                // Padding of the vocabulary does not count.
                let logits = rows.row(row).extracting(first: usable)
                sum += nats(logits, tokens[index + 1])
                count += 1
                guard let expectedRows else { continue }
                let expected = expectedRows.row(row).extracting(first: usable)
                referenceSum += nats(expected, tokens[index + 1])
                if isFinite { divergence.add(reference: expected, other: logits) }
            }
        }
    }

    /// What `token` costs after these logits.
    private mutating func nats(_ logits: Span<Float>, _ token: Int32) -> Double {
        guard row.isFinite(logits) else {
            isFinite = false
            return .nan
        }
        return -Double(TokenLogprobs(logits, chosen: token, topCount: 0, using: &row).logprob)
    }
}

/// A model with a cache for one window.
private struct ScoredModel {
    private let transformer: Transformer
    private let cache: KVCache
    private let workspace: Workspace

    init(_ loaded: LoadedModel, window: Int, rowsTogether: Int) throws(BenchError) {
        let extent = loaded.plan.extent
        let shape = loaded.plan.shape
        transformer = loaded.transformer
        cache = try BenchError.reporting(
            try KVCache(
                pages: (window + extent.pageTokens - 1) / extent.pageTokens, pageTokens: extent.pageTokens,
                layers: shape.layers, kvHeads: shape.kvHeads, headDimension: shape.headDimension,
                format: extent.kvFormat))
        workspace = Workspace(shape: shape, maximumRows: rowsTogether, maximumOutputs: rowsTogether)
    }

    func run(_ tokens: [Int32], position: Int) {
        let pages = (0..<Int32(cache.geometry.pages)).map { $0 }
        let row = BatchRow(tokens: tokens, position: position, pages: pages, outputs: .all)
        transformer.forward([row], cache: cache, workspace: workspace)
    }

    /// The logits of the last run.
    var logits: Tensor { workspace.logits }
    /// How many of a row's logits are of tokens.
    var usableVocabulary: Int { transformer.shape.usableVocabulary }
}
