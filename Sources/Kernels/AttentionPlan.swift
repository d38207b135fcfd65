internal import CKernels

/// What attention has to do in one step: laid out once, used by every layer.
///
/// Rows are numbered in the order in which sequences are appended. A plan that has seen steps of some size needs no
/// more memory for steps of that size. How the work is cut decides who computes a number, never the number.
package final class AttentionPlan {
    /// The pages that the plan was begun for, and the query heads.
    private(set) var cache: KVCache?
    private(set) var heads = 0
    let pages = PlainList<Int32>(capacity: 256)
    let places = PlainList<kernel_row_place>(capacity: 256)
    let units = PlainList<kernel_attend_unit>(capacity: 256)
    let tasks = PlainList<kernel_attend_task>(capacity: 1024)
    let shares = PlainList<UInt32>(capacity: 256)
    let merges = PlainList<kernel_attend_merge>(capacity: 64)
    let records = PlainList<Float>(capacity: 4096)
    /// First unit of each sequence.
    let sequences = PlainList<Int>(capacity: 64)
    /// Query-position pairs of all units, of one KV head.
    private var pairs = 0
    private var threads = 0
    /// While the work is cut: how much makes a share, how much the last one has, and the floats of all records.
    private var shareWork = 0
    private var openWork = 0
    private var recordFloats = 0

    /// A plan without rows.
    package init() {}

    /// Rows of all sequences.
    package var rows: Int { places.count }
    /// One more than the largest position by which a row is turned.
    private(set) var rotaryPositions = 0

    /// Empties the plan for a step over the pages of `cache`, with so many query heads.
    package func begin(cache: KVCache, heads: Int) {
        precondition(heads > 0 && heads % cache.geometry.kvHeads == 0, "query heads are no multiple of KV heads")
        self.cache = cache
        self.heads = heads
        pages.clear()
        places.clear()
        units.clear()
        sequences.clear()
        pairs = 0
        rotaryPositions = 0
        threads = 0
    }

    /// Appends `rows` rows of one sequence, the first of them at `firstPosition`.
    ///
    /// `pages` are those of the sequence from position 0 on; each row attends to everything up to itself. `rotary` says by
    /// which positions the rows are turned; where it is empty, by their own.
    package func append(
        rows: Int, firstPosition: Int, pages: Span<Int32>, rotary: ArraySlice<RotaryPlace> = []
    ) {
        guard let cache else { preconditionFailure("a plan that was not begun") }
        let pageTokens = cache.geometry.pageTokens
        precondition(rows > 0 && firstPosition >= 0, "a sequence without rows")
        let end = firstPosition + rows
        precondition(end < 1 << 31 && pages.count * pageTokens >= end, "a sequence has too few pages")
        let used = pages.extracting(first: (end - 1) / pageTokens + 1)
        for index in used.indices { precondition(cache.contains(used[index]), "page outside the cache") }
        precondition(rotary.isEmpty || rotary.count == rows, "a rotary place for every row")
        let firstRow = places.count
        for position in firstPosition..<end {
            let turn = rotary.isEmpty ? RotaryPlace(position) : rotary[rotary.startIndex + position - firstPosition]
            precondition(turn.smallest >= 0, "a rotary place below 0")
            rotaryPositions = max(rotaryPositions, turn.largest + 1)
            places.append(
                kernel_row_place(
                    page: used[position / pageTokens], offset: Int32(position % pageTokens),
                    rotary: (turn.time, turn.height, turn.width)))
        }
        appendUnits(firstRow: firstRow, rows: rows, firstPosition: firstPosition)
        self.pages.append(contentsOf: used)
    }

    /// Cuts rows into groups whose queries are computed together.
    private func appendUnits(firstRow: Int, rows: Int, firstPosition: Int) {
        let kvHeads = cache?.geometry.kvHeads ?? 1
        let most = kernel_attend_rows(heads, kvHeads)
        sequences.append(units.count)
        for first in stride(from: 0, to: rows, by: most) {
            let unit = kernel_attend_unit(
                first_page: UInt32(pages.count), first_row: UInt32(firstRow + first),
                rows: UInt32(min(most, rows - first)), first_position: UInt32(firstPosition + first))
            units.append(unit)
            pairs += Self.pairs(unit)
        }
    }

    private static func pairs(_ unit: kernel_attend_unit) -> Int {
        Int(unit.rows) * Int(unit.first_position + unit.rows)
    }
}

extension AttentionPlan {
    /// Below so many multiplications a step is not worth a fork, nor is a share of it worth a claim.
    private static let forkWork = 200_000, shareWork = 50_000
    /// Shares that each thread gets at most, so that they end together.
    static let sharesPerThread = 12

    /// Cuts the work for so many threads, unless that is done.
    func arrange(threads: Int) {
        guard self.threads != threads, let geometry = cache?.geometry else { return }
        self.threads = threads
        tasks.clear()
        shares.clear()
        merges.clear()
        recordFloats = 0
        openWork = 0
        let work = pairs * heads * geometry.headDimension * 2
        let isForked = threads > 1 && work >= Self.forkWork
        shareWork = isForked ? max(work / (threads * Self.sharesPerThread), Self.shareWork) : Int.max
        shares.append(0)
        for sequence in 0..<sequences.count { cut(sequence, geometry) }
        closeShare()
        records.reserve(recordFloats)
    }

    /// Number of parts of the job.
    var shareCount: Int { max(0, shares.count - 1) }

    /// Head by head, so that the history of a head stays near; the longest tasks first, so that the last are short.
    private func cut(_ sequence: Int, _ geometry: PageGeometry) {
        let end = sequence + 1 < sequences.count ? sequences[sequence + 1] : units.count
        let heads = kernel_attend_block_heads(self.heads, geometry.kvHeads)
        for block in 0..<kernel_attend_blocks(self.heads, geometry.kvHeads) {
            for index in (sequences[sequence]..<end).reversed() {
                let unit = units[index]
                let work = Self.pairs(unit) * heads * geometry.headDimension * 2
                let task = kernel_attend_task(
                    unit: UInt32(index), block: UInt32(block), first_part: 0,
                    end_part: (unit.first_position + unit.rows - 1) / UInt32(kernel_part_tokens) + 1,
                    merge: UInt32.max)
                if work > shareWork, task.end_part > 1 {
                    split(task, work: work / Int(task.end_part), queries: Int(unit.rows) * heads, geometry)
                } else {
                    add(task, work: work)
                }
            }
        }
    }

    /// Makes a task of every part; the code that ends last merges what they found.
    private func split(_ task: kernel_attend_task, work: Int, queries: Int, _ geometry: PageGeometry) {
        for part in 0..<task.end_part {
            let piece = kernel_attend_task(
                unit: task.unit, block: task.block, first_part: part, end_part: part + 1, merge: UInt32(merges.count))
            add(piece, work: work)
        }
        merges.append(kernel_attend_merge(records: recordFloats, parts: task.end_part, left: task.end_part))
        recordFloats += Int(task.end_part) * kernel_attend_record(queries, geometry.headDimension)
    }

    private func add(_ task: kernel_attend_task, work: Int) {
        tasks.append(task)
        openWork += work
        if openWork >= shareWork { closeShare() }
    }

    private func closeShare() {
        guard Int(shares[shares.count - 1]) < tasks.count else { return }
        shares.append(UInt32(tasks.count))
        openWork = 0
    }
}
