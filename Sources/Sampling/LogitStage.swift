/// One step of the chain that changes logits.
///
/// A stage may change or ban tokens; it never revives a banned one, and with neutral parameters it changes nothing.
package protocol LogitStage: Sendable {
    /// Whether the stage would change anything now; a row that nothing changes is not copied.
    func isIdle(_ history: TokenHistory) -> Bool
    /// Applies the stage to one row; `history` is what this sequence has seen so far.
    func apply(_ row: inout ShapedLogits, history: TokenHistory)
}

/// One step of the chain that leaves out the less likely tokens, and with neutral parameters none.
package protocol TruncatingStage: Sendable {
    /// Narrows the candidates of a row that was surveyed.
    func apply(_ candidates: inout Candidates, _ logits: Span<Float>, mask: TokenMask?)
}

/// What a sequence has said so far, in the form in which the stages ask for it.
package struct TokenHistory: Sendable {
    /// Distinct prompt tokens; empty when no stage asks for them.
    package let prompt: Set<Int32>
    /// How often each token was generated.
    package private(set) var generated: [Int32: Int]
    /// How many tokens were generated.
    package private(set) var generatedCount: Int

    /// A history before the first generated token.
    package init(prompt: Set<Int32>) {
        self.prompt = prompt
        generated = [:]
        generatedCount = 0
    }

    /// Takes note of a generated token.
    package mutating func append(_ token: Int32) {
        generated[token, default: 0] += 1
        generatedCount += 1
    }

    /// Takes note that a token was generated, where no stage asks which.
    mutating func count() { generatedCount += 1 }
}
