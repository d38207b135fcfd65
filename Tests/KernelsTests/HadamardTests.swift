import Kernels
import Testing

/// Weights and activations that are coded behind their Hadamard transform.
struct HadamardTests {
    /// Pieces of 256, 128, 64 and 32.
    private static let inputs = 480
    private static let outputs = 37

    private static func packed(
        _ values: [Float], inputs: Int = inputs, from stored: ElementFormat = .f32, using compute: Compute
    ) throws(MatrixError) -> Matrix {
        let bytes = values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
        let form = MatrixLayout(
            outputs: values.count / inputs, inputs: inputs, stored: stored, wanted: .r8, rotation: 0)
        return unsafe try Matrix(packing: bytes.span.bytes, form: form, using: compute)
    }

    private static func bytes(_ matrix: Matrix) -> [UInt8] {
        let bytes = matrix.packedBytes
        return unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }

    private static func rows(_ matrix: Matrix, _ compute: Compute) -> [Float] {
        let target = Tensor(rows: matrix.outputs, columns: matrix.inputs)
        compute.embed((0..<Int32(matrix.outputs)).map { $0 }, from: matrix, into: target)
        return (0..<matrix.outputs).flatMap { target.values($0) }
    }

    /// Sums of twelve even numbers are near enough to what weights look like; one in a hundred stands out.
    private static func weights(_ count: Int) -> [Float] {
        var samples = Samples(seed: 23)
        return (0..<count).map { index in
            (0..<12).reduce(Float(0)) { sum, _ in sum + samples.float() } * (index % 97 == 0 ? 0.1 : 0.01)
        }
    }

    /// Root of the mean squared error over that of the values, 0.0066 where numbers are evenly spread. Without the transform
    /// the numbers that stand out would make it 0.02.
    @Test func rowsStayClose() throws {
        let compute = makeCompute(.scalar, threads: 2), values = Self.weights(64 * 512)
        let found = Self.rows(try Self.packed(values, inputs: 512, using: compute), compute)
        var (error, power) = (0.0, 0.0)
        for (value, other) in zip(values, found) {
            error += Double((value - other) * (value - other))
            power += Double(value * value)
        }
        #expect((error / power).squareRoot() < 0.0072)
    }

    @Test func zerosStayZeros() throws {
        let compute = makeCompute(.scalar, threads: 1), zeros = [Float](repeating: 0, count: 3 * Self.inputs)
        #expect(Self.rows(try Self.packed(zeros, using: compute), compute) == zeros)
    }

    @Test(arguments: InstructionSet.available)
    func everySetPacksTheSameBytes(_ set: InstructionSet) throws {
        let values = Self.weights(Self.outputs * Self.inputs)
        let expected = try Self.packed(values, using: makeCompute(.scalar, threads: 1))
        let found = try Self.packed(values, using: makeCompute(set, threads: 3))
        #expect(Self.bytes(found) == Self.bytes(expected))
        #expect(found.byteCount == Matrix.packedByteCount(format: .r8, outputs: Self.outputs, inputs: Self.inputs))
    }

    @Test func unsoundWeightsAreRefused() {
        for bad in [Float.nan, .infinity] {
            var values = [Float](repeating: 1, count: Self.inputs)
            values[300] = bad
            #expect(throws: MatrixError.encoding("holds a value that is infinite or not a number")) {
                try Self.packed(values, using: makeCompute(.scalar, threads: 1))
            }
        }
    }

    @Test func rowsAreWholeBlocks() {
        #expect(throws: MatrixError.shape(outputs: 1, inputs: 48, block: 32)) {
            try Self.packed([Float](repeating: 1, count: 48), inputs: 48, using: makeCompute(.scalar, threads: 1))
        }
        #expect(Matrix.packedByteCount(format: .r8, outputs: 1, inputs: 48) == nil)
    }

    /// No file holds the format, so rows cannot be had for one.
    @Test func noRowsAreMadeForFiles() {
        let source = [UInt8](repeating: 0, count: 4 * 256)
        let form = MatrixLayout(outputs: 1, inputs: 256, stored: .f32, wanted: .r8, rotation: 0)
        #expect(throws: MatrixError.encoding("R8 is a format that no file holds")) {
            _ = unsafe try Encoding.rows(
                source.span.bytes, form: form, heads: 0, using: makeCompute(.scalar, threads: 1))
        }
    }

    /// Norms and silu make the codes that a product would make itself.
    @Test(arguments: InstructionSet.comparable)
    func epiloguesMakeTheCodesOfTheProduct(_ set: InstructionSet) throws {
        var samples = Samples(seed: 3)
        let compute = makeCompute(set, .int8, threads: 2)
        let matrix = try Self.packed(Self.weights(Self.outputs * Self.inputs), using: compute)
        let x = Tensor(rows: 9, columns: Self.inputs, values: samples.floats(9 * Self.inputs))
        let weight = Vector(samples.floats(Self.inputs))
        func product(_ input: Tensor) -> [UInt32] {
            let y = Tensor(rows: 9, columns: Self.outputs)
            compute.multiply(matrix, input, bias: nil, into: y, rows: 9, accumulate: false)
            return y.bits(rows: 9)
        }
        let normed = [ActivationCodes.plain, .hadamard].map { codes -> [UInt32] in
            let y = Tensor(rows: 9, columns: Self.inputs)
            compute.rmsNorm(x, weight: weight, epsilon: 1e-5, into: y, rows: 9, codes: codes)
            return product(y)
        }
        let activated = [ActivationCodes.plain, .hadamard].map { codes -> [UInt32] in
            let y = Tensor(rows: 9, columns: Self.inputs)
            compute.siluMultiply(gate: x, up: x, into: y, rows: 9, codes: codes)
            return product(y)
        }
        #expect(normed[0] == normed[1] && activated[0] == activated[1] && normed[0] != activated[0])
    }

    /// What went wrong before a product shows behind it, in the rows that it happened to.
    @Test(arguments: InstructionSet.comparable)
    func unsoundActivationsStayVisible(_ set: InstructionSet) throws {
        let compute = makeCompute(set, .int8, threads: 1)
        let matrix = try Self.packed(Self.weights(Self.outputs * Self.inputs), using: compute)
        for bad in [Float.nan, .infinity, -.infinity, 3e38] {
            var values = [Float](repeating: 0.5, count: 3 * Self.inputs)
            values[Self.inputs + 470] = bad
            values[Self.inputs + 471] = bad
            let y = Tensor(rows: 3, columns: Self.outputs)
            let x = Tensor(rows: 3, columns: Self.inputs, values: values)
            compute.multiply(matrix, x, bias: nil, into: y, rows: 3, accumulate: false)
            #expect(y.values(1).allSatisfy { $0.isNaN }, "\(bad)")
            #expect(y.values(0).allSatisfy { $0.isFinite } && y.values(0) == y.values(2))
        }
    }
}
