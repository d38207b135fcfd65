/// The bytes of every token of a vocabulary, one behind the other, so that looking one up takes no memory.
package struct TokenTexts: Sendable {
    private let bytes: [UInt8]
    /// Where each token's bytes end.
    private let ends: [Int]

    /// The bytes of tokens 0 and up.
    package init(_ texts: some Sequence<[UInt8]>) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for text in texts {
            bytes += text
            ends.append(bytes.count)
        }
        self.bytes = bytes
        self.ends = ends
    }

    /// Where a token's bytes stand; empty for ids outside the vocabulary.
    package func range(of token: Int32) -> Range<Int> {
        let index = Int(token)
        guard ends.indices.contains(index) else { return 0..<0 }
        return (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    /// The byte at a place of a token's range.
    package subscript(place: Int) -> UInt8 { bytes[place] }
}
