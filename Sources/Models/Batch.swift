/// What one step computes, row after row, in memory that is used again for the next step.
package struct Batch: Sendable {
    /// The tokens that one sequence computes.
    package struct Row: Sendable {
        /// Where its tokens stand among the batch's, oldest first.
        package let tokens: Range<Int>
        /// Position of its first token in the sequence.
        package let position: Int
        /// Where the sequence's pages stand among the batch's, from position 0 on.
        package let pages: Range<Int>
        /// Which tokens get logits.
        package let outputs: BatchRow.Outputs

        /// How many rows of logits this makes.
        package var outputCount: Int {
            switch outputs {
            case .none: 0
            case .last: 1
            case .all: tokens.count
            }
        }
    }

    /// A place among the batch's tokens where a row of media stands instead of an embedding.
    package struct MediaPlace: Sendable {
        /// Which of the batch's tokens; it is a symbol below zero and no token of the model.
        package let token: Int
        /// Where the row is.
        package let rows: MediaRows
        /// Which row it is.
        package let row: Int
    }

    /// The tokens of all rows; symbols below zero stand where `media` does.
    package private(set) var tokens: [Int32] = []
    /// What stands in the place of tokens.
    package private(set) var media: [MediaPlace] = []
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

    /// A batch of these rows.
    package init(_ rows: [BatchRow]) {
        for row in rows {
            append(
                tokens: row.tokens[...], drafts: [], position: row.position, pages: row.pages, outputs: row.outputs)
        }
    }

    /// Forgets the rows and keeps the memory.
    package mutating func removeAll() {
        tokens.removeAll(keepingCapacity: true)
        pages.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
        media.removeAll(keepingCapacity: true)
    }

    /// Puts the rows of `source` where its symbols stand in the last sequence: at these positions of it, of which those
    /// outside the batch are passed over.
    package mutating func place(_ source: MediaRows, at positions: Range<Int>) {
        guard let last = rows.last else { return }
        for position in positions.clamped(to: last.position..<last.position + last.tokens.count) {
            media.append(
                MediaPlace(
                    token: last.tokens.lowerBound + position - last.position, rows: source,
                    row: position - positions.lowerBound))
        }
    }

    /// Adds the next tokens of a sequence that has `position` tokens in the cache, and drafts of what follows them;
    /// `pages` cover them all.
    package mutating func append(
        tokens added: ArraySlice<Int32>, drafts: ArraySlice<Int32>, position: Int, pages table: [Int32],
        outputs: BatchRow.Outputs
    ) {
        let (firstToken, firstPage) = (tokens.count, pages.count)
        tokens.append(contentsOf: added)
        tokens.append(contentsOf: drafts)
        pages.append(contentsOf: table)
        rows.append(
            Row(
                tokens: firstToken..<tokens.count, position: position, pages: firstPage..<pages.count,
                outputs: outputs))
    }
}
