import Grammar
import JSON
import Testing

@Suite("Regular expressions")
struct RegexTests {
    private static func accepts(_ regex: String, _ text: String) throws -> Bool {
        GrammarMatcher.accepts(try GrammarDefinition(regex: regex, limits: .request), text)
    }

    @Test(
        "whole texts",
        arguments: [
            ("(foo|bar)baz", ["foobaz", "barbaz"], ["foo", "foobazx", ""]),
            ("[a-f\\d]{2,4}", ["a1", "ffff"], ["g1", "a", "aaaaa"]),
            ("\\u{1F600}\\uD83D\\uDE00\\x41\\t", ["😀😀A\t"], ["😀A\t"]),
            ("a{2}b{1,}c{0}d??", ["aab", "aabbd"], ["ab", "aac"]),
            ("[^\\s\\w]+", ["-+é", "\u{3042}"], ["a", " ", ""]),
            ("\\p{Lu}\\p{Ll}*\\P{L}", ["Été1", "A-"], ["été1", "Ab"]),
            (".", ["é", "😀", "\t"], ["\n", "\r", "\u{2028}", ""]),
            ("[]|x", ["x"], [""]),
            ("[^]", ["\n", "x"], [""]),
            ("^a$|^b", ["a", "b"], ["c", "ab"]),
            ("(?<year>\\d{4})-(?:0[1-9]|1[0-2])", ["2024-02"], ["2024-13"]),
            ("a{,3}", ["a{,3}"], ["a", ""]),
            ("[\\w-]+@[a\\-z.]+", ["a-b@a-z."], ["a@b"]),
        ])
    func whole(_ regex: String, _ valid: [String], _ invalid: [String]) throws {
        for text in valid { #expect(try Self.accepts(regex, text), "\(regex) must match \(text)") }
        for text in invalid { #expect(try !Self.accepts(regex, text), "\(regex) must not match \(text)") }
    }

    @Test(
        "what is not regular or not known is refused by name",
        arguments: [
            ("(?:a(?=b))*", "lookahead inside a repetition is not supported"),
            ("(?<!a)b", "lookbehind is not supported"),
            ("(a)\\1", "back references are not supported"),
            ("\\bword", "word boundaries (\\b, \\B) are not supported"),
            ("a++", "possessive quantifiers are not supported"), ("(?i)a", "flags in groups are not supported"),
            ("(?>a)", "atomic groups are not supported"), ("\\p{Script=Greek}", "the Unicode property Script=Greek is"),
            ("a**", "a quantifier of a quantifier"), ("(a", "( without )"), ("a)", ") without ("),
            ("[a", "[ without ]"),
            ("*a", "nothing to repeat"), ("a{3,2}", "{3,2} is empty"), ("[z-a]", "a range that runs backwards"),
            ("\\q", "unknown escape \\q"), ("\\uD800", "half of a surrogate pair"), ("\\", "\\ at the end"),
        ])
    func refusals(_ regex: String, _ reason: String) {
        let error = #expect(throws: GrammarError.self) { try GrammarDefinition(regex: regex, limits: .request) }
        #expect(error?.reason.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("random expressions agree with the standard library", arguments: 0..<8)
    func agreement(_ seed: Int) throws {
        var dice = SplitMix(state: UInt64(seed))
        func node(_ depth: Int) -> String {
            let atoms = ["a", "b", "c", "[ab]", "[^a]", ".", "(?:)"]
            if depth == 0 { return atoms.randomElement(using: &dice) ?? "a" }
            switch Int.random(in: 0..<6, using: &dice) {
            case 0: return "(" + node(depth - 1) + "|" + node(depth - 1) + ")"
            case 1, 2: return node(depth - 1) + node(depth - 1)
            case 3:
                return "(?:" + node(depth - 1) + ")"
                    + (["*", "+", "?", "{2}", "{1,3}", "*?"].randomElement(using: &dice) ?? "*")
            case 4: return "(?:^" + node(depth - 1) + "|" + node(depth - 1) + "$)"
            default: return node(depth - 1)
            }
        }
        var matches = 0
        for _ in 0..<60 {
            let regex = node(4)
            let schema: JSONValue = ["type": "string", "pattern": .string(regex)]
            let whole = try? GrammarDefinition(regex: regex, limits: .request)
            let found = try? GrammarDefinition(schema: schema, options: .standard)
            for _ in 0..<15 {
                let text = (0..<Int.random(in: 0...6, using: &dice)).map { _ in
                    ["a", "b", "c"].randomElement(using: &dice) ?? "a"
                }.joined()
                let isWhole = PatternReference.isWhole(regex, text)
                let isFound = PatternReference.isFound(regex, in: text)
                #expect(whole.map { GrammarMatcher.accepts($0, text) } ?? false == isWhole, "\(regex) with \(text)")
                #expect(
                    found.map { GrammarMatcher.accepts($0, "\"\(text)\"") } ?? false == isFound, "\(regex) in \(text)")
                if isWhole { matches += 1 }
            }
        }
        #expect(matches > 30)
    }

    @Test("free texts without strings")
    func freeText() {
        let definition = { (strings: [String]) in
            GrammarDefinition(rules: [], root: .automaton(FreeText.without(strings.map { Array($0.utf8) })))
        }
        let calls = definition(["<tool_call>", "<tool", "ll>x", "aab"])
        for text in ["", "<too", "<<to ol", "ll>", "aaa", "abaa", "é"] {
            #expect(GrammarMatcher.accepts(calls, text), "\(text)")
        }
        for text in ["<tool", "a<tool_call>", "ll>x", "aaab", "xaab"] {
            #expect(!GrammarMatcher.accepts(calls, text), "\(text)")
        }
        #expect(GrammarMatcher.accepts(definition([]), "anything"))
        #expect(!GrammarMatcher.accepts(definition([""]), ""))
    }

    @Test("choices")
    func choices() throws {
        let definition = try GrammarDefinition.choice(["yes", "no", "yes, but"], limits: .request)
        for text in ["yes", "no", "yes, but"] { #expect(GrammarMatcher.accepts(definition, text)) }
        for text in ["", "y", "yes,", "nono"] { #expect(!GrammarMatcher.accepts(definition, text)) }
        #expect(throws: GrammarError.self) { try GrammarDefinition.choice([], limits: .request) }
    }
}
