import Kernels
import Testing

/// From numbers to blocks: how close, how exact, and the same on every path.
struct EncodingTests {
    static let formats: [ElementFormat] = [.q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .q4_K, .q5_K, .q6_K, .f16, .bf16]
    private static let compute = makeCompute(.scalar, threads: 2)

    private static func form(
        _ outputs: Int, _ inputs: Int, from stored: ElementFormat, to wanted: ElementFormat, rotation: Int = 0
    ) -> MatrixLayout {
        MatrixLayout(outputs: outputs, inputs: inputs, stored: stored, wanted: wanted, rotation: rotation)
    }

    private static func bytes(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
    }

    private static func encoded(
        _ values: [Float], inputs: Int, _ format: ElementFormat, heads: Int = 0, compute: Compute = compute
    ) throws -> [UInt8] {
        let source = bytes(values)
        return try rows(source, form(values.count / inputs, inputs, from: .f32, to: format), heads, compute)
    }

    private static func rows(
        _ source: [UInt8], _ form: MatrixLayout, _ heads: Int = 0, _ compute: Compute = compute
    ) throws(MatrixError) -> [UInt8] {
        unsafe try Encoding.rows(source.span.bytes, form: form, heads: heads, using: compute)
    }

    private static func packed(_ source: [UInt8], _ form: MatrixLayout) throws(MatrixError) -> Matrix {
        unsafe try Matrix(packing: source.span.bytes, form: form, using: compute)
    }

    private static func decoded(_ bytes: [UInt8], _ format: ElementFormat, count: Int) -> [Float] {
        unsafe Decoding.decode(bytes.span.bytes, format: format, count: count)
    }

    /// Sums of twelve even numbers are near enough to what weights look like.
    private static func bell(_ count: Int) -> [Float] {
        var samples = Samples(seed: 11)
        return (0..<count).map { _ in (0..<12).reduce(Float(0)) { sum, _ in sum + samples.float() } * 0.01 }
    }

    /// Root of the mean squared error over that of the values. The bounds are a few percent above what was measured.
    @Test(arguments: [
        (ElementFormat.q8_0, 0.0056), (.q4_0, 0.086), (.q4_1, 0.074), (.q5_0, 0.0425), (.q5_1, 0.0358),
        (.q4_K, 0.0745), (.q5_K, 0.0368), (.q6_K, 0.018), (.f16, 0.0003), (.bf16, 0.0018),
    ])
    func staysClose(_ format: ElementFormat, _ bound: Double) throws {
        let values = Self.bell(64 * 512)
        let result = Self.decoded(try Self.encoded(values, inputs: 512, format), format, count: values.count)
        var (error, power) = (0.0, 0.0)
        for (value, other) in zip(values, result) {
            error += Double((value - other) * (value - other))
            power += Double(value * value)
        }
        #expect((error / power).squareRoot() < bound)
    }

    /// Numbers that a block can hold keep their codes.
    @Test(arguments: formats)
    func representableNumbersAreKept(_ format: ElementFormat) throws {
        let (low, high): (Int, Int) =
            switch format {
            case .q4_0: (-8, 7)
            case .q5_0: (-16, 15)
            case .q6_K: (-32, 31)
            case .q4_1, .q4_K: (0, 15)
            case .q5_1, .q5_K: (0, 31)
            default: (-127, 127)
            }
        let span = high - low + 1
        // Both ends are there in every group of sixteen, and a scale whose 63rd part is exact.
        let values = (0..<17 * 512).map { index -> Float in
            let place = index % 16
            let code = place == 0 ? low : place == 1 ? high : low + (index &* 7 &+ index / 16 &* 3) % span
            return Float(code) * 0.0625 * 63 / 64
        }
        let result = Self.decoded(try Self.encoded(values, inputs: 512, format), format, count: values.count)
        // Scales are rounded to halves and small whole numbers, which moves a value by much less than a code does.
        let bound = Float(max(-low, high)) * 0.0625 * 0.002
        let isKept = zip(values, result).allSatisfy { abs($0 - $1) <= bound }
        #expect(isKept)
    }

    @Test(arguments: formats)
    func zerosStayZeros(_ format: ElementFormat) throws {
        let values = [Float](repeating: 0, count: 3 * 256)
        #expect(Self.decoded(try Self.encoded(values, inputs: 256, format), format, count: values.count) == values)
    }

    @Test(arguments: [ElementFormat.q4_1, .q5_1])
    func equalNumbersStayEqual(_ format: ElementFormat) throws {
        let values = [Float](repeating: -0.375, count: 64)
        #expect(Self.decoded(try Self.encoded(values, inputs: 64, format), format, count: values.count) == values)
    }

