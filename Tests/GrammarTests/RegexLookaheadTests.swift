import Grammar
import JSON
import Testing

/// Lookahead, by the automata of what must follow and of what must not.
@Suite("Lookahead")
struct RegexLookaheadTests {
    /// Expressions in the manner of form libraries, with texts that they find and texts that they do not.
    private static let cases: [(pattern: String, found: [String], missed: [String])] = [
        (
            #"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$"#,
            ["a@b.co", "first.last@mail.example.org"], [".a@b.co", "a..b@c.de", "a@b", "a.@b.co"]
        ),
        (
            #"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"#, ["1", "-0.5", "+12.", ".5", "007"], ["", "-", ".", "+.", "1a", "--1"]
        ),
        (#"^(?=.*\d)(?=.*[a-z]).{4,8}$"#, ["abc1", "1a2b3c4d"], ["abcd", "1234", "a1", "a12345678"]),
        ("a(?!b)", ["a", "ac", "aba", "xxa"], ["ab", "b", "xabab"]),
        ("a(?=b)b(?!c)d?", ["ab", "abd", "xabx"], ["a", "abc", "abcabc"]),
        ("^(?:(?=x)[a-z]{2}|y(?!z).)$", ["xa", "xx", "ya"], ["ax", "yz", "y"]),
        ("^(?!(?!a)).", ["a", "ab"], ["", "b", "ba"]),
        ("^(?:(?!-)[a-z-]{2})?$", ["", "a-"], ["-a", "a"]),
        (
            "^((?!(c|C)(l|L)y).)*$", ["", "c", "cl", "clown", "a cl y"], ["cly", "CLy", "a cly", "clyde", "x\ny"]
        ),
        ("^[a-z]-(?:(?=[a-c])[a-z]){2,3}$", ["x-ab", "x-cab"], ["x-a", "x-abd", "x-dab", "x-abca"]),
    ]

    @Test("c11: patterns with lookahead find what they should", arguments: cases.indices)
    func c11_patterns(_ index: Int) throws {
        let (pattern, found, missed) = Self.cases[index]
        let definition = try GrammarDefinition(
            schema: ["type": "string", "pattern": .string(pattern)], options: .standard)
        for text in found {
            #expect(GrammarMatcher.accepts(definition, JSONValue.string(text).serialized()), "\(pattern) finds \(text)")
        }
        for text in missed {
            #expect(!GrammarMatcher.accepts(definition, JSONValue.string(text).serialized()), "\(pattern): \(text)")
        }
    }

    @Test("c11: as whole expressions they agree with the library's own", arguments: cases.indices)
    func c11_wholeTexts(_ index: Int) throws {
        let (pattern, found, missed) = Self.cases[index]
        guard let definition = try? GrammarDefinition(regex: pattern, limits: .request) else { return }
        for text in found + missed {
            #expect(
                GrammarMatcher.accepts(definition, text) == PatternReference.isWhole(pattern, text),
                "\(pattern): \(text)"
            )
        }
    }

    @Test("what cannot be done is refused by name", arguments: ["(?:a(?=b)b)*", "(?<=a)b", "a(?=b)^", "(?=a)+"])
    func refusals(_ pattern: String) {
        let error = #expect(throws: GrammarError.self) {
            try GrammarDefinition(schema: ["pattern": .string(pattern)], options: .standard)
        }
        #expect(error?.reason.contains("regular expression") == true, "\(String(describing: error))")
    }
}
