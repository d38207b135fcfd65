/// Keeps an answer from ending too early: bans the stop tokens until enough was generated.
package struct MinTokens: LogitStage {
    private let count: Int
    private let stopTokens: Set<Int32>

    /// Takes the count and the tokens that end an answer.
    package init(_ parameters: SamplingParameters) {
        count = parameters.minTokens
        stopTokens = parameters.stopTokens
    }

    /// Idle once enough was generated.
    package func isIdle(_ history: TokenHistory) -> Bool { history.generatedCount >= count }

    /// Bans the stop tokens while fewer than the wanted tokens were generated.
    package func apply(_ row: inout ShapedLogits, history: TokenHistory) {
        guard !isIdle(history) else { return }
        for token in stopTokens { row.ban(token) }
    }
}
