package import Kernels

/// The memory in which rows of logits become tokens, one after the other; it is allocated once.
package struct LogitRow {
    /// A copy of a row that stages change.
    var shaped: ShapedLogits
    /// What is chosen from.
    var candidates: Candidates

    /// Memory for rows of at most `vocabulary` tokens; every instruction set chooses the same.
    package init(vocabulary: Int, instructionSet: InstructionSet) {
        shaped = ShapedLogits(vocabulary: vocabulary)
        candidates = Candidates(vocabulary: vocabulary, instructionSet: instructionSet)
    }

    /// Whether no logit is NaN or infinite.
    package func isFinite(_ logits: Span<Float>) -> Bool { candidates.survey(logits, mask: nil) }
}
