import Kernels

/// A batch laid out as one run of rows: what each kernel needs to know about every row.
struct StepLayout {
    /// Token of each row.
    private(set) var tokens: [Int32] = []
    /// Position of each row in its sequence.
    private(set) var positions: [Int32] = []
    /// Where each row's key and value go.
    private(set) var slots: [KVSlot] = []
    /// The run of rows of each sequence.
    private(set) var spans: [AttentionSpan] = []
    /// Rows that need logits, in batch order.
    private(set) var outputRows: [Int32] = []

    /// Lays out `batch`; the caller vouches for tokens, positions and pages.
    init(_ batch: [BatchRow], pageTokens: Int, shape: ModelShape) {
        for row in batch {
            let end = row.position + row.tokens.count
            precondition(!row.tokens.isEmpty && row.position >= 0, "a sequence without tokens")
            precondition(end <= row.pages.count * pageTokens, "a sequence beyond its pages")
            let firstRow = tokens.count
            for (index, token) in row.tokens.enumerated() {
                precondition(token >= 0 && token < shape.vocabulary, "a token outside the vocabulary")
                let position = row.position + index
                tokens.append(token)
                positions.append(Int32(position))
                slots.append(
                    KVSlot(page: row.pages[position / pageTokens], offset: Int32(position % pageTokens)))
            }
            spans.append(
                AttentionSpan(
                    firstRow: firstRow, rows: row.tokens.count, firstPosition: row.position, pages: row.pages))
            outputRows.append(contentsOf: (tokens.count - row.outputCount..<tokens.count).map(Int32.init))
        }
    }

    /// Number of rows.
    var rows: Int { tokens.count }
}
