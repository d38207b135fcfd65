package import Kernels
package import Models

/// A model with the memory that it computes in, as the engine thread uses it: nobody else touches it.
package protocol StepModel: AnyObject {
    /// Tokens that may be sampled: ids below this.
    var vocabulary: Int { get }
    /// How many threads may visit logits at the same time.
    var threads: Int { get }
    /// How many threads share the work of a step at present.
    var activeThreads: Int { get }
    /// What to choose tokens with; every set chooses the same.
    var instructionSet: InstructionSet { get }
    /// Copies the first `tokens` slots of a page to another one.
    func copy(page: Int32, to target: Int32, tokens: Int)
    /// Computes one step; calls `progress` on this thread whenever a part of it is done, such as a layer.
    func forward(_ batch: Batch, progress: () -> Void)
    /// How many tokens of a row of the last batch came out as numbers before the first that did not.
    func finiteTokens(row: Int) -> Int
    /// Shows the logits of these outputs of the last step, counted in batch order; at least `vocabulary` many each.
    func visitLogits(of outputs: [Int], by visitor: any RowVisitor)
    /// Shows the logits of one output of the last step to this thread.
    func withLogits<Result>(row: Int, _ body: (Span<Float>) -> Result) -> Result

    /// Whether its prompts may hold media.
    var media: MediaSupport { get }

    /// Whether it has a layer that drafts.
    var canDraft: Bool { get }
    /// Takes the drafting layer over what the last step computed; one draft for each row that wants drafts.
    func beginDrafts(_ batch: DraftBatch, into drafts: inout [Int32])
    /// One further draft for each of those rows; -1 where a row has no more room in its pages.
    func continueDrafts(into drafts: inout [Int32])
}

extension StepModel {
    /// All of them.
    package var activeThreads: Int { threads }
    /// A model that makes its numbers up vouches for them.
    package func finiteTokens(row: Int) -> Int { .max }
    /// A model of tokens only.
    package var media: MediaSupport { .refused(reason: "this model reads text only") }
    /// A model without such a layer.
    package var canDraft: Bool { false }
    /// Nothing is drafted.
    package func beginDrafts(_ batch: DraftBatch, into drafts: inout [Int32]) {}
    /// Nothing is drafted.
    package func continueDrafts(into drafts: inout [Int32]) {}
}

/// A transformer with its KV pages and its scratch memory.
package final class TransformerModel: StepModel {
    private let transformer: Transformer
    private let cache: KVCache
    private let workspace: Workspace
    private let drafting: DraftPass?
    /// Tokens that may be sampled: ids below this.
    package let vocabulary: Int

    /// Joins what was made for the same shape and limits; the cache has a layer more if there is a pass that drafts.
    ///
    /// `vocabulary` is the size of the tokenizer: rows of the model above it are padding.
    package init(
        _ transformer: Transformer, vocabulary: Int, cache: KVCache, workspace: Workspace, drafting: DraftPass?
    ) {
        self.vocabulary = min(vocabulary, transformer.shape.usableVocabulary)
        self.drafting = drafting
        self.transformer = transformer
        self.cache = cache
        self.workspace = workspace
    }

    /// The threads of the transformer's pool.
    package var threads: Int { transformer.threads }

    /// Those of its pool that other programs leave alone.
    package var activeThreads: Int { transformer.activeThreads }
    /// The set that the transformer computes with.
    package var instructionSet: InstructionSet { transformer.instructionSet }

    /// Copies the first `tokens` slots of a page to another one, in every layer.
    package func copy(page: Int32, to target: Int32, tokens: Int) {
        cache.copy(page: page, to: target, tokens: tokens)
    }

    /// Computes one step; calls `progress` behind each layer.
    package func forward(_ batch: Batch, progress: () -> Void) {
        transformer.forward(batch, cache: cache, workspace: workspace, progress: progress)
    }

    /// How many tokens of a row of the last batch came out as numbers before the first that did not.
    package func finiteTokens(row: Int) -> Int { workspace.finiteTokens[row] }

    /// Rows as wide as the residual stream, unless pictures would have to be turned by more than one position.
    package var media: MediaSupport {
        guard transformer.shape.hasRotaryAxes else { return .rows(width: transformer.shape.hidden) }
        return .refused(
            reason: "this model turns them by three positions (M-RoPE), which is served together with its encoder only")
    }

    /// Whether there is a pass that drafts.
    package var canDraft: Bool { drafting != nil }

    /// Takes the drafting layer over what the last step computed.
    package func beginDrafts(_ batch: DraftBatch, into drafts: inout [Int32]) {
        drafting?.begin(batch, cache: cache, workspace: workspace, into: &drafts)
    }

    /// One further draft for each row that wants drafts.
    package func continueDrafts(into drafts: inout [Int32]) {
        drafting?.proceed(cache: cache, workspace: workspace, into: &drafts)
    }

    /// Shows the logits of these outputs of the last step, several at the same time.
    package func visitLogits(of outputs: [Int], by visitor: any RowVisitor) {
        transformer.visit(outputs, of: workspace.logits, by: visitor)
    }

    /// Shows the logits of the k-th output of the last step, in batch order.
    package func withLogits<Result>(row: Int, _ body: (Span<Float>) -> Result) -> Result {
        let logits = workspace.logits
        return body(logits.row(row))
    }
}
