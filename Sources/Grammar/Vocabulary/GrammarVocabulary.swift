import Synchronization

/// The vocabulary of a model as grammars see it; made once per model.
package final class GrammarVocabulary: Sendable {
    /// How many tokens there are, those without text among them.
    package let count: Int
    /// Tokens that end an answer, the first one for texts that are complete.
    package let endTokens: [Int32]
    let texts: TokenBytes
    /// Tokens of usual length.
    let short: VocabularyTrie
    /// The few longer ones.
    let long: VocabularyTrie
    private let ordered: [Int32]
    private let slices: Mutex<[VocabularySlice.Characters: VocabularySlice]>

    /// Tokens of more bytes are rare, and walked on their own.
    static let shortBytes = 32
    /// Slices that are kept for all grammars.
    private static let mostSlices = 12

    /// A vocabulary.
    /// - Parameters:
    ///   - texts: the bytes of tokens 0 and up; none for tokens that are no text, such as control tokens.
    ///   - endTokens: tokens that end an answer; they are no text, whatever their bytes.
    package init(texts: [[UInt8]], endTokens: [Int32]) {
        let ends = Set(endTokens)
        count = texts.count
        self.endTokens = endTokens.filter { $0 >= 0 && Int($0) < texts.count }
        let bytes = TokenBytes(texts.enumerated().map { ends.contains(Int32($0.offset)) ? [] : $0.element })
        self.texts = bytes
        let ordered = Self.ordered(bytes)
        self.ordered = ordered.filter { bytes[$0].count <= Self.shortBytes }
        short = VocabularyTrie(ordered: self.ordered, texts: bytes)
        long = VocabularyTrie(ordered: ordered.filter { bytes[$0].count > Self.shortBytes }, texts: bytes)
        let plain = VocabularySlice(.plainJSON, of: self.ordered, texts: bytes)
        slices = Mutex([.plainJSON: plain])
    }

    /// The slice of these characters.
    func slice(_ characters: VocabularySlice.Characters) -> VocabularySlice {
        if let slice = slices.withLock({ $0[characters] }) { return slice }
        let slice = VocabularySlice(characters, of: ordered, texts: texts)
        slices.withLock { slices in
            if slices.count < Self.mostSlices { slices[characters] = slice }
        }
        return slice
    }

    /// The longest token that `bytes` begin with.
    func longestToken(of bytes: [UInt8]) -> Int32? { long.longestToken(of: bytes) ?? short.longestToken(of: bytes) }

    /// The tokens with text in the order of their bytes, equal ones in the order of their ids.
    private static func ordered(_ texts: TokenBytes) -> [Int32] {
        var keyed: [(key: UInt64, token: Int32)] = []
        for token in 0..<Int32(texts.count) where !texts[token].isEmpty {
            var key: UInt64 = 0
            for (place, byte) in texts[token].prefix(8).enumerated() { key |= UInt64(byte) << UInt64(56 - 8 * place) }
            keyed.append((key, token))
        }
        keyed.sort { one, other in
            if one.key != other.key { return one.key < other.key }
            let text = texts[one.token]
            let second = texts[other.token]
            if text.lexicographicallyPrecedes(second) { return true }
            return text.elementsEqual(second) && one.token < other.token
        }
        return keyed.map { $0.token }
    }
}
