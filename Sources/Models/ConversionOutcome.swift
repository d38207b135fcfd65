package import Kernels

/// The outcome of one matrix on its way into a file.
package struct ConversionOutcome: Sendable {
    /// Its name in the file.
    package let name: String
    /// Values of a row.
    package let inputs: Int
    /// How it is stored.
    package let format: ElementFormat
    /// Whether it was in blocks before, so that it stays as it is.
    package let wasInBlocks: Bool
    /// Whether it has another format than was asked for, as its rows are no whole blocks of that.
    package let fellBack: Bool
}
