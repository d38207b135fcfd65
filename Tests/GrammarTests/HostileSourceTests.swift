import Grammar
import JSON
import Testing

/// Sources made to cost much. What counts is that all of them end, by a definition or by a clear refusal; how much
/// they may take is counted in steps, so that a test needs no clock.
@Suite("Hostile sources")
struct HostileSourceTests {
    private static let limits = GrammarLimits.request

    @Test(
        "expressions that make other engines hang",
        arguments: [
            "(a+)+b", "(a|a)*c", "(.*){1,32000}", "(x+x+)+y", "(.*a){1,2000}", "(a|b)*a(a|b){30}",
            "^(([a-z])+.)+[A-Z]([a-z])+$",
            "((a{1,100}){1,100}){1,100}", "(((()()){1000}){1000}){1000}", "(()){1000000}", "\\p{L}{1,2000}",
            "(\\w+\\s?)*$",
            "([a-z]+)*[a-z0-9]{200}x", "(a{1,90}|b){1,90}", "a{1000000}{1000000}", "((a{1000000}){1000000}){1000000}",
        ])
    func expressions(_ regex: String) throws {
        for schema in [JSONValue.object(["pattern": .string(regex)]), ["patternProperties": .object([regex: true])]] {
            do throws(GrammarError) {
                _ = try GrammarDefinition(schema: schema, options: .standard)
            } catch {
                #expect(error.reason.contains("pattern") || error.reason.contains("too complicated"), "\(error)")
            }
        }
        do throws(GrammarError) {
            _ = try GrammarDefinition(regex: regex, limits: Self.limits)
        } catch {
            #expect(error.reason.contains("regular expression") || error.reason.contains("too complicated"), "\(error)")
        }
    }

    @Test("nesting from ten to a million", arguments: [10, 100, 1000, 10_000, 100_000, 1_000_000])
    func ladders(_ depth: Int) {
        let nested = { (open: String, middle: String, close: String) in
            String(repeating: open, count: depth) + middle + String(repeating: close, count: depth)
        }
        for (open, close) in [("(", ")"), ("(?:", ")*"), ("(a|", ")")] {
            expect(depth) { () throws(GrammarError) in
                try GrammarDefinition(regex: nested(open, "a", close), limits: Self.limits)
            }
        }
        for source in [
            "root ::= " + nested("(", "\"a\"", ")"), "root = " + nested("[", "\"a\"", "]") + ";",
            "start: " + nested("(", "\"a\"", ")"),
        ] {
            expect(depth) { () throws(GrammarError) in try GrammarDefinition(grammar: source, limits: Self.limits) }
        }
    }

    /// Shallow sources compile, deep ones are refused.
    private func expect(_ depth: Int, _ compile: () throws(GrammarError) -> GrammarDefinition) {
        do throws(GrammarError) {
            _ = try compile()
            #expect(depth <= Self.limits.depth)
        } catch {
            #expect(depth > Self.limits.depth)
            #expect(error.reason.contains("nested deeper") || error.reason.contains("longer than"), "\(error)")
        }
    }

    @Test("references that would grow without end", arguments: ["allOf", "anyOf", "oneOf", "prefixItems"])
    func references(_ keyword: String) {
        var definitions = JSONObject()
        for level in 0..<60 {
            let next: JSONValue = ["$ref": .string("#/$defs/d\(level + 1)")]
            definitions["d\(level)"] = .object([keyword: [next, next], "minLength": .int(Int64(level))])
        }
        definitions["d60"] = ["type": "string"]
        let schema: JSONValue = ["$ref": "#/$defs/d0", "$defs": .object(definitions)]
        do throws(GrammarError) {
            _ = try GrammarDefinition(schema: schema, options: .standard)
        } catch {
            let reasons = ["too complicated", "nested too deep", "combinations", "no value"]
            #expect(reasons.contains { error.reason.contains($0) }, "\(error)")
        }
    }

    @Test("a long chain of references costs no stack")
    func chain() throws {
        var definitions = JSONObject()
        for level in 0..<5000 {
            definitions["d\(level)"] = [
                "type": "object", "properties": ["n": ["$ref": .string("#/$defs/d\(level + 1)")]],
            ]
        }
        definitions["d5000"] = ["type": "null"]
        let schema: JSONValue = ["$ref": "#/$defs/d0", "$defs": .object(definitions)]
        do throws(GrammarError) {
            _ = try GrammarDefinition(schema: schema, options: .standard)
        } catch {
            #expect(error.reason.contains("too complicated"), "\(error)")
        }
    }

    @Test(
        "schemas that refer to themselves at once",
        arguments: [
            "{\"$ref\":\"#\"}", "{\"allOf\":[{\"$ref\":\"#\"}]}", "{\"not\":{\"$ref\":\"#\"}}",
            "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}}}",
            "{\"anyOf\":[{\"$ref\":\"#\"}],\"type\":\"string\"}",
            "{\"required\":[\"a\"],\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}}}",
        ])
    func selfReferences(_ schema: String) throws {
        let schema = try JSONParser.parse(schema, limits: .request)
        #expect(throws: GrammarError.self) { try GrammarDefinition(schema: schema, options: .standard) }
    }

    @Test("large numbers and lists")
    func largeNumbers() throws {
        let values = JSONValue.array((0..<50_000).map { .string("value number \($0)") })
        for schema: JSONValue in [
            ["enum": values], ["type": "string", "maxLength": 1_000_000_000], ["maxItems": 9_000_000_000_000_000_000],
            ["type": "string", "pattern": "^[a-z]+$", "maxLength": 100_000], ["maxProperties": 1_000_000],
            ["type": "integer", "multipleOf": 999_999_999], ["minimum": 1e300, "type": "number"], ["maximum": 1e308],
            ["type": "array", "items": ["enum": values], "uniqueItems": true], ["minLength": 9e18],
            ["properties": .object(["a": true]), "minProperties": 1_000_000_000],
        ] {
            do throws(GrammarError) {
                _ = try GrammarDefinition(schema: schema, options: .standard)
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }

    @Test("thousands of mutated schemas end")
    func mutations() {
        let pieces: [JSONValue] = [
            nil, true, -1, 1.5, "x", "#/$defs/a", [], ["a", 1], [:], ["type": "string"], ["$ref": "#"], "(", 1e300,
            [[]],
            ["a": ["b": nil]], "object", ["object", "array"],
        ]
        let keywords =
            "type enum const properties required additionalProperties patternProperties propertyNames items prefixItems "
            + "minItems maxItems minProperties maxProperties minLength maxLength minimum maximum exclusiveMinimum "
            + "exclusiveMaximum multipleOf pattern format anyOf oneOf allOf not if then else $ref $defs $anchor $id "
            + "dependentRequired dependentSchemas contains uniqueItems unevaluatedProperties"
        let names = keywords.split(separator: " ").map(String.init)
        var dice = SplitMix(state: 17)
        var compiled = 0
        for _ in 0..<3000 {
            var schema = JSONObject()
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                schema[names.randomElement(using: &dice) ?? ""] = pieces.randomElement(using: &dice)
            }
            if (try? GrammarDefinition(schema: .object(schema), options: .standard)) != nil { compiled += 1 }
        }
        #expect(compiled > 50 && compiled < 2900)
    }
}
