internal import CKernels

/// One row of logits on its way to a token: what one look at it tells, and the candidates for a draw.
///
/// It is memory with one owner, used for one row after another; only what must be is copied. The row that was surveyed is
/// handed over again with every call that reads it. All instruction sets give the same bits.
@safe package final class RowSelection {
    /// Tokens that there is room for.
    package let vocabulary: Int
    private let memory: UnsafeMutableRawPointer
    /// Points into the memory.
    private var selection: kernel_selection

    /// Bytes that one takes with room for so many tokens.
    package static func byteCount(vocabulary: Int) -> Int { kernel_selection_bytes(vocabulary) }

    /// Room for rows of at most `vocabulary` logits; the instruction set must be available on this processor.
    package init(vocabulary: Int, instructionSet: InstructionSet) {
        guard let table = unsafe kernel_table_for(instructionSet.code) else {
            preconditionFailure("this processor has no \(instructionSet.rawValue)")
        }
        self.vocabulary = vocabulary
        let bytes = kernel_selection_bytes(vocabulary)
        unsafe memory = .allocate(byteCount: bytes, alignment: 64)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        unsafe selection = kernel_selection_in(memory, vocabulary, table)
    }

    deinit { unsafe memory.deallocate() }

    /// The largest logit in play; −∞ if none is.
    package var best: Float { unsafe selection.best }
    /// The weights of all tokens in play together, if the survey weighed them.
    package var weight: Double { unsafe selection.weight }
    /// Blocks of neighbours whose largest logit is known.
    package var blocks: Int { unsafe selection.blocks }
    /// How many candidates there are.
    package var count: Int { unsafe selection.count }
    /// A candidate, in the order of tokens.
    package subscript(index: Int) -> (token: Int32, logit: Float) {
        precondition(index >= 0 && index < count, "no such candidate")
        return unsafe (selection.list.tokens[index], selection.list.values[index])
    }

    /// Looks at a row in which the tokens of a mask are in play, all without one; a logit of −∞ is not. Token t is bit
    /// t % 64 of word t / 64. A weight is e^((logit - best) * factor). False if a logit, in play or not, is not finite.
    package func survey(_ logits: Span<Float>, mask: [UInt64]?, factor: Float, weighs: Bool) -> Bool {
        precondition(factor > 0, "weights fall with the logit")
        return unsafe withRow(logits, mask) { unsafe kernel_survey(&selection, $0, factor, weighs ? 1 : 0) } != 0
    }

    /// The first token with the largest logit; nil if nothing is in play.
    package func bestToken(of logits: Span<Float>, mask: [UInt64]?) -> Int32? {
        let token = unsafe withRow(logits, mask) { unsafe kernel_best_token(&selection, $0) }
        return token < 0 ? nil : token
    }

    /// A number that at least `rank` logits in play reach, `rank` not above the number of blocks. Ends the list.
    package func peak(ranking rank: Int) -> Float {
        precondition(rank > 0 && rank <= blocks, "no such rank")
        unsafe selection.count = 0
        return unsafe kernel_peak_ranking(&selection, rank)
    }

    /// Lists the tokens in play whose logits reach `low`, without weights.
    package func gather(_ logits: Span<Float>, mask: [UInt64]?, downTo low: Float) {
        let low = max(low, -Float.greatestFiniteMagnitude)
        unsafe withRow(logits, mask) { unsafe kernel_gather(&selection, $0, low) }
    }

    /// Gives the candidates their weights; returns what they come to.
    package func weigh() -> Double { unsafe kernel_weigh(&selection) }

    /// Gives each candidate the weight 1.
    package func weighEqually() { unsafe kernel_weigh_equally(&selection) }

    /// Keeps the most likely candidates whose weights reach `goal`, the lower tokens first among equals; one at least.
    package func keep(_ goal: Double) { unsafe kernel_keep(&selection, goal) }

    /// The candidate at which the running weight passes the share `uniform` of all; nil if there is no weight.
    package func drawCandidate(_ uniform: Double) -> Int32? {
        let token = unsafe kernel_draw_candidate(&selection, uniform)
        return token < 0 ? nil : token
    }

    /// The same of the whole row, whose weights the survey has summed up.
    package func draw(_ logits: Span<Float>, mask: [UInt64]?, _ uniform: Double) -> Int32? {
        guard weight > 0 else { return nil }
        let token = unsafe withRow(logits, mask) { unsafe kernel_draw(&selection, $0, uniform) }
        return token < 0 ? nil : token
    }

    @unsafe private func withRow<Result>(
        _ logits: Span<Float>, _ mask: [UInt64]?, _ body: (UnsafePointer<kernel_logits>) -> Result
    ) -> Result {
        precondition(logits.count <= vocabulary, "a row longer than the vocabulary")
        // A mask without words allows nothing; no mask at all has no address.
        let words = mask.map { $0.isEmpty ? [0] : $0 } ?? []
        return unsafe logits.withUnsafeBufferPointer { values in
            unsafe words.withUnsafeBufferPointer { words in
                var row = unsafe kernel_logits(
                    values: values.baseAddress, allowed: words.isEmpty ? nil : words.baseAddress, count: values.count,
                    allowed_words: words.count)
                return unsafe body(&row)
            }
        }
    }
}
