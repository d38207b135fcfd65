/// Bounds on what a GGUF file may ask for, beyond the size of the file itself.
package enum GGUFLimits {
    /// Most key-value pairs.
    package static let maximumKeys = 65_536
    /// Most tensors.
    package static let maximumTensors = 262_144
    /// Longest key and longest tensor name.
    package static let maximumNameBytes = 1_024
    /// Longest single string, such as a chat template.
    package static let maximumStringBytes = 16 << 20
    /// Longest list under one key.
    package static let maximumListCount = 16 << 20
    /// Most extents of a tensor.
    package static let maximumDimensions = 4
    /// Alignments are powers of two in this range.
    package static let alignments = 8...65_536
    /// The alignment of a file that does not name one.
    package static let usualAlignment = 32
}
