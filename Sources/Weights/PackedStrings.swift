/// Many strings in one array of bytes: vocabularies have hundreds of thousands of them.
package struct PackedStrings: Sendable, Equatable {
    /// All strings one after the other, not necessarily valid UTF-8.
    package let bytes: [UInt8]
    /// Where each string ends in `bytes`; each begins where the one before it ends.
    package let ends: [Int]

    /// Strings that end at `ends`, which ascend up to the number of bytes.
    package init(bytes: [UInt8], ends: [Int]) {
        self.bytes = bytes
        self.ends = ends
    }

    /// How many strings there are.
    package var count: Int { ends.count }

    /// The bytes of string `index`.
    package subscript(index: Int) -> ArraySlice<UInt8> {
        bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// String `index` as text, ill-formed parts replaced.
    package func text(_ index: Int) -> String { String(decoding: self[index], as: UTF8.self) }
}
