/// How a vocabulary in the manner of SentencePiece treats spaces: they are part of the pieces, written `▁`.
///
/// Example: with a prefix, `Hello world` is read as ` Hello world`, whose pieces may be `▁Hello` and `▁world`.
/// Inside this module a piece and a text hold the space itself, and `▁` in a text means a space, as in the reference.
package struct SpaceRules: Sendable, Equatable {
    /// Where a space is put in front of text.
    package enum Prefix: Sendable, Equatable {
        /// Nowhere.
        case never
        /// At the very beginning.
        case first
        /// At the beginning and behind every special or added token.
        case always
    }

    /// Where a space is put in front.
    package var prefix: Prefix
    /// Text that begins with a space gets one more.
    package var prefixesSpaces: Bool
    /// Spaces are put in front before the added tokens are looked for that want normalized text, not after.
    package var precedesAddedTokens: Bool
    /// Every space begins a word of its own.
    package var splitsAtSpaces: Bool
    /// A text that is read back from its tokens loses the space at its beginning.
    package var stripsFirstSpace: Bool

    /// All five.
    package init(
        prefix: Prefix, prefixesSpaces: Bool, precedesAddedTokens: Bool, splitsAtSpaces: Bool, stripsFirstSpace: Bool
    ) {
        self.prefix = prefix
        self.prefixesSpaces = prefixesSpaces
        self.precedesAddedTokens = precedesAddedTokens
        self.splitsAtSpaces = splitsAtSpaces
        self.stripsFirstSpace = stripsFirstSpace
    }

    /// The rules of GGUF files, as llama.cpp reads them.
    ///
    /// - Parameter addsPrefix: `tokenizer.ggml.add_space_prefix`.
    package static func llama(addsPrefix: Bool) -> SpaceRules {
        SpaceRules(
            prefix: addsPrefix ? .always : .never, prefixesSpaces: true, precedesAddedTokens: true,
            splitsAtSpaces: false, stripsFirstSpace: addsPrefix)
    }

    // MARK: Text

    /// A part of a text with its spaces: `▁` is a space, and one is put in front where the rules say so.
    func prepared(_ bytes: [UInt8], _ part: Range<Int>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(part.count + 1)
        if hasPrefix(bytes, part) { text.append(Self.space) }
        Self.append(bytes, part, to: &text)
        return text
    }

    /// Whether a space is put in front of a part.
    func hasPrefix(_ bytes: [UInt8], _ part: Range<Int>) -> Bool {
        guard !part.isEmpty, prefix == .always || prefix == .first && part.lowerBound == 0 else { return false }
        return prefixesSpaces || !(bytes[part.lowerBound] == Self.space || Self.isMark(bytes, part.lowerBound, part))
    }

    /// How many bytes a part has once `▁` is a space.
    static func preparedCount(_ bytes: [UInt8], _ part: Range<Int>) -> Int {
        var count = part.count
        for index in part where bytes[index] == mark[0] && isMark(bytes, index, part) { count -= mark.count - 1 }
        return count
    }

    // MARK: Pieces

    static let space = UInt8(ascii: " ")
    /// U+2581, which stands for a space in files.
    static let mark: [UInt8] = [0xE2, 0x96, 0x81]

    /// Appends bytes with a space for every `▁`.
    static func append(_ bytes: [UInt8], _ range: Range<Int>, to output: inout [UInt8]) {
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] == mark[0] && isMark(bytes, index, range) {
                output.append(space)
                index += mark.count
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
    }

    /// How a file spells a piece.
    static func spelled(_ piece: ArraySlice<UInt8>) -> String {
        String(decoding: piece.flatMap { $0 == space ? mark : [$0] }, as: UTF8.self)
    }

    private static func isMark(_ bytes: [UInt8], _ index: Int, _ range: Range<Int>) -> Bool {
        index + mark.count <= range.upperBound && bytes[index] == mark[0] && bytes[index + 1] == mark[1]
            && bytes[index + 2] == mark[2]
    }
}
