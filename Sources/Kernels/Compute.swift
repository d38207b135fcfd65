internal import CKernels
package import Platform

/// The kernels of one instruction set with a pool of threads: every operation checks shapes, then calls C.
///
/// A row's result depends on that row alone: the same bits for any batch, thread count and instruction set.
@safe package final class Compute: @unchecked Sendable {
    /// The instruction set in use.
    package let instructionSet: InstructionSet
    /// The version of the specification that all instruction sets keep to: with another one the same model has other logits.
    package static let arithmetic = Int(kernel_arithmetic)

    /// What products with quantised weights take.
    package let activations: ActivationFormat
    /// Threads that share an operation.
    package var threads: Int { pool.threads }
    /// Threads that share an operation at present: fewer while other programs use their cores.
    package var activeThreads: Int { pool.activeThreads }
    let pool: ComputePool
    // Constant memory, so it may be read from any thread. Looked up once: asking the processor is slow under a
    // hypervisor.
    let table: UnsafePointer<kernel_table>
    private let tuning: kernel_tuning

    /// Chooses a table of kernels; the instruction set must be available on this processor.
    package init(
        instructionSet: InstructionSet, activations: ActivationFormat, pool: ComputePool,
        tuning: KernelTuning = .here
    ) {
        guard let table = unsafe kernel_table_for(instructionSet.code) else {
            preconditionFailure("this processor has no \(instructionSet.rawValue)")
        }
        unsafe self.table = unsafe table
        self.instructionSet = instructionSet
        self.activations = activations
        self.pool = pool
        self.tuning = tuning.constants
    }

    /// The same kernels and threads with other constants.
    package func tuned(_ tuning: KernelTuning) -> Compute {
        Compute(instructionSet: instructionSet, activations: activations, pool: pool, tuning: tuning)
    }

    /// Lets all threads share every operation of `body`, whatever else the machine does: for figures that name their number.
    /// - Throws: What `body` throws.
    package func withAllThreads<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try pool.withAllThreads(body)
    }

    /// Units of `work` (multiplications, say) that are worth a fork, and how many parts each thread gets at most.
    static let forkWork = 16_384
    static let partsPerThread = 6
    /// With so few rows a product waits for memory, and every part begins by waiting for its first bytes: fewer, longer ones.
    static let memoryBoundRows = 8
    static let memoryBoundParts = 2

    /// How many of `units` equal units one part takes, so that small jobs stay whole and large ones balance.
    func unitsPerPart(units: Int, work: Int, partsPerThread: Int = Compute.partsPerThread) -> Int {
        guard threads > 1, work >= Self.forkWork else { return max(units, 1) }
        let parts = min(units, threads * partsPerThread)
        return (units + parts - 1) / parts
    }

    /// Row i of `target` = row tokens[i] of a [vocabulary, hidden] matrix, dequantised.
    package func embed(_ tokens: [Int32], from matrix: Matrix, into target: Tensor) {
        precondition(target.columns == matrix.inputs && tokens.count <= target.rows, "embedding shapes differ")
        target.rounded = RoundedRows()
        precondition(tokens.allSatisfy { $0 >= 0 && $0 < matrix.outputs }, "token outside the vocabulary")
        unsafe tokens.withUnsafeBufferPointer { tokens in
            var job = unsafe kernel_embed(
                matrix: matrix.view, tokens: tokens.baseAddress, out: target.values, out_stride: target.stride)
            unsafe pool.run(kernel_embed_part, context: &job, parts: tokens.count)
        }
    }

    /// One of several products of the same rows.
    package struct Product {
        let matrix: Matrix
        let bias: Vector?
        let y: Tensor

        /// y = matrix x + bias.
        package init(_ matrix: Matrix, bias: Vector?, into y: Tensor) {
            self.matrix = matrix
            self.bias = bias
            self.y = y
        }
    }

    /// y[r] (+)= W x[r] + bias for the first `rows` rows; `accumulate` adds to what y holds.
    package func multiply(
        _ matrix: Matrix, _ x: Tensor, bias: Vector?, into y: Tensor, rows: Int, accumulate: Bool
    ) {
        guard rows > 0 else { return }
        prepare(matrix, x, rows: rows)
        var job = unsafe job(Product(matrix, bias: bias, into: y), x, rows: rows, accumulate: accumulate)
        unsafe pool.run(kernel_multiply_part, context: &job, parts: parts(job))
    }

    /// Up to three products of the same rows as one job.
    package func multiply(_ x: Tensor, _ first: Product, _ second: Product, _ third: Product?, rows: Int) {
        guard rows > 0 else { return }
        prepare(first.matrix, x, rows: rows)
        prepare(second.matrix, x, rows: rows)
        if let third { prepare(third.matrix, x, rows: rows) }
        let last = third ?? second
        unsafe withUnsafeTemporaryAllocation(of: kernel_multiply.self, capacity: 3) { jobs in
            unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: 3) { ends in
                unsafe jobs.initializeElement(at: 0, to: job(first, x, rows: rows, accumulate: false))
                unsafe jobs.initializeElement(at: 1, to: job(second, x, rows: rows, accumulate: false))
                unsafe jobs.initializeElement(at: 2, to: job(last, x, rows: rows, accumulate: false))
                unsafe ends.initializeElement(at: 0, to: parts(jobs[0]))
                unsafe ends.initializeElement(at: 1, to: ends[0] + parts(jobs[1]))
                unsafe ends.initializeElement(at: 2, to: ends[1] + (third == nil ? 0 : parts(jobs[2])))
                var products = unsafe kernel_products(products: jobs.baseAddress, end_parts: ends.baseAddress)
                unsafe pool.run(kernel_products_part, context: &products, parts: ends[2])
            }
        }
    }

    /// Rows of x in the form that a product with this matrix takes.
    private func prepare(_ matrix: Matrix, _ x: Tensor, rows: Int) {
        precondition(rows >= 0 && rows <= x.rows, "more rows than the tensor has")
        if takesQuantised(matrix) {
            let codes = matrix.format.activationCodes
            if x.rounded.count(in: codes) < rows { quantise(x, rows: rows, as: codes) }
        } else if takesRounded(matrix) {
            if x.rounded.pairs < rows { round(x, rows: rows) }
        } else if matrix.format.hasMinimum {
            sumGroups(of: x, group: matrix.format.group, rows: rows)
        }
    }

    private func takesQuantised(_ matrix: Matrix) -> Bool {
        activations == .int8 && kernel_takes_quantised(matrix.format.code) != 0
    }

    private func takesRounded(_ matrix: Matrix) -> Bool {
        activations == .int8 && kernel_takes_rounded(matrix.format.code) != 0
    }

    private func job(_ product: Product, _ x: Tensor, rows: Int, accumulate: Bool) -> kernel_multiply {
        let (matrix, bias, y) = (product.matrix, product.bias, product.y)
        precondition(x.columns == matrix.inputs && y.columns == matrix.outputs && x !== y, "product shapes differ")
        precondition(rows <= y.rows, "more rows than the tensors have")
        precondition(bias == nil || bias?.count == matrix.outputs, "bias and product differ in length")
        y.rounded = RoundedRows()
        let panels = (matrix.outputs + 15) / 16
        let perThread = rows <= Self.memoryBoundRows ? Self.memoryBoundParts : Self.partsPerThread
        let work = matrix.outputs * matrix.inputs
        let step = (unitsPerPart(units: panels, work: work, partsPerThread: perThread) + 3) / 4 * 4
        return unsafe kernel_multiply(
            table: table, matrix: matrix.view, activations: x.activations, x: x.values, sums: x.sums,
            bias: bias?.values, y: y.values, x_stride: x.stride, sums_stride: x.sumStride, y_stride: y.stride,
            rows: rows, panels_per_part: step, accumulate: accumulate ? 1 : 0,
            quantised: takesQuantised(matrix) || takesRounded(matrix) ? 1 : 0, tuning: tuning)
    }

    private func parts(_ job: kernel_multiply) -> Int {
        let panels = unsafe (job.matrix.outputs + 15) / 16
        return unsafe (panels + job.panels_per_part - 1) / job.panels_per_part
    }

    /// Rounds the first rows to eight bits, for the products that follow.
    package func quantise(_ x: Tensor, rows: Int, as codes: ActivationCodes = .plain) {
        precondition(rows >= 0 && rows <= x.rows, "more rows than the tensor has")
        precondition(codes == .plain || x.columns % 32 == 0, "only whole blocks of 32 are transformed")
        var job = unsafe kernel_rows(
            table: table, a: x.values, b: x.values, out: x.values, activations: x.activations, a_stride: x.stride,
            b_stride: 0, out_stride: x.stride, rows: rows, columns: x.columns, rows_per_part: 0, epsilon: 0, group: 0,
            quantises: codes.code)
        unsafe run(kernel_quantise_part, &job)
        if codes == .plain { x.rounded.codes = rows } else { x.rounded.hadamard = rows }
    }

    /// Rounds the first rows to bfloat, for the products that follow.
    private func round(_ x: Tensor, rows: Int) {
        var job = unsafe kernel_rows(
            table: table, a: x.values, b: x.values, out: x.values, activations: x.activations, a_stride: x.stride,
            b_stride: 0, out_stride: x.stride, rows: rows, columns: x.columns, rows_per_part: 0, epsilon: 0, group: 0,
            quantises: 0)
        unsafe run(kernel_round_part, &job)
        x.rounded.pairs = rows
    }

    private func sumGroups(of x: Tensor, group: Int, rows: Int) {
        var job = unsafe kernel_rows(
            table: table, a: x.values, b: x.values, out: x.sums, activations: x.activations, a_stride: x.stride,
            b_stride: 0, out_stride: x.sumStride, rows: rows, columns: x.columns, rows_per_part: 0, epsilon: 0,
            group: CInt(group), quantises: 0)
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
