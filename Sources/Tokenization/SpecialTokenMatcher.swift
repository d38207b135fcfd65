/// Finds special and added tokens in text: at the earliest position the longest one.
///
/// A trie over bytes; a search looks at each byte at most as often as the longest token is long.
struct SpecialTokenMatcher: Sendable {
    /// Longest token that can be matched in text.
    static let maximumTokenBytes = 1024

    private var children: [UInt64: UInt32] = [:]
    private var tokens: [Int32] = [-1]
    /// Whether the token of a node is one that only counts where ``SpecialTokenSpans`` allow it.
    private var isControl: [Bool] = [false]
    private var starts = [Bool](repeating: false, count: 256)
    private let rules: [Int32: AddedTokenRule]

    /// A matcher for the given tokens of a vocabulary; empty ones never match.
    ///
    /// - Parameter spaces: how the names of the tokens are changed before they are looked for; nil: not at all.
    init(
        _ ids: [Int32], in vocabulary: Vocabulary, rules: [Int32: AddedTokenRule], spaces: SpaceRules? = nil
    ) throws(VocabularyError) {
        self.rules = rules
        for id in ids {
            let name = vocabulary.texts[Int(id)]
            let text = spaces.map { $0.prepared(Array(name), 0..<name.count)[...] } ?? name
            guard let first = text.first else { continue }
            guard text.count <= Self.maximumTokenBytes else {
                throw VocabularyError(
                    "special token \(id) has \(text.count) bytes, more than \(Self.maximumTokenBytes)")
            }
            starts[Int(first)] = true
            var node: UInt32 = 0
            for byte in text {
                node = child(of: node, byte)
            }
            tokens[Int(node)] = id
            isControl[Int(node)] = vocabulary.kinds[Int(id)].isSpecial
        }
    }

    private mutating func child(of node: UInt32, _ byte: UInt8) -> UInt32 {
        let key = Self.key(node, byte)
        if let known = children[key] {
            return known
        }
        let fresh = UInt32(truncatingIfNeeded: tokens.count)
        tokens.append(-1)
        isControl.append(false)
        children[key] = fresh
        return fresh
    }

    /// Whether there is nothing to find.
    var isEmpty: Bool { children.isEmpty }

    /// The first match in `bytes[range]`, with the whitespace beside it that its token takes along.
    ///
    /// - Parameter spans: where control tokens count; each must lie in them whole.
    func firstMatch(
        in bytes: [UInt8], _ range: Range<Int>, controlsIn spans: SpecialTokenSpans
    ) -> (token: Int32, range: Range<Int>)? {
        guard !isEmpty else { return nil }
        for position in range where starts[Int(bytes[position])] {
            let allowed = spans.end(at: position)
            if let (token, end) = longestMatch(in: bytes, position..<range.upperBound, controlsBefore: allowed) {
                return (token, widened(position..<end, by: rules[token], in: bytes, range))
            }
        }
        return nil
    }

    /// The match with the whitespace that its token swallows.
    private func widened(
        _ match: Range<Int>, by rule: AddedTokenRule?, in bytes: [UInt8], _ range: Range<Int>
    ) -> Range<Int> {
        guard let rule else { return match }
        var start = match.lowerBound
        var end = match.upperBound
        while rule.stripsRight, end < range.upperBound {
            let (scalar, length) = UTF8Reader.scalar(in: bytes, at: end, end: range.upperBound)
            guard ScalarClasses.reference[scalar].contains(.whitespace) else { break }
            end += length
        }
        while rule.stripsLeft, start > range.lowerBound {
            var before = start - 1
            while before > range.lowerBound, bytes[before] & 0xC0 == 0x80 { before -= 1 }
            let (scalar, _) = UTF8Reader.scalar(in: bytes, at: before, end: start)
            guard ScalarClasses.reference[scalar].contains(.whitespace) else { break }
            start = before
        }
        return start..<end
    }

    private func longestMatch(
        in bytes: [UInt8], _ range: Range<Int>, controlsBefore allowed: Int
    ) -> (token: Int32, end: Int)? {
        var found: (token: Int32, end: Int)?
        var node: UInt32 = 0
        for index in range {
            guard let next = children[Self.key(node, bytes[index])] else { break }
            node = next
            if tokens[Int(node)] >= 0 && (index < allowed || !isControl[Int(node)]) {
                found = (tokens[Int(node)], index + 1)
            }
        }
        return found
    }

    private static func key(_ node: UInt32, _ byte: UInt8) -> UInt64 {
        UInt64(node) << 8 | UInt64(byte)
    }
}
