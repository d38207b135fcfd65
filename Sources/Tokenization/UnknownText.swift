/// What stands for text of which the vocabulary has no piece: its bytes, or the token for what is unknown.
struct UnknownText: Sendable {
    private let byteTokens: [Int32]
    private let unknown: Int32?
    /// Whether unknown characters in a row become one token.
    private let fuses: Bool

    /// - Parameters:
    ///   - byteTokens: the token of each byte, or -1.
    ///   - unknown: nil leaves unknown text out.
    init(byteTokens: [Int32], unknown: Int32?, fuses: Bool) {
        self.byteTokens = byteTokens
        self.unknown = unknown
        self.fuses = fuses
    }

    /// Appends the tokens of `bytes[range]`: all of its bytes where each has a token.
    ///
    /// - Parameter isFirst: whether what stands before is known, so that there is nothing to fuse with.
    /// - Returns: whether it was unknown also byte by byte.
    func append(_ bytes: [UInt8], _ range: Range<Int>, isFirst: Bool, to output: inout [Int32]) -> Bool {
        let count = output.count
        for index in range {
            let token = byteTokens[Int(bytes[index])]
            guard token >= 0 else {
                output.removeSubrange(count...)
                if let unknown, isFirst || !fuses { output.append(unknown) }
                return true
            }
            output.append(token)
        }
        return false
    }
}
