internal import CKernels
package import Platform

/// The kernels of one instruction set with a pool of threads: every operation checks shapes, then calls C.
///
/// A row's result depends on that row alone: the same bits for any batch, thread count and instruction set.
@safe package final class Compute: @unchecked Sendable {
    /// The instruction set in use.
    package let instructionSet: InstructionSet
    /// Threads that share an operation.
    package var threads: Int { pool.threads }
    let pool: ComputePool
    // Constant memory, so it may be read from any thread. Looked up once: asking the processor is slow under a
    // hypervisor.
    let table: UnsafePointer<kernel_table>

    /// Chooses a table of kernels; the instruction set must be available on this processor.
    package init(instructionSet: InstructionSet, pool: ComputePool) {
        guard let table = unsafe kernel_table_for(instructionSet.code) else {
            preconditionFailure("this processor has no \(instructionSet.rawValue)")
        }
        unsafe self.table = unsafe table
        self.instructionSet = instructionSet
        self.pool = pool
    }

    /// Units of `work` (multiplications, say) that are worth a fork, and how many parts each thread gets at most.
    static let forkWork = 16_384
    static let partsPerThread = 6

    /// How many of `units` equal units one part takes, so that small jobs stay whole and large ones balance.
    func unitsPerPart(units: Int, work: Int) -> Int {
        guard threads > 1, work >= Self.forkWork else { return max(units, 1) }
        let parts = min(units, threads * Self.partsPerThread)
        return (units + parts - 1) / parts
    }

    /// Row i of `target` = row tokens[i] of a [vocabulary, hidden] matrix, dequantised.
    package func embed(_ tokens: [Int32], from matrix: Matrix, into target: Tensor) {
        precondition(target.columns == matrix.inputs && tokens.count <= target.rows, "embedding shapes differ")
        var view = unsafe matrix.view
        for (row, token) in tokens.enumerated() {
            precondition(token >= 0 && token < matrix.outputs, "token outside the vocabulary")
            unsafe kernel_decode_row(&view, Int(token), target.values + row * target.stride)
        }
    }

    /// y[r] (+)= W x[r] + bias for the first `rows` rows; `accumulate` adds to what y holds.
    package func multiply(
        _ matrix: Matrix, _ x: Tensor, bias: Vector?, into y: Tensor, rows: Int, accumulate: Bool
    ) {
        precondition(x.columns == matrix.inputs && y.columns == matrix.outputs && x !== y, "product shapes differ")
        precondition(rows >= 0 && rows <= x.rows && rows <= y.rows, "more rows than the tensors have")
        precondition(bias == nil || bias?.count == matrix.outputs, "bias and product differ in length")
        guard rows > 0 else { return }
        if matrix.format.hasMinimum { sumGroups(of: x, group: matrix.format.group, rows: rows) }
        let panels = (matrix.outputs + 15) / 16
        let step = (unitsPerPart(units: panels, work: matrix.outputs * matrix.inputs) + 3) / 4 * 4
        var job = unsafe kernel_multiply(
            table: table, matrix: matrix.view, x: x.values, sums: x.sums, bias: bias?.values, y: y.values,
            x_stride: x.stride, sums_stride: x.sumStride, y_stride: y.stride, rows: rows, panels_per_part: step,
            accumulate: accumulate ? 1 : 0)
        unsafe pool.run(kernel_multiply_part, context: &job, parts: (panels + step - 1) / step)
    }

    private func sumGroups(of x: Tensor, group: Int, rows: Int) {
        var job = unsafe kernel_rows(
            table: table, a: x.values, b: x.values, out: x.sums, a_stride: x.stride, b_stride: 0,
            out_stride: x.sumStride,
            rows: rows, columns: x.columns, rows_per_part: 0, epsilon: 0, group: CInt(group))
        unsafe run(kernel_group_sums_part, &job)
    }

    /// Runs a row-wise operation, cut into groups of rows.
    func run(_ body: ComputePool.Body, _ job: inout kernel_rows) {
        let step = unsafe unitsPerPart(units: job.rows, work: job.rows * job.columns)
        unsafe job.rows_per_part = step
        let parts = unsafe (job.rows + step - 1) / step
        unsafe pool.run(body, context: &job, parts: parts)
    }
}
