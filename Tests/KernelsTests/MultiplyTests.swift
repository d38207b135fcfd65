import Kernels
import Testing

/// Matrix products: every format and instruction set equals the scalar specification bit for bit.
struct MultiplyTests {
    struct Case {
        let matrix: Matrix
        let weights: [Float]
        let x: [Float]
        let bias: [Float]
        let old: [Float]
        let rows: Int

        init(_ format: ElementFormat, outputs: Int, inputs: Int, rows: Int) throws {
            var samples = Samples(seed: UInt64(outputs * 7919 + inputs) ^ UInt64(format.rawValue) << 32)
            // What no file holds is made of values.
            let stored = format.isInFiles ? format : .f32
            let source = samples.weights(stored, elements: outputs * inputs)
            let compute = makeCompute(.scalar, threads: 2)
            matrix = unsafe try Matrix(
                packing: source.span.bytes,
                form: MatrixLayout(outputs: outputs, inputs: inputs, stored: stored, wanted: format, rotation: 0),
                using: compute)
            let decoded = Tensor(rows: outputs, columns: inputs)
            compute.embed((0..<Int32(outputs)).map { $0 }, from: matrix, into: decoded)
            weights = (0..<outputs).flatMap { decoded.values($0) }
            x = samples.floats(rows * inputs)
            bias = samples.floats(outputs)
            old = samples.floats(rows * outputs)
            self.rows = rows
        }

        /// The bits of rows `range`, computed together; rows beyond them must keep what they held.
        func product(_ compute: Compute, _ range: Range<Int>) -> [UInt32] {
            let (inputs, outputs) = (matrix.inputs, matrix.outputs)
            let input = Tensor(
                rows: range.count, columns: inputs,
                values: Array(x[range.lowerBound * inputs..<range.upperBound * inputs]))
            let y = Tensor(rows: range.count + 1, columns: outputs)
            for (index, row) in range.enumerated() { y.setRow(index, Array(old[row * outputs..<(row + 1) * outputs])) }
            y.setRow(range.count, [Float](repeating: 42, count: outputs))
            compute.multiply(matrix, input, bias: Vector(bias), into: y, rows: range.count, accumulate: true)
            #expect(y.values(range.count).allSatisfy { $0 == 42 })
            return y.bits(rows: range.count)
        }
    }

    /// Outputs and inputs for a format: one panel, odd outputs, and inputs beyond one cached chunk.
    static func shapes(_ format: ElementFormat) -> [(outputs: Int, inputs: Int)] {
        switch format.blockElements {
        case _ where format == .r8: [(16, 32), (37, 480), (100, 576)]
        case 1: [(16, 7), (37, 48), (21, 300)]
        case 32: [(16, 32), (37, 96), (100, 576)]
        default: [(16, 256), (37, 768)]
        }
    }

