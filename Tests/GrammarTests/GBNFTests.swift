import Grammar
import Testing

@Suite("GBNF")
struct GBNFTests {
    private static let calculator = """
        # sums of products
        root  ::= expression "\\n"
        expression ::= term ([-+*/] term)*
        term ::= number | "(" space
            expression ")" space   # a comment
        number ::= [0-9]+ space
        space ::= [ \\t]{0,2}
        """

    @Test("a grammar as llama.cpp's users write it")
    func calculator() throws {
        let definition = try GrammarDefinition(grammar: Self.calculator, limits: .request)
        for text in ["1\n", "1 +(2*3 )\n", "12/4-1\n"] { #expect(GrammarMatcher.accepts(definition, text), "\(text)") }
        for text in ["", "1", "1+\n", "(1\n", "1   +2\n"] { #expect(!GrammarMatcher.accepts(definition, text)) }
    }

    @Test("characters and escapes")
    func characters() throws {
        let source = #"root ::= "\x41\u00e9\"" [^\]\\a-c] . [é-ü\n]+ | 'it''s' #x42{2}"#
        let definition = try GrammarDefinition(grammar: source, limits: .request)
        #expect(GrammarMatcher.accepts(definition, "Aé\"d😀éü\n"))
        #expect(GrammarMatcher.accepts(definition, "itsBB"))
        #expect(!GrammarMatcher.accepts(definition, "Aé\"a😀é"))
        #expect(!GrammarMatcher.accepts(definition, "Aé\"]😀é"))
    }

    @Test(
        "what is wrong is said with its line",
        arguments: [
            ("root ::= a\nb ::= \"x\"", "line 1", "the rule a is not defined"),
            ("root ::= \"a\"\n\nroot ::= \"b\"", "line 3", "the rule root is defined twice"),
            ("root ::= (\"a\"\n", "line 1", "( without )"),
            ("root ::= \"a\"\nx ::= [a", "line 2", "[ without ]"),
            ("root ::= \"a\n", "line 1", "a literal without its closing \""),
            ("root ::= <think>", "line 1", "tokens by their text (<…>) are not supported"),
            ("root ::= \"a\"{3,2}", "line 1", "{3,2} is empty"),
            ("# nothing", "", "the grammar has no rules"),
            ("root ::= root \"a\"", "", "no text has the form of the rule root"),
            ("root \"a\"", "line 1", "::= is missing behind root"),
        ])
    func errors(_ source: String, _ place: String, _ reason: String) {
        #expect(throws: GrammarError(place: place, reason: reason)) {
            try GrammarDefinition(grammar: source, limits: .request)
        }
    }
}
