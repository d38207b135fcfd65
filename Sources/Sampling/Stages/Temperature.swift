/// Sharpens or flattens the distribution: logits divided by the temperature.
package struct Temperature: LogitStage {
    private let temperature: Float

    /// Takes the temperature; the greedy ones never get here.
    package init(_ parameters: SamplingParameters) { temperature = parameters.temperature }

    /// Divides after moving the best logit to 0, so that no temperature can overflow.
    package func apply(_ row: inout LogitRow, history: TokenHistory) {
        guard temperature != 1 else { return }
        let least = SamplingParameters.greedyTemperature
        row.scaleBelowMaximum(by: 1 / (temperature > least ? temperature : least))
    }
}
