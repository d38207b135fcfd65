/// A batch laid out as one run of rows: what each kernel needs to know about every row. Used again for every step.
struct StepLayout {
    /// Token of each row.
    private(set) var tokens: [Int32] = []
    /// Rows that need logits, in batch order.
    private(set) var outputRows: [Int32] = []

    /// Lays out `batch` in place of what was there; the caller vouches for tokens, positions and pages.
    mutating func arrange(_ batch: Batch, shape: ModelShape) {
        tokens.removeAll(keepingCapacity: true)
        outputRows.removeAll(keepingCapacity: true)
        tokens.append(contentsOf: batch.tokens)
        // Any token: a row of media takes the place of its embedding.
        for place in batch.media { tokens[place.token] = 0 }
        for token in tokens { precondition(token >= 0 && token < shape.vocabulary, "a token outside the vocabulary") }
        for row in batch.rows {
            precondition(!row.tokens.isEmpty && row.position >= 0, "a sequence without tokens")
            for output in row.tokens.suffix(row.outputCount) { outputRows.append(Int32(output)) }
        }
    }

    /// Number of rows.
    var rows: Int { tokens.count }
}
