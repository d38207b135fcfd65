/// Adds the request's bias to single tokens.
package struct LogitBias: LogitStage {
    private let bias: [Int32: Float]

    /// Takes the biases.
    package init(_ parameters: SamplingParameters) { bias = parameters.logitBias }

    /// Idle without biases.
    package func isIdle(_ history: TokenHistory) -> Bool { bias.isEmpty }

    /// Adds each bias to its token unless the token is banned.
    package func apply(_ row: inout ShapedLogits, history: TokenHistory) {
        for (token, amount) in bias { row.change(token) { $0 + amount } }
    }
}
