import FoundationEssentials
import Kernels
import Testing

/// Blocks of every format against the reference dequantiser, recorded by Tests/Fixtures/make_block_goldens.py.
struct DecodingTests {
    struct Golden {
        let source: [UInt8]
        let values: [UInt32]
    }

    static let inFiles = ElementFormat.allCases.filter(\.isInFiles)

    static func goldens() throws -> [ElementFormat: Golden] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = [UInt8](try Data(contentsOf: folder.appending(path: "Fixtures/block_goldens.bin")))
        var offset = 0
        func word() -> UInt32 {
            defer { offset += 4 }
            return (0..<4).reduce(0) { $0 | UInt32(data[offset + $1]) << (8 * UInt32($1)) }
        }
        var goldens: [ElementFormat: Golden] = [:]
        for format in inFiles {
            let (elements, byteCount) = (Int(word()), Int(word()))
            let source = Array(data[offset..<offset + byteCount])
            offset += byteCount
            goldens[format] = Golden(source: source, values: (0..<elements).map { _ in word() })
        }
        #expect(offset == data.count)
        return goldens
    }

    @Test(arguments: inFiles)
    func equalsTheReference(_ format: ElementFormat) throws {
        let golden = try #require(try Self.goldens()[format])
        #expect(format.byteCount(elements: golden.values.count) == golden.source.count)
        let decoded = unsafe Decoding.decode(golden.source.span.bytes, format: format, count: golden.values.count)
        #expect(decoded.map(\.bitPattern) == golden.values)
    }

    @Test(arguments: inFiles)
    func packedRowsEqualTheFile(_ format: ElementFormat) throws {
        let golden = try #require(try Self.goldens()[format])
        let inputs = format.blockElements == 1 ? 32 : format.blockElements
        let outputs = golden.values.count / inputs
        let compute = makeCompute(.scalar, threads: 2)
        let matrix = unsafe try Matrix(
            packing: golden.source.span.bytes, format: format, outputs: outputs, inputs: inputs, using: compute)
        let rows = Tensor(rows: outputs, columns: inputs)
        compute.embed((0..<Int32(outputs)).map { $0 }, from: matrix, into: rows)
        #expect(rows.bits(rows: outputs) == golden.values)
    }

    @Test func formatsKnowTheirSizes() {
        #expect(
            ElementFormat.q4_K.name == "Q4_K" && ElementFormat.bf16.name == "BF16" && ElementFormat.q5_1.name == "Q5_1")
        #expect(ElementFormat.q4_K.byteCount(elements: 512) == 288)
        #expect(ElementFormat.q4_K.byteCount(elements: 100) == nil)
        #expect(ElementFormat.q4_0.byteCount(elements: -32) == nil)
        #expect(ElementFormat.f32.byteCount(elements: Int.max) == nil)
        #expect(Matrix.packedByteCount(format: .q8_0, outputs: .max, inputs: 1 << 40) == nil)
        #expect(Matrix.packedByteCount(format: .q8_0, outputs: 17, inputs: 64) == 2 * 17 * 64)
        #expect(Matrix.packedByteCount(format: .q8_0, outputs: 17, inputs: 63) == nil)
    }

    @Test func packingRefusesWhatDoesNotFit() {
        let compute = makeCompute(.scalar, threads: 1)
        let bytes = [UInt8](repeating: 0, count: 34 * 4)
        #expect(throws: MatrixError.byteCount(expected: 34 * 2, found: 34 * 4)) {
            _ = unsafe try Matrix(packing: bytes.span.bytes, format: .q8_0, outputs: 2, inputs: 32, using: compute)
        }
        #expect(throws: MatrixError.shape(outputs: 4, inputs: 33, block: 32)) {
            _ = unsafe try Matrix(packing: bytes.span.bytes, format: .q8_0, outputs: 4, inputs: 33, using: compute)
        }
        #expect(throws: MatrixError.memory(bytes: nil)) {
            _ = unsafe try Matrix(packing: bytes.span.bytes, format: .q8_0, outputs: .max, inputs: 64, using: compute)
        }
    }

    /// The packed form keeps close to the file's size where it matters for memory.
    @Test(arguments: [(ElementFormat.q4_0, 1.0), (.q4_1, 1.0), (.q8_0, 1.0), (.q4_K, 1.03), (.f16, 1.0), (.bf16, 1.0)])
    func packedSizeStaysNearTheFile(_ format: ElementFormat, _ factor: Double) throws {
        let packed = try #require(Matrix.packedByteCount(format: format, outputs: 4096, inputs: 4096))
        let file = try #require(format.byteCount(elements: 4096 * 4096))
        #expect(Double(packed) <= Double(file) * factor)
    }
}
