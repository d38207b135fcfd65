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
