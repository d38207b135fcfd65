/// Keeps the k most likely tokens; among equals the lower ids.
/// Source: Fan, Lewis and Dauphin, "Hierarchical Neural Story Generation", arXiv:1805.04833.
package struct TopK: TruncatingStage {
    private let count: Int

    /// Takes k; 0 keeps everything.
    package init(_ parameters: SamplingParameters) { count = parameters.topK }

    /// Keeps nothing behind the k-th token.
    package func apply(_ candidates: inout Candidates, _ logits: Span<Float>, mask: TokenMask?) {
        guard count > 0 else { return }
        candidates.keep(count: count, logits, mask: mask)
    }
}
