internal import CKernels
internal import Platform

extension Compute {
    /// Whether no value of these rows is infinite or not a number.
    package func isFinite(_ x: Tensor, rows: Range<Int>) -> Bool {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= x.rows, "rows outside the tensor")
        return rows.allSatisfy { unsafe kernel_is_finite(x.values + $0 * x.stride, x.columns) != 0 }
    }

    /// Makes rows of `stream` not a number whose queries, keys or values are not finite.
    ///
    /// Attention bounds its numbers, so that nothing that went wrong before it would show behind it.
    package func poison(_ stream: Tensor, unlessFinite queries: Tensor, _ keys: Tensor, _ values: Tensor, rows: Int) {
        precondition(rows >= 0 && rows <= min(stream.rows, queries.rows), "more rows than the tensors have")
        precondition(
            rows <= min(keys.rows, values.rows) && keys.columns == values.columns, "keys and values differ")
        guard rows > 0 else { return }
        let step = unitsPerPart(units: rows, work: rows * (queries.columns + 2 * keys.columns))
        var job = unsafe kernel_poison(
            queries: queries.values, keys: keys.values, values: values.values, stream: stream.values,
            queries_stride: queries.stride, keys_stride: keys.stride, values_stride: values.stride,
            stream_stride: stream.stride, query_columns: queries.columns, kv_columns: keys.columns, rows: rows,
            rows_per_part: step)
        unsafe pool.run(kernel_poison_part, context: &job, parts: (rows + step - 1) / step)
        stream.rounded = RoundedRows()
    }
}
