/// Where words end, in text that is prepared.
struct WordSplitter: Sendable {
    private enum Manner: Sendable {
        case pattern(PreTokenizer)
        /// Every space begins a word.
        case everySpace
        /// A space behind something else begins a word.
        case runs
        case never
    }

    private let manner: Manner

    /// - Parameter vocabulary: pieces that reach over the beginning of a word keep text whole.
    ///
    /// Where no piece does, words can be encoded one by one with the same result: much less memory, and faster.
    init(_ rules: TextRules, _ vocabulary: Vocabulary) {
        guard let spaces = rules.spaces else {
            manner = .pattern(rules.family)
            return
        }
        if spaces.splitsAtSpaces {
            manner = .everySpace
        } else if rules.takesWholeWords || Self.reachesOverWords(vocabulary) {
            manner = .never
        } else {
            manner = .runs
        }
    }

    /// Whether words have nothing to do with each other, not even in how sums are rounded.
    var wordsAreTexts: Bool {
        if case .everySpace = manner { true } else { false }
    }

    /// Hands the words of `bytes[range]` to `body`, in order.
    func words(_ bytes: [UInt8], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
        if case .pattern(let family) = manner {
            return WordScanner.words(bytes, range, family: family, body)
        }
        var start = range.lowerBound
        while start < range.upperBound {
            let end = spaceEnd(bytes, start, range.upperBound)
            body(start..<end)
            start = end
        }
    }

    /// A bound of the length of the longest word of a text, found without looking at characters.
    func longestWordBytes(_ text: String) -> Int {
        switch manner {
        case .never, .pattern(.deepseekCoder): return text.utf8.count
        case .everySpace, .runs: return WordStretch.longest(in: text) { $0 == SpaceRules.space ? 1 : 2 } * 2
        case .pattern: return min(text.utf8.count, WordStretch.longest(in: text, kind: Self.kind) * 2 + 16)
        }
    }

    /// The classes that words of patterns are made of. A word is at most a run of one of them and blanks behind it.
    private static func kind(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x61...0x7a, 0x41...0x5a: 1
        case 0x30...0x39: 2
        case 0x09...0x0d, 0x20: 3
        default: 4
        }
    }

    private func spaceEnd(_ bytes: [UInt8], _ start: Int, _ limit: Int) -> Int {
        if case .never = manner { return limit }
        var index = start + 1
        if case .runs = manner, bytes[start] == SpaceRules.space {
            while index < limit, bytes[index] == SpaceRules.space { index += 1 }
        }
        while index < limit, bytes[index] != SpaceRules.space { index += 1 }
        return index
    }

    /// Whether a piece holds a space behind something else.
    private static func reachesOverWords(_ vocabulary: Vocabulary) -> Bool {
        for index in 0..<vocabulary.count
        where vocabulary.kinds[index] == .normal || vocabulary.kinds[index] == .userDefined {
            if vocabulary.texts[index].drop(while: { $0 == SpaceRules.space }).contains(SpaceRules.space) {
                return true
            }
        }
        return false
    }
}
