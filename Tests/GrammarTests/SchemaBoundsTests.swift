import Grammar
import JSON
import Testing

/// Bounds beyond every text are refused or kept, and never too large to be worked with.
@Suite struct SchemaBoundsTests {
    private static let huge = ["9223372036854775807", "4611686018427387904", "1000000000000000000", "1e30"]

    @Test(arguments: [
        #"{"type": "object", "minProperties": N}"#, #"{"minProperties": N}"#,
        #"{"type": "object", "maxProperties": N}"#,
        #"{"type": "object", "minProperties": N, "properties": {"a": {}, "b": {}}}"#,
        #"{"type": "object", "not": {"maxProperties": N}}"#,
        #"{"oneOf": [{"maxProperties": N}, {"minProperties": 1}]}"#,
        #"{"not": {"maxLength": N}}"#, #"{"not": {"maxItems": N}}"#, #"{"not": {"minItems": N}}"#,
        #"{"not": {"type": "string", "maxLength": N}}"#,
        #"{"oneOf": [{"type": "string", "maxLength": N}, {"type": "string", "minLength": 3}]}"#,
        #"{"oneOf": [{"type": "array", "maxItems": N}, {"type": "array", "minItems": 3}]}"#,
        #"{"if": {"maxLength": N}, "then": {"type": "string"}, "else": {"type": "integer"}}"#,
        #"{"type": "string", "minLength": N}"#, #"{"type": "string", "minLength": N, "maxLength": N}"#,
        #"{"type": "string", "pattern": "a", "maxLength": N}"#, #"{"type": "array", "minItems": N, "maxItems": N}"#,
        #"{"type": "array", "prefixItems": [{}, {}], "minItems": N}"#,
        #"{"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": true, "minItems": N}"#,
        #"{"dependentSchemas": {"a": {"minProperties": N}}}"#, #"{"type": "string", "format": "date", "maxLength": N}"#,
    ])
    func hugeCountsStopNothing(schema: String) throws {
        for number in Self.huge {
            let source = schema.replacing("N", with: number)
            let value = try JSONParser.parse(source, limits: .request)
            do throws(GrammarError) {
                let definition = try GrammarDefinition(schema: value, options: .standard)
                _ = try CompiledGrammar(definition, vocabulary: Self.vocabulary, limits: .request)
            } catch {
                #expect(error.place.hasPrefix("$") && !error.reason.isEmpty, "\(source)")
            }
        }
    }

    @Test func aGreatestLengthBeyondEveryTextIsNone() throws {
        for number in Self.huge {
            let value = try JSONParser.parse(#"{"type": "string", "maxLength": \#(number)}"#, limits: .request)
            let grammar = try CompiledGrammar(
                GrammarDefinition(schema: value, options: .standard), vocabulary: Self.vocabulary, limits: .request)
            #expect(GrammarConstraint(grammar, tokenise: nil).accepts(Array(#""a long enough text""#.utf8)))
        }
    }

    @Test func hostnamesAreNotLongerThanTheyMayBe() throws {
        let value = try JSONParser.parse(#"{"type": "string", "format": "hostname"}"#, limits: .request)
        let grammar = try CompiledGrammar(
            GrammarDefinition(schema: value, options: .standard), vocabulary: Self.vocabulary, limits: .request)
        let constraint = GrammarConstraint(grammar, tokenise: nil)
        func isHost(_ name: String) -> Bool { constraint.accepts(Array("\"\(name)\"".utf8)) }
        let long = String(repeating: "a", count: 63)
        for name in ["a", "example.com", "a.b.c.d.e.example.org", "\(long).\(long).\(long)", "x-1.y"] {
            #expect(isHost(name), "\(name)")
        }
        for name in ["", "-a", "a-", "a..b", "\(long)a", "\(long).\(long).\(long).\(long)", "a_b"] {
            #expect(!isHost(name), "\(name)")
        }
    }

    private static let vocabulary = GrammarVocabulary(texts: (0...255).map { [UInt8($0)] } + [[]], endTokens: [256])
}
