/// Why a matrix or a cache cannot be made.
package enum MatrixError: Error, Equatable, Sendable {
    /// Outputs or inputs are not positive, or inputs are no multiple of the format's block.
    case shape(outputs: Int, inputs: Int, block: Int)
    /// The source holds another number of bytes than the shape needs.
    case byteCount(expected: Int, found: Int)
    /// The page geometry is outside what attention can read; the text names the number.
    case pages(String)
    /// The values cannot be had in the format that is wanted; the text says why.
    case encoding(String)
    /// The system has no memory for it, or the size does not fit an Int.
    case memory(bytes: Int?)
}

extension MatrixError: CustomStringConvertible {
    /// A sentence for the log.
    package var description: String {
        switch self {
        case .shape(let outputs, let inputs, let block):
            "a matrix of \(outputs) x \(inputs) cannot be packed: both must be positive, inputs a multiple of \(block)"
        case .byteCount(let expected, let found): "the weights need \(expected) bytes but the file gives \(found)"
        case .pages(let reason), .encoding(let reason): reason
        case .memory(let bytes): bytes.map { "no memory for \($0) bytes" } ?? "the size does not fit an integer"
        }
    }
}
