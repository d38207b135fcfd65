/// The bytes of every token, one behind the other, so that looking one up takes no memory.
struct TokenBytes: Sendable {
    private let bytes: [UInt8]
    private let ends: [Int32]

    /// The bytes of tokens 0 and up.
    init(_ texts: some Sequence<[UInt8]>) {
        var bytes: [UInt8] = []
        var ends: [Int32] = []
        for text in texts {
            bytes += text
            ends.append(Int32(bytes.count))
        }
        self.bytes = bytes
        self.ends = ends
    }

    /// How many tokens there are.
    var count: Int { ends.count }

    /// The bytes of a token; none for ids outside.
    subscript(token: Int32) -> ArraySlice<UInt8> {
        guard token >= 0, Int(token) < ends.count else { return [] }
        let first = token == 0 ? 0 : Int(ends[Int(token) - 1])
        return bytes[first..<Int(ends[Int(token)])]
    }
}
