/// What a step has to do at least, for figures that are compared with the machine.
package struct StepWork: Sendable, Equatable {
    /// Bytes of weights, keys and values that are read.
    package var bytes: Int
    /// Operations, a multiplication and an addition counting as two.
    package var operations: Int

    /// Names the numbers.
    package init(bytes: Int, operations: Int) {
        self.bytes = bytes
        self.operations = operations
    }
}

extension Transformer {
    /// The work of one step of `rows` tokens, `outputs` of them with logits.
    ///
    /// - Parameters:
    ///   - history: tokens whose keys and values are read, over all sequences.
    ///   - attended: the same summed over rows, since every row of a prompt attends to its own history.
    ///   - kvBytesPerToken: bytes of a token in the cache.
    package func work(rows: Int, outputs: Int, history: Int, attended: Int, kvBytesPerToken: Int) -> StepWork {
        let attentionWeights = shape.hidden * (2 * shape.queryWidth + 2 * shape.kvWidth)
        let perRow = shape.layers * (attentionWeights + 3 * shape.hidden * shape.feedForward)
        let products = rows * perRow + outputs * shape.hidden * shape.vocabulary
        let attention = attended * shape.layers * 2 * shape.queryWidth
        return StepWork(bytes: stepWeightBytes + history * kvBytesPerToken, operations: 2 * (products + attention))
    }
}
