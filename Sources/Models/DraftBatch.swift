/// What a model's drafting layer computes behind a step: for each sequence the tokens whose hidden states the step left,
/// each with the token that follows it.
package struct DraftBatch: Sendable {
    /// One sequence.
    package struct Row: Sendable {
        /// Where the following tokens stand among the batch's: token i follows position `position + i`.
        package let tokens: Range<Int>
        /// Position of the first hidden state.
        package let position: Int
        /// The row of the step that holds it; the others come behind it.
        package let firstHidden: Int
        /// Where the sequence's pages stand among the batch's, from position 0 on.
        package let pages: Range<Int>
        /// Whether drafts are wanted, or only the layer's keys and values.
        package let wantsDrafts: Bool
    }

    /// The following tokens of all rows.
    package private(set) var tokens: [Int32] = []
    /// The pages of all rows.
    package private(set) var pages: [Int32] = []
    /// The rows; each sequence appears once.
    package private(set) var rows: [Row] = []

    /// A batch without rows.
    package init() {}

    /// Takes memory for so many tokens, rows and pages at once.
    package mutating func reserve(tokens tokenCount: Int, rows rowCount: Int, pages pageCount: Int) {
        tokens.reserveCapacity(tokenCount)
        rows.reserveCapacity(rowCount)
        pages.reserveCapacity(pageCount)
    }

    /// Forgets the rows and keeps the memory.
    package mutating func removeAll() {
        tokens.removeAll(keepingCapacity: true)
        pages.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
    }

    /// Adds a sequence: `known` and then `generated` follow the hidden states from `firstHidden` on.
    ///
    /// A sequence of which no token has a follower, such as one that only reads its last prompt token, gives the layer
    /// nothing to compute and adds no row.
    package mutating func append(
        following known: ArraySlice<Int32>, _ generated: ArraySlice<Int32>, at place: Place, pages table: [Int32],
        wantsDrafts: Bool
    ) {
        guard !known.isEmpty || !generated.isEmpty else { return }
        let (firstToken, firstPage) = (tokens.count, pages.count)
        tokens.append(contentsOf: known)
        tokens.append(contentsOf: generated)
        pages.append(contentsOf: table)
        rows.append(
            Row(
                tokens: firstToken..<tokens.count, position: place.position, firstHidden: place.firstHidden,
                pages: firstPage..<pages.count, wantsDrafts: wantsDrafts))
    }

    /// Where hidden states begin, in their sequence and in the step.
    package struct Place: Sendable {
        let position: Int
        let firstHidden: Int

        /// A place.
        package init(position: Int, firstHidden: Int) {
            self.position = position
            self.firstHidden = firstHidden
        }
    }
}
