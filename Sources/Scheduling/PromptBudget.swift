/// What prompt tokens cost, and how much of a step they may take beside running streams.
///
/// Time comes in as data: the planner of a step has measured the costs. A token costs more the further back its
/// attention reaches, so that a prompt gets fewer tokens a step the longer it is.
/// Source: Agrawal and others, "Taming Throughput-Latency Tradeoff in LLM Inference with Sarathi-Serve",
/// arXiv:2403.02310 (prompts in chunks beside running streams).
package struct PromptBudget: Sendable, Equatable {
    /// Most tokens of a step that are prompts.
    package let tokens: Int
    /// What a step may spend on prompts; infinite if nobody waits for it.
    package let seconds: Double
    /// What a token at the beginning of a sequence costs.
    package let tokenSeconds: Double
    /// What every position before a token adds to its cost.
    package let positionSeconds: Double

    /// A budget from its numbers. They come from measurements: one that is negative or no number counts as none.
    package init(tokens: Int, seconds: Double, tokenSeconds: Double, positionSeconds: Double) {
        self.tokens = max(0, tokens)
        self.seconds = seconds.isNaN ? .infinity : seconds
        self.tokenSeconds = tokenSeconds >= 0 ? tokenSeconds : 0
        self.positionSeconds = positionSeconds >= 0 ? positionSeconds : 0
    }

    /// No bound besides the step's own.
    package static let unbounded = PromptBudget(
        tokens: .max, seconds: .infinity, tokenSeconds: 0, positionSeconds: 0)

    /// What `count` tokens from `position` on cost.
    package func cost(of count: Int, from position: Int) -> Double {
        let middle = Double(position) + Double(count - 1) / 2
        return Double(count) * (tokenSeconds + positionSeconds * middle)
    }

    /// How many tokens from `position` on cost no more than `seconds`, at most `limit`.
    func count(within seconds: Double, from position: Int, limit: Int) -> Int {
        var (affordable, tooMany) = (0, limit + 1)
        while tooMany - affordable > 1 {
            let middle = (affordable + tooMany) / 2
            if cost(of: middle, from: position) <= seconds { affordable = middle } else { tooMany = middle }
        }
        return affordable
    }
}
