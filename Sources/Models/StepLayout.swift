/// A batch laid out as one run of rows: what each kernel needs to know about every row.
struct StepLayout {
    /// Token of each row.
    private(set) var tokens: [Int32] = []
    /// Rows that need logits, in batch order.
    private(set) var outputRows: [Int32] = []

    /// Lays out `batch`; the caller vouches for tokens, positions and pages.
    init(_ batch: [BatchRow], shape: ModelShape) {
        for row in batch {
            precondition(!row.tokens.isEmpty && row.position >= 0, "a sequence without tokens")
            for token in row.tokens {
                precondition(token >= 0 && token < shape.vocabulary, "a token outside the vocabulary")
                tokens.append(token)
            }
            outputRows.append(contentsOf: (tokens.count - row.outputCount..<tokens.count).map(Int32.init))
        }
    }

    /// Number of rows.
    var rows: Int { tokens.count }
}
