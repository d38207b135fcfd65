/// A flat table of byte strings: all bytes in one array, and where each string ends.
///
/// Building it checks nothing; ``Vocabulary`` refuses ends that do not ascend inside the bytes.
package struct PieceTable: Sendable {
    /// The strings, one after the other.
    package private(set) var bytes: [UInt8]
    /// End offset of each string in ``bytes``, ascending.
    package private(set) var ends: [Int]

    /// - Parameters:
    ///   - bytes: the strings without separators.
    ///   - ends: for each string the offset behind its last byte.
    package init(bytes: [UInt8], ends: [Int]) {
        self.bytes = bytes
        self.ends = ends
    }

    /// A table of the given strings, in order.
    package init(_ strings: some Sequence<String>) {
        self.init(bytes: [], ends: [])
        for string in strings {
            append(string.utf8)
        }
    }

    /// How many strings there are.
    package var count: Int { ends.count }

    /// The bytes of one string. The table must be sound (see ``unsoundEntry``).
    package subscript(_ index: Int) -> ArraySlice<UInt8> {
        bytes[range(of: index)]
    }

    mutating func append(_ string: some Sequence<UInt8>) {
        bytes.append(contentsOf: string)
        ends.append(bytes.count)
    }

    mutating func reserve(bytes byteCount: Int, strings: Int) {
        bytes.reserveCapacity(byteCount)
        ends.reserveCapacity(strings)
    }

    func range(of index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    /// The first entry whose end does not lie behind its start and inside the bytes; nil if the table is sound.
    var unsoundEntry: Int? {
        var start = 0
        for (index, end) in ends.enumerated() {
            if end < start || end > bytes.count {
                return index
            }
            start = end
        }
        return nil
    }

    /// One string as text for messages: repaired where it is not UTF-8, and cut to a readable length.
    func quoted(_ index: Int) -> String {
        Self.quoted(self[index])
    }

    static func quoted(_ bytes: ArraySlice<UInt8>) -> String {
        let shownBytes = 60
        let text = String(decoding: bytes.prefix(shownBytes), as: UTF8.self)
        let escaped = text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : String($0) }
        return "\"" + escaped.joined() + (bytes.count > shownBytes ? "…\"" : "\"")
    }

    /// Whether a terminal could take the scalar for an order: controls, direction marks and line breaks.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
