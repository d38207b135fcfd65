/// Nucleus sampling: keeps the smallest set of most likely tokens that holds the probability p, at least one.
/// Source: Holtzman and others, "The Curious Case of Neural Text Degeneration", arXiv:1904.09751.
package struct TopP: LogitStage {
    private let share: Float

    /// Takes p; 1 keeps everything.
    package init(_ parameters: SamplingParameters) { share = parameters.topP }

    /// Bans everything behind the nucleus of what is still in play.
    package func apply(_ row: inout LogitRow, history: TokenHistory) {
        guard share < 1, let cut = row.cut(retaining: .share(Double(share))) else { return }
        row.keep(downTo: cut)
    }
}
