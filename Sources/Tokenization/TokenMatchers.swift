/// Finds special and added tokens in text, those first that are looked for in the text as it is given.
struct TokenMatchers: Sendable {
    let early: SpecialTokenMatcher
    /// Tokens that are looked for in normalized text.
    let late: SpecialTokenMatcher

    init(in vocabulary: Vocabulary, rules: [Int32: AddedTokenRule], spaces: SpaceRules?) throws(VocabularyError) {
        let ids = (0..<vocabulary.count).map { Int32(truncatingIfNeeded: $0) }.filter { id in
            let kind = vocabulary.kinds[Int(id)]
            return kind == .userDefined || kind.isSpecial
        }
        func isLate(_ id: Int32) -> Bool { rules[id]?.isNormalized ?? false }
        early = try SpecialTokenMatcher(ids.filter { !isLate($0) }, in: vocabulary, rules: rules)
        let changing = spaces.flatMap { $0.precedesAddedTokens ? $0 : nil }
        late = try SpecialTokenMatcher(ids.filter(isLate), in: vocabulary, rules: rules, spaces: changing)
    }
}
