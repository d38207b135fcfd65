import Kernels
import Weights

/// A tensor in its file, or some of its rows, in a format that can be computed with.
struct StoredTensor: Sendable {
    let info: TensorInfo
    let format: ElementFormat
    /// [count] of a vector, [inputs, outputs] of a matrix.
    let extents: [Int]
    /// Where the rows begin in the tensor of the file.
    let firstRow: Int
    /// The format that a matrix is to have in memory; nil: as stored.
    var quantised: ElementFormat?

    /// The same tensor, to be loaded in another format.
    func loaded(as format: ElementFormat) -> StoredTensor {
        var copy = self
        copy.quantised = format == self.format ? nil : format
        return copy
    }

    /// How a matrix is to be packed.
    var form: MatrixLayout {
        MatrixLayout(
            outputs: extents[1], inputs: extents[0], stored: format, wanted: quantised ?? format, rotation: 0)
    }

    /// The rows from `firstRow` on; the elements of a vector count as rows.
    func part(firstRow: Int, rows: Int) -> StoredTensor {
        StoredTensor(info: info, format: format, extents: extents.dropLast() + [rows], firstRow: firstRow)
    }

    /// Number of elements.
    var elements: Int { extents.reduce(1, *) }

    /// The stored bytes of these rows, counted from the start of the tensor.
    var byteRange: Range<Int> {
        let rowElements = extents.count == 1 ? 1 : extents[0]
        let start = firstRow * rowElements / format.blockElements * format.blockBytes
        return start..<start + elements / format.blockElements * format.blockBytes
    }

    /// Bytes that the tensor takes once it is ready for the kernels; nil where they cannot be counted.
    var packedBytes: Int? {
        guard extents.count == 1 else {
            return Matrix.packedByteCount(format: quantised ?? format, outputs: extents[1], inputs: extents[0])
        }
        let (bytes, overflow) = extents[0].multipliedReportingOverflow(by: MemoryLayout<Float>.size)
        return overflow ? nil : bytes
    }
}

extension [StoredTensor] {
    /// Bytes that all of them take once they are ready for the kernels; nil where they cannot be counted.
    var packedBytes: Int? {
        var total = 0
        for tensor in self {
            guard let bytes = tensor.packedBytes else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(bytes)
            guard !overflow else { return nil }
            total = sum
        }
        return total
    }
}
