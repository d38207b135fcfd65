internal import CKernels
internal import Platform

/// Consecutive rows of one sequence: row firstRow + i stands at firstPosition + i and attends to all up to itself.
package struct AttentionSpan: Sendable {
    /// First row in the batch, number of rows, and the position of the first.
    package let firstRow, rows, firstPosition: Int
    /// The pages of the sequence, from position 0.
    package let pages: [Int32]

    /// Names the numbers; `attend` checks them.
    package init(firstRow: Int, rows: Int, firstPosition: Int, pages: [Int32]) {
        self.firstRow = firstRow
        self.rows = rows
        self.firstPosition = firstPosition
        self.pages = pages
    }
}

extension Compute {
    /// Stores a row of keys and values ([kvHeads x headDimension]) in each slot.
    package func storeKV(keys: Tensor, values: Tensor, rows: [KVSlot], into cache: PageMemory, layer: Int) {
        let geometry = cache.geometry
        precondition(keys.columns == geometry.kvHeads * geometry.headDimension, "keys do not fit the cache")
        precondition(
            values.columns == keys.columns && rows.count <= min(keys.rows, values.rows), "keys and values differ")
        precondition(layer >= 0 && layer < geometry.layers, "layer outside the cache")
        var view = unsafe cache.view
        for (row, slot) in rows.enumerated() {
            precondition(cache.contains(slot.page), "page outside the cache")
            precondition(slot.offset >= 0 && slot.offset < geometry.pageTokens, "slot outside the page")
            unsafe kernel_cache_store(
                &view, layer, Int(slot.page), Int(slot.offset), keys.values + row * keys.stride,
                values.values + row * values.stride)
        }
    }

    /// Attention of every row over its sequence's pages; q and target are [rows, heads x headDimension].
    ///
    /// Keys and values of all rows must be stored before.
    package func attend(
        _ q: Tensor, spans: [AttentionSpan], heads: Int, scale: Float, cache: PageMemory, layer: Int,
        into target: Tensor
    ) {
        let geometry = cache.geometry
        precondition(heads > 0 && heads % geometry.kvHeads == 0, "query heads are no multiple of KV heads")
        precondition(
            q.columns == heads * geometry.headDimension && target.columns == q.columns && q !== target,
            "queries do not fit the cache")
        precondition(layer >= 0 && layer < geometry.layers, "layer outside the cache")
        target.quantisedRows = 0
        for span in spans { check(span, cache: cache, rows: min(q.rows, target.rows)) }
        let pages = spans.flatMap(\.pages)
        unsafe pages.withUnsafeBufferPointer { pages in
            guard let base = pages.baseAddress else { return }
            var units = unsafe Self.units(spans, pages: base, rows: kernel_attend_rows(heads, geometry.kvHeads))
            let blocks = kernel_attend_blocks(heads, geometry.kvHeads)
            let parts = unsafe units.count * blocks
            unsafe units.withUnsafeMutableBufferPointer { units in
                var job = unsafe kernel_attend(
                    table: table, cache: cache.view, units: units.baseAddress, q: q.values, out: target.values,
                    q_stride: q.stride, out_stride: target.stride, heads: heads, layer: layer, scale: scale)
                unsafe pool.run(kernel_attend_part, context: &job, parts: parts)
            }
        }
    }

    private func check(_ span: AttentionSpan, cache: PageMemory, rows: Int) {
        precondition(
            span.firstRow >= 0 && span.rows > 0 && span.rows <= rows - span.firstRow, "span outside the tensors")
        let positions = span.firstPosition + span.rows
        precondition(
            span.firstPosition >= 0 && span.pages.count >= (positions - 1) / cache.geometry.pageTokens + 1,
            "span has too few pages")
        precondition(span.pages.allSatisfy(cache.contains), "page outside the cache")
    }

    /// Cuts spans into groups of at most `rows` rows, the longest histories of a prompt first.
    private static func units(
        _ spans: [AttentionSpan], pages: UnsafePointer<Int32>, rows: Int
    ) -> [kernel_attend_unit] {
        var units: [kernel_attend_unit] = unsafe []
        var firstPage = 0
        for span in spans {
            for first in stride(from: 0, to: span.rows, by: rows).reversed() {
                unsafe units.append(
                    kernel_attend_unit(
                        pages: pages + firstPage, first_row: span.firstRow + first, rows: min(rows, span.rows - first),
                        first_position: span.firstPosition + first))
            }
            firstPage += span.pages.count
        }
        return unsafe units
    }
}
