internal import Platform

/// Kernels against others that are trusted: the same products, compared bit by bit and by the clock.
package enum KernelTrial {
    /// Two panels and a half, and more inputs than any kernel takes in one go.
    private static let outputs = 40
    private static let inputs = 1280
    /// Whole tiles of rows, and more of them by few and by many.
    private static let rowCounts = [16, 35, 44]
    /// What the clock sees: a matrix that the second-level cache holds, and a batch of rows.
    private static let timedOutputs = 512
    private static let timedInputs = 1024
    private static let timedRows = 64
    private static let repeats = 6

    /// Kernels on this thread alone.
    static func compute(_ set: InstructionSet) -> Compute {
        Compute(instructionSet: set, activations: .int8, pool: ComputePool(threads: 1))
    }

    /// Whether products of every quantised format are the same bits.
    /// - Throws: `MatrixError` where there is no memory for the trial's matrices.
    package static func agree(_ candidate: Compute, _ reference: Compute) throws(MatrixError) -> Bool {
        var noise = Noise()
        for format in ElementFormat.allCases where format.blockElements > 1 {
            let matrix = try noise.matrix(format, outputs: outputs, inputs: inputs, using: reference)
            for rows in rowCounts {
                let x = noise.tensor(rows: rows, columns: inputs)
                let found = product(matrix, x, candidate), expected = product(matrix, x, reference)
                for row in 0..<rows {
                    let (found, expected) = (found.row(row), expected.row(row))
                    for output in 0..<outputs where found[output].bitPattern != expected[output].bitPattern {
                        return false
                    }
                }
            }
        }
        return true
    }

    private static func product(_ matrix: Matrix, _ x: Tensor, _ compute: Compute) -> Tensor {
        let y = Tensor(rows: x.rows, columns: matrix.outputs)
        x.rounded = RoundedRows()
        compute.multiply(matrix, x, bias: nil, into: y, rows: x.rows, accumulate: false)
        return y
    }

    /// How many times as fast the candidate is with many rows.
    /// - Throws: `MatrixError` where there is no memory for the trial's matrices.
    package static func speedup(of candidate: Compute, over reference: Compute) throws(MatrixError) -> Double {
        var noise = Noise()
        let matrix = try noise.matrix(.q4_1, outputs: timedOutputs, inputs: timedInputs, using: reference)
        let x = noise.tensor(rows: timedRows, columns: timedInputs)
        let y = Tensor(rows: timedRows, columns: timedOutputs)
        func seconds(_ compute: Compute) -> Double {
            let start = Clock.monotonicSeconds()
            compute.multiply(matrix, x, bias: nil, into: y, rows: timedRows, accumulate: false)
            return Clock.monotonicSeconds() - start
        }
        var best = (candidate: Double.infinity, reference: Double.infinity)
        for _ in 0..<repeats {
            best.reference = min(best.reference, seconds(reference))
            best.candidate = min(best.candidate, seconds(candidate))
        }
        return best.reference / best.candidate
    }
}

/// Seeded random weights and activations.
private struct Noise {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    private mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    /// Random blocks, those of Q8_0 for a format that no file holds. Wherever a format keeps halves, at the start or at the end of a block, their sizes are below 2.
    mutating func matrix(
        _ format: ElementFormat, outputs: Int, inputs: Int, using compute: Compute
    ) throws(MatrixError) -> Matrix {
        let stored = format.isInFiles ? format : .q8_0
        let size = stored.blockBytes
        let halves = [1, 3, size - 3, size - 1]
        let bytes = (0..<outputs * inputs / stored.blockElements * size).map { index in
            let byte = UInt8(truncatingIfNeeded: next() >> 32)
            return halves.contains(index % size) ? byte & 0xBF : byte
        }
        let form = MatrixLayout(outputs: outputs, inputs: inputs, stored: stored, wanted: format, rotation: 0)
        return unsafe try Matrix(packing: bytes.span.bytes, form: form, using: compute)
    }

    /// Values from -1 ..< 1.
    mutating func tensor(rows: Int, columns: Int) -> Tensor {
        let tensor = Tensor(rows: rows, columns: columns)
        for row in 0..<rows {
            tensor.withMutableRow(row) { span in
                for column in 0..<columns { span[column] = Float(next() >> 40) / Float(1 << 23) - 1 }
            }
        }
        return tensor
    }
}
