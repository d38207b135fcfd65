internal import CKernels

/// The largest steps that a plan of attention has to hold.
package struct AttentionExtent: Sendable, Equatable {
    /// Rows and sequences of a step, positions of a sequence, tokens of a page, threads that share the work.
    let rows, sequences, context, pageTokens, threads: Int

    /// Names the numbers; none of them may be below 1.
    package init(rows: Int, sequences: Int, context: Int, pageTokens: Int, threads: Int) {
        self.rows = rows
        self.sequences = sequences
        self.context = context
        self.pageTokens = pageTokens
        self.threads = threads
    }

    /// Parts of the longest history.
    private var parts: Int { (context - 1) / Int(kernel_part_tokens) + 1 }

    /// Tasks that are cut into their parts at most: each is more than a share's work. Rounded up generously, as the heads
    /// of a block are.
    private var splits: Int { 2 * AttentionPlan.sharesPerThread * threads }

    /// Elements of each list; nil where they cannot be counted.
    func capacities(heads: Int, kvHeads: Int, headDimension: Int) -> Capacities? {
        let limit = 1 << 40
        guard [rows, sequences, context, pageTokens, threads].allSatisfy({ $0 > 0 && $0 < 1 << 31 }) else { return nil }
        let blocks = kernel_attend_blocks(heads, kvHeads)
        let record = kernel_attend_record(Int(kernel_max_queries), headDimension)
        let pages = sequences.multipliedReportingOverflow(by: (context - 1) / pageTokens + 1)
        let whole = rows.multipliedReportingOverflow(by: blocks)
        let pieces = splits.multipliedReportingOverflow(by: parts)
        guard !pages.overflow, !whole.overflow, !pieces.overflow, pages.partialValue < limit,
            whole.partialValue < limit, pieces.partialValue < limit / record
        else { return nil }
        return Capacities(
            pages: pages.partialValue, places: rows, units: rows, tasks: whole.partialValue + pieces.partialValue,
            shares: splits + 2, merges: splits, records: pieces.partialValue * record, sequences: sequences)
    }

    /// Elements of the lists of a plan.
    struct Capacities {
        let pages, places, units, tasks, shares, merges, records, sequences: Int

        /// Bytes of all lists.
        var byteCount: Int {
            pages * MemoryLayout<Int32>.stride + places * MemoryLayout<kernel_row_place>.stride
                + units * MemoryLayout<kernel_attend_unit>.stride + tasks * MemoryLayout<kernel_attend_task>.stride
                + shares * MemoryLayout<UInt32>.stride + merges * MemoryLayout<kernel_attend_merge>.stride
                + records * MemoryLayout<Float>.stride + sequences * MemoryLayout<Int>.stride
        }
    }
}

extension AttentionPlan {
    /// Takes the memory for all steps of this extent at once; where that cannot be counted, lists grow when they must.
    package func reserve(_ extent: AttentionExtent, heads: Int, kvHeads: Int, headDimension: Int) {
        let counted = extent.capacities(heads: heads, kvHeads: kvHeads, headDimension: headDimension)
        guard let counted else { return }
        pages.reserve(counted.pages)
        places.reserve(counted.places)
        units.reserve(counted.units)
        tasks.reserve(counted.tasks)
        shares.reserve(counted.shares)
        merges.reserve(counted.merges)
        records.reserve(counted.records)
        sequences.reserve(counted.sequences)
    }

    /// Bytes that such a plan takes; nil where they cannot be counted.
    package static func byteCount(
        _ extent: AttentionExtent, heads: Int, kvHeads: Int, headDimension: Int
    ) -> Int? {
        extent.capacities(heads: heads, kvHeads: kvHeads, headDimension: headDimension)?.byteCount
    }
}
