/// The tokens that consist wholly of characters of one set, so that a state which goes on with all of these characters
/// needs no walk to allow them.
final class VocabularySlice: Sendable {
    /// A set of characters: some of ASCII, and all or none of the others.
    struct Characters: Sendable, Hashable {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var hasOthers = false

        /// Every character that may stand in a JSON string as it is.
        static let plainJSON = Characters(
            low: ~0 << 32 & ~(1 << 34), high: ~(1 << (92 - 64)), hasOthers: true)

        /// How many characters of ASCII there are.
        var count: Int { low.nonzeroBitCount + high.nonzeroBitCount }

        /// Whether a byte of ASCII is a member.
        func contains(_ byte: UInt8) -> Bool {
            byte < 64 ? low & 1 << UInt64(byte) != 0 : byte < 128 && high & 1 << UInt64(byte - 64) != 0
        }

        /// Adds a byte of ASCII.
        mutating func insert(_ byte: UInt8) {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }

        /// Whether every member is one of `other` too.
        func isSubset(of other: Characters) -> Bool {
            low & ~other.low == 0 && high & ~other.high == 0 && (other.hasOthers || !hasOthers)
        }
    }

    /// Tokens of more characters are not in a slice.
    static let mostCharacters = 24

    let characters: Characters
    /// The tokens of up to n characters, at n.
    let levels: [[UInt64]]
    /// The other tokens of usual length.
    let rest: VocabularyTrie
    /// How many tokens are in the slice.
    let count: Int

    /// The slice of these characters out of tokens in the order of their bytes.
    init(_ characters: Characters, of ordered: [Int32], texts: TokenBytes) {
        self.characters = characters
        let words = (texts.count + 63) / 64
        var levels = [[UInt64]](
            repeating: [UInt64](repeating: 0, count: words), count: Self.mostCharacters + 1)
        var rest: [Int32] = []
        for token in ordered {
            guard let length = Self.length(of: texts[token], characters), length <= Self.mostCharacters else {
                rest.append(token)
                continue
            }
            levels[length][Int(token) >> 6] |= 1 << UInt64(token & 63)
        }
        for level in 1..<levels.count {
            for word in 0..<words { levels[level][word] |= levels[level - 1][word] }
        }
        self.levels = levels
        self.rest = VocabularyTrie(ordered: rest, texts: texts)
        count = ordered.count - rest.count
    }

    /// How many characters a text has, if it is valid UTF-8 of members only.
    private static func length(of text: ArraySlice<UInt8>, _ characters: Characters) -> Int? {
        let bytes = text.span
        var length = 0
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte < 0x80 {
                guard characters.contains(byte) else { return nil }
                place += 1
            } else {
                let size = sequenceLength(bytes, at: place)
                guard size > 0, characters.hasOthers else { return nil }
                place += size
            }
            length += 1
        }
        return length
    }

    /// The bytes of the character beyond ASCII that begins at `place`; 0 if none does.
    private static func sequenceLength(_ bytes: Span<UInt8>, at place: Int) -> Int {
        for sequence in others where bytes[place] <= sequence.ranges[0].upperBound {
            guard bytes[place] >= sequence.ranges[0].lowerBound, place + sequence.ranges.count <= bytes.count
            else { return 0 }
            for index in 1..<sequence.ranges.count where !sequence.ranges[index].contains(bytes[place + index]) {
                return 0
            }
            return sequence.ranges.count
        }
        return 0
    }

    /// The characters beyond ASCII.
    static let others = ByteSequence.covering(0x80...0x10FFFF)
}
