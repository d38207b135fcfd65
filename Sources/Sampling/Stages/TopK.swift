/// Keeps the k most likely tokens; among equals the lower ids.
/// Source: Fan, Lewis and Dauphin, "Hierarchical Neural Story Generation", arXiv:1805.04833.
package struct TopK: LogitStage {
    private let count: Int

    /// Takes k; 0 keeps everything.
    package init(_ parameters: SamplingParameters) { count = parameters.topK }

    /// Bans everything behind the k-th token.
    package func apply(_ row: inout LogitRow, history: TokenHistory) {
        guard count > 0, let cut = row.cut(retaining: .count(count)) else { return }
        row.keep(downTo: cut)
    }
}
