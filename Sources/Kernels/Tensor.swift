internal import CKernels

/// A row-major f32 matrix of activations [rows, columns].
///
/// Rows start at multiples of 64 bytes. It is scratch memory with one owner: the code that runs the forward pass.
@safe package final class Tensor {
    /// Rows that there is room for.
    package let rows: Int
    /// Values in a row.
    package let columns: Int
    /// Floats from one row to the next.
    let stride: Int
    let values: UnsafeMutablePointer<Float>
    /// Room for the sums over groups of 16 columns, which formats with a minimum read: [rows][sumStride].
    let sums: UnsafeMutablePointer<Float>
    let sumStride: Int
    /// Room for the rows in eight bits and as bfloat pairs, and how many rows from the first on are there now.
    let activations: kernel_activations
    var rounded = RoundedRows()

    /// A matrix of zeros.
    package init(rows: Int, columns: Int) {
        precondition(rows > 0 && columns > 0, "a tensor has rows and columns")
        self.rows = rows
        self.columns = columns
        stride = (columns + 15) / 16 * 16
        sumStride = stride / 16
        unsafe values = Self.zeros(rows * stride)
        unsafe sums = Self.zeros(rows * sumStride)
        let groups = (columns + 31) / 32
        let codeStride = Self.codeStride(groups)
        let codes = UnsafeMutablePointer<Int8>.allocate(capacity: rows * codeStride)
        let scales = UnsafeMutablePointer<kernel_activation_group>.allocate(capacity: rows * groups)
        unsafe codes.initialize(repeating: 0, count: rows * codeStride)
        unsafe scales.initialize(repeating: kernel_activation_group(), count: rows * groups)
        let transformed = UnsafeMutablePointer<Int8>.allocate(capacity: rows * codeStride)
        let hadamardStride = Self.hadamardStride(columns)
        let hadamardScales = UnsafeMutablePointer<kernel_hadamard_group>.allocate(capacity: rows * hadamardStride)
        unsafe transformed.initialize(repeating: 0, count: rows * codeStride)
        unsafe hadamardScales.initialize(repeating: kernel_hadamard_group(), count: rows * hadamardStride)
        let pairStride = Self.pairStride(columns)
        let pairs = UnsafeMutablePointer<UInt32>.allocate(capacity: rows * pairStride)
        unsafe pairs.initialize(repeating: 0, count: rows * pairStride)
        unsafe activations = kernel_activations(
            codes: codes, groups: scales, pairs: pairs, code_stride: codeStride, group_stride: groups,
            pair_stride: pairStride, hadamard_codes: transformed, hadamard_groups: hadamardScales,
            hadamard_code_stride: codeStride, hadamard_group_stride: hadamardStride)
    }

    /// Bytes from a row of codes to the next.
    ///
    /// No multiple of 4096, or rows that are read together would push each other out of the first-level cache.
    private static func codeStride(_ groups: Int) -> Int { groups * 32 + (groups % 128 == 0 ? 64 : 0) }

    /// Groups of 256 in a row.
    private static func hadamardStride(_ columns: Int) -> Int { (columns + 255) / 256 }

    /// Words from a row of pairs to the next, no multiple of 4096 bytes either.
    private static func pairStride(_ columns: Int) -> Int {
        let words = (columns + 31) / 32 * 16
        return words + (words % 1024 == 0 ? 16 : 0)
    }

    /// Bytes that such a matrix takes, the room for sums and for rounded rows included; nil where they cannot be counted.
    package static func byteCount(rows: Int, columns: Int) -> Int? {
        guard rows >= 0, columns >= 0, columns <= Int.max / 8 else { return nil }
        let groups = (columns + 31) / 32
        let quantised =
            2 * codeStride(groups) + groups * MemoryLayout<kernel_activation_group>.stride + pairStride(columns) * 4
            + hadamardStride(columns) * MemoryLayout<kernel_hadamard_group>.stride
        let row = (columns + 15) / 16 * 17 * 4 + quantised
        let (bytes, overflow) = row.multipliedReportingOverflow(by: rows)
        return overflow ? nil : bytes
    }

    private static func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
        let raw = UnsafeMutableRawPointer.allocate(byteCount: (count * 4 + 63) / 64 * 64, alignment: 64)
        return unsafe raw.initializeMemory(as: Float.self, repeating: 0, count: count)
    }

    deinit {
        unsafe values.deallocate()
        unsafe sums.deallocate()
        unsafe activations.codes.deallocate()
        unsafe activations.groups.deallocate()
        unsafe activations.pairs.deallocate()
        unsafe activations.hadamard_codes.deallocate()
        unsafe activations.hadamard_groups.deallocate()
    }

    /// One row, to read.
    @_lifetime(borrow self)
    package func row(_ index: Int) -> Span<Float> {
        precondition(index >= 0 && index < rows, "row outside the tensor")
        let span = unsafe Span(_unsafeStart: UnsafePointer(values + index * stride), count: columns)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// One row, to write.
    package func withMutableRow<Result>(_ index: Int, _ body: (inout MutableSpan<Float>) -> Result) -> Result {
        precondition(index >= 0 && index < rows, "row outside the tensor")
        rounded = RoundedRows()
        var span = unsafe MutableSpan(_unsafeStart: values + index * stride, count: columns)
        return body(&span)
    }
}

/// How many rows of a tensor, from the first on, are there in less than 32 bits too.
struct RoundedRows {
    /// In eight bits.
    var codes = 0
    /// In eight bits behind their Hadamard transform.
    var hadamard = 0
    /// As bfloat pairs.
    var pairs = 0

    /// None.
    init() {}

    /// So many rows in these codes.
    init(_ rows: Int, in codes: ActivationCodes) {
        if codes == .plain { self.codes = rows } else { hadamard = rows }
    }

    /// How many rows are there in these codes.
    func count(in kind: ActivationCodes) -> Int { kind == .plain ? codes : hadamard }
}
