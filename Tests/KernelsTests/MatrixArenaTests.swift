import Kernels
import Platform
import Testing

/// Matrices that share one mapping.
struct MatrixArenaTests {
    private static let compute = makeCompute(.scalar, threads: 2)
    private static let form = MatrixLayout(outputs: 40, inputs: 64, stored: .q8_0, wanted: .q8_0, rotation: 0)
    private static let source = (0..<40 * 2 * 34).map { UInt8(truncatingIfNeeded: $0 * 7) & 0x3b }

    private static func packed(into arena: MatrixArena) throws(MatrixError) -> Matrix {
        unsafe try Matrix(packing: source.span.bytes, form: form, into: arena, using: compute)
    }

    private static func bytes(_ matrix: Matrix) -> [UInt8] {
        unsafe matrix.packedBytes.withUnsafeBytes { unsafe Array($0) }
    }

    @Test func holdWhatTheyHoldAlone() throws {
        let alone = unsafe try Matrix(packing: Self.source.span.bytes, form: Self.form, using: Self.compute)
        let arena = try MatrixArena(byteCount: 3 * alone.byteCount)
        let matrices = try (0..<3).map { _ in try Self.packed(into: arena) }
        for matrix in matrices { #expect(Self.bytes(matrix) == Self.bytes(alone)) }
        let places = matrices.map { matrix in
            unsafe matrix.packedBytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        }
        #expect(places[1] - places[0] == UInt(alone.byteCount) && places[2] - places[1] == UInt(alone.byteCount))
    }

    @Test func noMoreThanThereIsRoomFor() throws {
        let bytes = try #require(Matrix.packedByteCount(format: .q8_0, outputs: 40, inputs: 64))
        let arena = try MatrixArena(byteCount: 2 * bytes - 1)
        _ = try Self.packed(into: arena)
        #expect(throws: MatrixError.memory(bytes: bytes)) { _ = try Self.packed(into: arena) }
        #expect(throws: MatrixError.memory(bytes: nil)) { _ = try MatrixArena(byteCount: nil) }
        #expect(throws: MatrixError.memory(bytes: .max)) { _ = try MatrixArena(byteCount: .max) }
    }

    /// The memory outlives the arena in its matrices, and is gone with the last of them.
    @Test func theLastMatrixGivesTheMemoryBack() throws {
        let page = 4096
        func mapped() throws -> Int {
            let text = String(
                decoding: try FileDescriptor(readingPath: "/proc/self/statm").read(maximumBytes: 200), as: UTF8.self)
            return Int(text.split(separator: " ").first ?? "") ?? 0
        }
        let before = try mapped()
        let room = 1 << 33
        var last: Matrix?
        do {
            let arena = try MatrixArena(byteCount: room)
            last = try Self.packed(into: arena)
        }
        #expect(try mapped() > before + room / page / 2)
        #expect(try Self.bytes(#require(last)).count == Matrix.packedByteCount(format: .q8_0, outputs: 40, inputs: 64))
        last = nil
        #expect(try mapped() < before + room / page / 2)
    }
}
