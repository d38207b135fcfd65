/// What a piece is for, with the numbers that model files use.
package enum TokenKind: Int32, Sendable {
    /// Ordinary text in the byte-level alphabet.
    case normal = 1
    /// Stands for what cannot be encoded.
    case unknown = 2
    /// Steers the model; never part of what a user reads.
    case control = 3
    /// Added by the model's makers; matched in text before everything else, and readable.
    case userDefined = 4
    /// A row without meaning.
    case unused = 5
    /// One byte, written `<0x41>`.
    case byte = 6

    /// Whether decoding leaves the piece out unless asked.
    var isSpecial: Bool { self == .control || self == .unknown }
}
