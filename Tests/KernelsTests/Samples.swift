import Kernels
import Platform

/// A small seeded generator, so that every run sees the same numbers.
struct Samples {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    /// Evenly from -1 ..< 1.
    mutating func float() -> Float { Float(next() >> 40) / Float(1 << 23) - 1 }

    mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }

    /// A small half of either sign.
    private mutating func half(exponent: UInt16) -> UInt16 { exponent | UInt16(truncatingIfNeeded: next()) & 0x83FF }

    /// File bytes of random weights: random codes with scales of ordinary size.
    mutating func weights(_ format: ElementFormat, elements: Int) -> [UInt8] {
        switch format {
        case .f32: return (0..<elements).flatMap { _ in bytes(float().bitPattern, 4) }
        case .f16: return (0..<elements).flatMap { _ in bytes(UInt32(half(exponent: 0x2C00)), 2) }
        case .bf16: return (0..<elements).flatMap { _ in bytes(float().bitPattern >> 16, 2) }
        default: break
        }
        let size = format.blockBytes
        var data = (0..<elements / format.blockElements * size).map { _ in UInt8(truncatingIfNeeded: next()) }
        for block in stride(from: 0, to: data.count, by: size) {
            for offset in Self.halfOffsets(format) {
                data.replaceSubrange(
                    block + offset..<block + offset + 2, with: bytes(UInt32(half(exponent: 0x1C00)), 2))
            }
        }
        return data
    }

    private func bytes(_ bits: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
    }

    /// Where a block keeps its half-precision scales.
    private static func halfOffsets(_ format: ElementFormat) -> [Int] {
        switch format {
        case .f32, .f16, .bf16, .r8: []
        case .q4_0, .q5_0, .q8_0, .iq4_NL: [0]
        case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
        case .q2_K: [80, 82]
        case .q3_K: [108]
        case .q6_K: [208]
        }
    }
}

/// A pool and a table of kernels of its own.
func makeCompute(
    _ instructionSet: InstructionSet, _ activations: ActivationFormat = .f32, threads: Int
) -> Compute {
    Compute(instructionSet: instructionSet, activations: activations, pool: ComputePool(threads: threads))
}

/// Faster tables that must equal the scalar one, with one and two threads.
let fasterTables = InstructionSet.available.withThreads

/// The same for products, of which there is one more kind.
let fasterProducts = InstructionSet.comparable.withThreads

extension [InstructionSet] {
    fileprivate var withThreads: [(InstructionSet, Int)] {
        filter { $0 != .scalar }.flatMap { [($0, 1), ($0, 2)] }
    }
}

extension Tensor {
    /// A tensor filled row by row.
    convenience init(rows: Int, columns: Int, values: [Float]) {
        self.init(rows: rows, columns: columns)
        for row in 0..<rows { setRow(row, Array(values[row * columns..<(row + 1) * columns])) }
    }

    func setRow(_ row: Int, _ values: [Float]) {
        withMutableRow(row) { span in
            for (column, value) in values.enumerated() { span[column] = value }
        }
    }

    /// One row as an array.
    func values(_ index: Int) -> [Float] {
        let span = row(index)
        return (0..<columns).map { span[$0] }
    }

    /// Bit patterns of the first `rows` rows, for comparison as equality.
    func bits(rows count: Int) -> [UInt32] { (0..<count).flatMap { values($0).map(\.bitPattern) } }
}
