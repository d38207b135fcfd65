package import Kernels
package import Models

/// A model with the memory that it computes in, as the engine thread uses it: nobody else touches it.
package protocol StepModel: AnyObject {
    /// Tokens that may be sampled: ids below this.
    var vocabulary: Int { get }
    /// How many threads may visit logits at the same time.
    var threads: Int { get }
    /// Copies the first `tokens` slots of a page to another one.
    func copy(page: Int32, to target: Int32, tokens: Int)
    /// Computes one step.
    func forward(_ batch: Batch)
    /// Whether all tokens of a row of the last batch came out as numbers, with logits or without.
    func isFinite(row: Int) -> Bool
    /// Shows the logits of these outputs of the last step, counted in batch order; at least `vocabulary` many each.
    func visitLogits(of outputs: [Int], by visitor: any RowVisitor)
    /// Shows the logits of one output of the last step to this thread.
    func withLogits<Result>(row: Int, _ body: (Span<Float>) -> Result) -> Result
}

extension StepModel {
    /// A model that makes its numbers up vouches for them.
    package func isFinite(row: Int) -> Bool { true }
}

/// A transformer with its KV pages and its scratch memory.
package final class TransformerModel: StepModel {
    private let transformer: Transformer
    private let cache: PageMemory
    private let workspace: Workspace

    /// Joins what was made for the same shape and limits.
    package init(_ transformer: Transformer, cache: PageMemory, workspace: Workspace) {
        self.transformer = transformer
        self.cache = cache
        self.workspace = workspace
    }

    /// Tokens that may be sampled: ids below this.
    package var vocabulary: Int { transformer.shape.usableVocabulary }

    /// The threads of the transformer's pool.
    package var threads: Int { transformer.threads }

    /// Copies the first `tokens` slots of a page to another one, in every layer.
    package func copy(page: Int32, to target: Int32, tokens: Int) {
        cache.copy(page: page, to: target, tokens: tokens)
    }

    /// Computes one step.
    package func forward(_ batch: Batch) { transformer.forward(batch, cache: cache, workspace: workspace) }

    /// Whether all tokens of a row of the last batch came out as numbers.
    package func isFinite(row: Int) -> Bool { workspace.areFinite[row] }

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
