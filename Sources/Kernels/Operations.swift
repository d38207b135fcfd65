internal import CKernels
internal import Platform

extension Compute {
    /// y = x / sqrt(mean(x^2) + epsilon) * weight, row by row, and its codes too if products take eight bits; y may be
    /// x. RMSNorm: arXiv:1910.07467.
    package func rmsNorm(
        _ x: Tensor, weight: Vector, epsilon: Float, into y: Tensor, rows: Int, codes: ActivationCodes = .plain
    ) {
        precondition(x.columns == y.columns && weight.count == x.columns, "norm shapes differ")
        precondition(rows >= 0 && rows <= x.rows && rows <= y.rows, "more rows than the tensors have")
        var job = unsafe kernel_rows(
            table: table, a: x.values, b: weight.values, out: y.values, activations: y.activations, a_stride: x.stride,
            b_stride: 0, out_stride: y.stride, rows: rows, columns: x.columns, rows_per_part: 0, epsilon: epsilon,
            group: 0, quantises: made(codes, columns: y.columns))
        unsafe run(kernel_rms_norm_part, &job)
        y.rounded = RoundedRows(activations == .int8 ? rows : 0, in: codes)
    }

    /// Norms every head of x by itself, in place: a row of x is whole heads, `weight` one value per element of a head.
    package func normHeads(_ x: Tensor, weight: Vector, epsilon: Float, rows: Int) {
        precondition(weight.count > 0 && x.columns.isMultiple(of: weight.count), "rows of x are not whole heads")
        precondition(rows >= 0 && rows <= x.rows, "more rows than the tensor has")
        let heads = x.columns / weight.count
        // Where nothing lies between the rows they are one long list of heads.
        let isDense = x.stride == x.columns
        for row in 0..<(isDense ? min(rows, 1) : rows) {
            let start = unsafe x.values + row * x.stride
            var job = unsafe kernel_rows(
                table: table, a: start, b: weight.values, out: start, activations: x.activations,
                a_stride: weight.count, b_stride: 0, out_stride: weight.count, rows: isDense ? rows * heads : heads,
                columns: weight.count, rows_per_part: 0, epsilon: epsilon, group: 0, quantises: 0)
            unsafe run(kernel_rms_norm_part, &job)
        }
        x.rounded = RoundedRows()
    }

    /// target = silu(gate) * up, and its codes too if products take eight bits; target may be either.
    package func siluMultiply(
        gate: Tensor, up: Tensor, into target: Tensor, rows: Int, codes: ActivationCodes = .plain
    ) {
        precondition(gate.columns == up.columns && gate.columns == target.columns, "gate, up and target differ")
        precondition(rows >= 0 && rows <= min(gate.rows, up.rows, target.rows), "more rows than the tensors have")
        var job = unsafe kernel_rows(
            table: table, a: gate.values, b: up.values, out: target.values, activations: target.activations,
            a_stride: gate.stride, b_stride: up.stride, out_stride: target.stride, rows: rows, columns: gate.columns,
            rows_per_part: 0, epsilon: 0, group: 0, quantises: made(codes, columns: target.columns))
        unsafe run(kernel_silu_multiply_part, &job)
        target.rounded = RoundedRows(activations == .int8 ? rows : 0, in: codes)
    }

    /// Which codes a kernel has to make.
    private func made(_ codes: ActivationCodes, columns: Int) -> CInt {
        precondition(codes == .plain || columns % 32 == 0, "only whole blocks of 32 are transformed")
        return activations == .int8 ? codes.code : CInt(kernel_no_codes.rawValue)
    }

    /// Row i of `target` = row i of `left`, then row i of `right`, for the first `rows` rows.
    package func joinRows(_ left: Tensor, _ right: Tensor, rows: Int, into target: Tensor) {
        precondition(target.columns == left.columns + right.columns, "joined shapes differ")
        precondition(rows >= 0 && rows <= min(left.rows, right.rows, target.rows), "more rows than the tensors have")
        target.rounded = RoundedRows()
        for row in 0..<rows {
            let start = unsafe target.values + row * target.stride
            unsafe start.update(from: left.values + row * left.stride, count: left.columns)
            unsafe (start + left.columns).update(from: right.values + row * right.stride, count: right.columns)
        }
    }

    /// Row i of `target` = row rows[i] of x.
    package func gatherRows(_ x: Tensor, rows: [Int32], into target: Tensor) {
        precondition(x.columns == target.columns && rows.count <= target.rows && x !== target, "gather shapes differ")
        target.rounded = RoundedRows()
        for (index, row) in rows.enumerated() {
            precondition(row >= 0 && row < x.rows, "row outside the tensor")
            unsafe (target.values + index * target.stride).update(
                from: x.values + Int(row) * x.stride, count: x.columns)
        }
    }
}
