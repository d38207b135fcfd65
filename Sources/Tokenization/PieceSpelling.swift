/// How pieces of ordinary text are written in a model file.
enum PieceSpelling: Sendable {
    /// Every byte as a printable scalar of its own, see ``ByteAlphabet``.
    case byteLevel
    /// As text, with `▁` for a space, see ``SpaceRules``.
    case spaces

    /// Appends the bytes that a piece stands for; false if it is not written like this, and then what was appended means
    /// nothing.
    func decode(_ bytes: [UInt8], _ piece: Range<Int>, into output: inout [UInt8]) -> Bool {
        switch self {
        case .byteLevel: return ByteAlphabet.decode(bytes, piece, into: &output)
        case .spaces:
            SpaceRules.append(bytes, piece, to: &output)
            return true
        }
    }

    /// How a file writes these bytes.
    func encode(_ bytes: ArraySlice<UInt8>) -> String {
        switch self {
        case .byteLevel: ByteAlphabet.encode(bytes)
        case .spaces: SpaceRules.spelled(bytes)
        }
    }
}
