internal import CKernels
internal import Platform

extension Compute {
    /// Rotates the pairs of every head of queries and keys in place by the angles of the row's rotary place, and stores
    /// keys and values in the row's slot.
    ///
    /// Queries are [rows, heads x headDimension], keys and values [rows, kvHeads x headDimension].
    package func rotateAndStore(
        queries: Tensor, keys: Tensor, values: Tensor, plan: AttentionPlan, rotation: Rotation, layer: Int
    ) {
        guard let cache = plan.cache else { preconditionFailure("a plan that was not begun") }
        let geometry = cache.geometry
        let width = geometry.kvHeads * geometry.headDimension
        precondition(keys.columns == width && values.columns == width && keys !== values, "keys do not fit the cache")
        precondition(queries.columns == plan.heads * geometry.headDimension, "queries do not fit the cache")
        precondition(plan.rows <= min(queries.rows, keys.rows, values.rows), "more rows than the tensors have")
        precondition(layer >= 0 && layer < geometry.layers, "layer outside the cache")
        let table = rotation.table
        precondition(table.pairs * 2 <= geometry.headDimension, "more pairs than a head has")
        precondition(plan.rotaryPositions <= table.maximumPositions, "position outside the rotary table")
        let step = (unitsPerPart(units: plan.rows, work: plan.rows * (queries.columns + 2 * width) * 4) + 1) / 2 * 2
        queries.rounded = RoundedRows()
        keys.rounded = RoundedRows()
        let store = unsafe kernel_store(
            table: self.table, cache: cache.view, places: plan.places.base, keys: keys.values, values: values.values,
            keys_stride: keys.stride, values_stride: values.stride, layer: layer, rows: plan.rows, rows_per_part: step)
        var job = unsafe kernel_rotate_store(
            store: store, queries: queries.values, keys: keys.values, cosines: table.cosines.values,
            sines: table.sines.values, queries_stride: queries.stride, query_heads: plan.heads, pairs: table.pairs,
            sections: (rotation.sections.time, rotation.sections.height, rotation.sections.width),
            halves: rotation.pairing == .halves ? 1 : 0)
        unsafe pool.run(kernel_rotate_store_part, context: &job, parts: (plan.rows + step - 1) / step)
    }

    /// Attention of every row of the plan; q and target are [rows, heads x headDimension].
    ///
    /// Keys and values of all rows must be stored before. Pages as in arXiv:2309.06180, online softmax over parts as in
    /// arXiv:2205.14135.
    package func attend(_ q: Tensor, plan: AttentionPlan, scale: Float, layer: Int, into target: Tensor) {
        guard let cache = plan.cache else { preconditionFailure("a plan that was not begun") }
        let geometry = cache.geometry
        precondition(
            q.columns == plan.heads * geometry.headDimension && target.columns == q.columns && q !== target,
            "queries do not fit the cache")
        precondition(plan.rows <= min(q.rows, target.rows), "more rows than the tensors have")
        precondition(layer >= 0 && layer < geometry.layers, "layer outside the cache")
        target.rounded = RoundedRows()
        plan.arrange(threads: threads)
        var job = unsafe kernel_attend(
            table: table, cache: cache.view, units: plan.units.base, tasks: plan.tasks.base, shares: plan.shares.base,
            pages: plan.pages.base, merges: plan.merges.base, records: plan.records.base, q: q.values,
            out: target.values, q_stride: q.stride, out_stride: target.stride, heads: plan.heads, layer: layer,
            scale: scale)
        unsafe pool.run(kernel_attend_part, context: &job, parts: plan.shareCount)
    }
}