    @Test(arguments: formats, InstructionSet.available)
    func everyInstructionSetGivesTheSameBytes(_ format: ElementFormat, _ set: InstructionSet) throws {
        let values = Self.bell(19 * 768)
        let expected = try Self.encoded(values, inputs: 768, format)
        for threads in [1, 3] {
            #expect(
                try Self.encoded(values, inputs: 768, format, compute: makeCompute(set, threads: threads)) == expected)
        }
    }

    /// Packing rows that are encoded on the way gives what packing encoded rows gives.
    @Test(arguments: formats, [(1, 1), (15, 2), (16, 3), (17, 5), (33, 9)])
    func panelsEqualRows(_ format: ElementFormat, _ shape: (outputs: Int, units: Int)) throws {
        let inputs = shape.units * max(32, format.blockElements)
        let count = shape.outputs * inputs
        let identity = (0..<Int32(shape.outputs)).map { $0 }
        for stored in [ElementFormat.f32, .f16, .bf16] where stored != format {
            var samples = Samples(seed: 5)
            let source = samples.weights(stored, elements: count)
            let form = Self.form(shape.outputs, inputs, from: stored, to: format)
            let direct = try Self.packed(source, form)
            let rows = try Self.rows(source, form)
            let values = Tensor(rows: shape.outputs, columns: inputs)
            Self.compute.embed(identity, from: direct, into: values)
            #expect(
                values.bits(rows: shape.outputs) == Self.decoded(rows, format, count: count).map(\.bitPattern))
            #expect(direct.byteCount == Matrix.packedByteCount(format: format, outputs: shape.outputs, inputs: inputs))
        }
    }

    @Test(arguments: [ElementFormat.f32, .bf16, .q8_0, .q4_K])
    func columnsCanBeRotated(_ format: ElementFormat) throws {
        var samples = Samples(seed: 9)
        let source = samples.weights(format, elements: 5 * 1024)
        let form = Self.form(5, 1024, from: format, to: format, rotation: 512)
        let values = Self.decoded(source, format, count: 5 * 1024)
        let expected = (0..<5 * 1024).map { (index: Int) -> Float in
            values[index / 1024 * 1024 + (index + 512) % 1024]
        }
        let rows = try Self.rows(source, form)
        #expect(Self.decoded(rows, format, count: 5 * 1024) == expected)
        let matrix = try Self.packed(source, form)
        let packed = Tensor(rows: 5, columns: 1024)
        Self.compute.embed([0, 1, 2, 3, 4], from: matrix, into: packed)
        #expect(packed.bits(rows: 5) == expected.map(\.bitPattern))
    }

    @Test func rotaryPairsBecomeNeighbours() throws {
        // Two heads of six rows; every row says which one it is.
        let values = (0..<12).flatMap { row in [Float](repeating: Float(row), count: 32) }
        let rows = Self.decoded(try Self.encoded(values, inputs: 32, .bf16, heads: 2), .bf16, count: values.count)
        #expect((0..<12).map { rows[$0 * 32] } == [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11])
    }

    @Test(arguments: formats, [Float.nan, .infinity, -.infinity])
    func unsoundNumbersAreRefused(_ format: ElementFormat, _ bad: Float) throws {
        var values = [Float](repeating: 1, count: 18 * 512)
        values[17 * 512 + 300] = bad
        let error = #expect(throws: MatrixError.self) { try Self.encoded(values, inputs: 512, format) }
        #expect(error?.description == "holds a value that is infinite or not a number")
    }

    @Test(arguments: formats)
    func hugeNumbersAreRefused(_ format: ElementFormat) throws {
        var values = [Float](repeating: 1, count: 512)
        values[100] = 1e6
        guard format != .bf16 else {
            _ = try Self.encoded(values, inputs: 512, format)
            return
        }
        let error = #expect(throws: MatrixError.self) { try Self.encoded(values, inputs: 512, format) }
        #expect(error?.description == "holds a value beyond 65504, which is too large for \(format.name)")
    }

    @Test func impossibleFormsAreRefused() {
        let source = [UInt8](repeating: 0, count: 4 * 48)
        #expect(throws: MatrixError.shape(outputs: 1, inputs: 48, block: 32)) {
            try Self.rows(source, Self.form(1, 48, from: .f32, to: .q8_0))
        }
        #expect(throws: MatrixError.encoding("there is no encoder for Q2_K")) {
            let source = [UInt8](repeating: 0, count: 1024)
            _ = try Self.rows(source, Self.form(1, 256, from: .f32, to: .q2_K))
        }
    }
}