    static let rowCounts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 24, 33]

    @Test(arguments: ElementFormat.allCases, ActivationFormat.allCases)
    func everyTableEqualsTheSpecification(_ format: ElementFormat, _ activations: ActivationFormat) throws {
        for shape in Self.shapes(format) {
            let sample = try Case(format, outputs: shape.outputs, inputs: shape.inputs, rows: 33)
            let expected = sample.product(makeCompute(.scalar, activations, threads: 2), 0..<33)
            for (instructionSet, threads) in fasterProducts {
                let compute = makeCompute(instructionSet, activations, threads: threads)
                for rows in Self.rowCounts {
                    let found = sample.product(compute, 0..<rows)
                    #expect(
                        found == Array(expected.prefix(rows * shape.outputs)), "\(instructionSet) \(shape) rows \(rows)"
                    )
                }
            }
        }
    }

    /// In eight bits an activation is off by half a step of its group, 1/254 of the largest, at most, which behind a
    /// transform is the length of the group at most; as a bfloat by 2^-9 of itself.
    @Test(arguments: ElementFormat.allCases, ActivationFormat.allCases)
    func theSpecificationMultiplies(_ format: ElementFormat, _ activations: ActivationFormat) throws {
        let sample = try Case(format, outputs: 21, inputs: max(format.blockElements, 64), rows: 5)
        let found = sample.product(makeCompute(.scalar, activations, threads: 1), 0..<5).map { Float(bitPattern: $0) }
        let isRounded = activations == .int8 && format.blockElements > 1
        let inputs = sample.matrix.inputs
        for (index, value) in found.enumerated() {
            let (row, output) = (index / 21, index % 21)
            var sum = Double(sample.bias[output]) + Double(sample.old[index])
            var size = abs(sum)
            var slack = 0.0
            var (lengthOfWeights, lengthOfX) = (0.0, 0.0)
            for k in 0..<inputs {
                let term = Double(sample.weights[output * inputs + k]) * Double(sample.x[row * inputs + k])
                sum += term
                size += abs(term)
                lengthOfWeights += Double(sample.weights[output * inputs + k] * sample.weights[output * inputs + k])
                lengthOfX += Double(sample.x[row * inputs + k] * sample.x[row * inputs + k])
                if isRounded, format != .r8 { slack += abs(Double(sample.weights[output * inputs + k])) / 254 }
                if activations == .int8, format == .bf16 { slack += abs(term) / 512 }
            }
            if isRounded, format == .r8 { slack = (Double(inputs) * lengthOfWeights * lengthOfX).squareRoot() / 254 }
            #expect(abs(Double(value) - sum) <= size * 4e-6 + slack, "output \(output) of row \(row)")
        }
    }

    @Test(arguments: InstructionSet.comparable.filter { $0 != .scalar }, ActivationFormat.allCases)
    func aRowDoesNotSeeItsNeighbours(_ instructionSet: InstructionSet, _ activations: ActivationFormat) throws {
        let compute = makeCompute(instructionSet, activations, threads: 1)
        let other = makeCompute(instructionSet, activations, threads: 2)
        for format in [ElementFormat.f32, .bf16, .q4_1, .q8_0, .q4_K, .q6_K, .r8] {
            let sample = try Case(format, outputs: 200, inputs: 512, rows: 100)
            let together = sample.product(compute, 0..<100)
            #expect(together == sample.product(other, 0..<100))
            for cut in [1, 3, 13, 64, 95, 97] {
                #expect(
                    together == sample.product(other, 0..<cut) + sample.product(other, cut..<100),
                    "\(format) cut \(cut)")
            }
            for row in [0, 7, 50, 99] {
                let alone = sample.product(other, row..<row + 1)
                #expect(alone == Array(together[row * 200..<(row + 1) * 200]), "\(format) row \(row)")
            }
        }
    }

    /// Long enough that the rows are taken in several passes.
    @Test(arguments: ActivationFormat.allCases) func longRowsAgree(_ activations: ActivationFormat) throws {
        for format in [ElementFormat.f16, .bf16, .q4_0, .q6_K, .r8] {
            let sample = try Case(format, outputs: 18, inputs: 11_008, rows: 49)
            let expected = sample.product(makeCompute(.scalar, activations, threads: 2), 0..<49)
            for (instructionSet, threads) in fasterProducts {
                let compute = makeCompute(instructionSet, activations, threads: threads)
                #expect(sample.product(compute, 0..<49) == expected)
                #expect(sample.product(compute, 0..<1) == Array(expected.prefix(18)))
            }
        }
    }

    /// More rows than one pass of tiles takes, with rests of every kind: none, few, and a tile that repeats rows.
    @Test(arguments: [ElementFormat.bf16, .q4_1, .q5_0, .q8_0, .q2_K, .q6_K, .r8])
    func manyRowsAgree(_ format: ElementFormat) throws {
        let sample = try Case(format, outputs: 37, inputs: 256, rows: 300)
        let expected = sample.product(makeCompute(.scalar, .int8, threads: 2), 0..<300)
        for (instructionSet, threads) in fasterProducts {
            let compute = makeCompute(instructionSet, .int8, threads: threads)
            for rows in [256, 263, 264, 300] {
                let found = sample.product(compute, 0..<rows)
                #expect(found == Array(expected.prefix(rows * 37)), "\(instructionSet) rows \(rows)")
            }
        }
    }

    /// Constants that are chosen for a processor change no bit: from nearly no rows on, and never, are codes unpacked once.
    @Test(arguments: ElementFormat.allCases) func tuningChangesNoBits(_ format: ElementFormat) throws {
        let sample = try Case(format, outputs: 100, inputs: 512, rows: 40)
        let expected = sample.product(makeCompute(.scalar, .int8, threads: 2), 0..<40)
        for (instructionSet, threads) in fasterProducts {
            let compute = makeCompute(instructionSet, .int8, threads: threads)
            for rows in [0, 5, Int.max] {
                let tuning = KernelTuning(prefetchBytes: 4096, prefetchesFar: rows == 5, unpackedRows: rows)
                #expect(sample.product(compute.tuned(tuning), 0..<40) == expected, "\(instructionSet) from \(rows)")
            }
        }
    }

    /// Panels that end exactly at the end of their memory, which is followed by a page that cannot be read.
    @Test(arguments: [
        (ElementFormat.f32, 64), (.f16, 128), (.bf16, 128), (.q8_0, 4096), (.q5_0, 4096), (.q4_0, 4096), (.q4_1, 2048),
        (.q5_1, 2048), (.q4_K, 16_384), (.q2_K, 16_384), (.q3_K, 32_768), (.q5_K, 16_384), (.q6_K, 32_768),
        (.r8, 32_768),
    ])
    func readsEndWithTheWeights(_ format: ElementFormat, _ inputs: Int) throws {
        let bytes = try #require(Matrix.packedByteCount(format: format, outputs: 16, inputs: inputs))
        #expect(bytes % 4096 == 0)
        let sample = try Case(format, outputs: 16, inputs: inputs, rows: 17)
        for instructionSet in InstructionSet.comparable where instructionSet != .scalar {
            for activations in ActivationFormat.allCases {
                let compute = makeCompute(instructionSet, activations, threads: 1)
                let together = sample.product(compute, 0..<17)
                #expect(sample.product(compute, 0..<1) == Array(together.prefix(16)))
            }
        }
    }

    /// Instructions for bfloat pairs flush subnormal numbers, so everybody does; a number that is none stays one.
    @Test func bfloatsThatAreTinyOrNoNumbersAgree() throws {
        var samples = Samples(seed: 5)
        let source = samples.floats(21 * 48).enumerated().flatMap { index, value in
            let bits = (index % 7 == 0 ? value * 0x1p-126 : value * 0x1p-60).bitPattern >> 16
            return [UInt8(bits & 255), UInt8(bits >> 8)]
        }
        let matrix = unsafe try Matrix(
            packing: source.span.bytes, format: .bf16, outputs: 21, inputs: 48, using: makeCompute(.scalar, threads: 1))
        var values = samples.floats(48 * 4).enumerated().map { $1 * ($0 % 5 == 0 ? 0x1p-130 : 0x1p-66) }
        values[48 * 3 + 17] = .nan
        let x = Tensor(rows: 4, columns: 48, values: values)
        let rows: [[UInt32]] = InstructionSet.comparable.map { set in
            let y = Tensor(rows: 4, columns: 21)
            x.withMutableRow(0) { _ in }
            makeCompute(set, .int8, threads: 1).multiply(matrix, x, bias: nil, into: y, rows: 4, accumulate: false)
            let poisoned = y.values(3)
            #expect(poisoned.allSatisfy { $0.isNaN })
            return Array(y.bits(rows: 3))
        }
        #expect(rows.allSatisfy { $0 == rows[0] })
        #expect(rows[0].contains { $0 != 0 })
    }

    @Test func plainProductReplacesTheTarget() throws {
        let sample = try Case(.f32, outputs: 20, inputs: 32, rows: 2)
        let x = Tensor(rows: 2, columns: 32, values: sample.x)
        for instructionSet in InstructionSet.available {
            let compute = makeCompute(instructionSet, threads: 1)
            let (added, replaced) = (Tensor(rows: 2, columns: 20), Tensor(rows: 2, columns: 20, values: sample.old))
            compute.multiply(sample.matrix, x, bias: nil, into: added, rows: 2, accumulate: true)
            compute.multiply(sample.matrix, x, bias: nil, into: replaced, rows: 2, accumulate: false)
            #expect(added.bits(rows: 2) == replaced.bits(rows: 2))
        }
    }
}
