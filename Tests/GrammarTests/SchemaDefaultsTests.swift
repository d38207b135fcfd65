import Grammar
import JSON
import Testing

/// What schemas mean where they do not say: members, digits, and words of other tools.
@Suite("What schemas do not say")
struct SchemaDefaultsTests {
    private static func closed(_ schema: String) throws -> GrammarDefinition {
        var options = SchemaOptions.standard
        options.additionalPropertiesByDefault = false
        return try GrammarDefinition(schema: JSONParser.parse(schema, limits: .request), options: options)
    }

    @Test(
        "f11: objects have the members that their merged schemas name",
        arguments: [
            SchemaCase(
                #"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}"#, valid: [#"{"a":1}"#],
                invalid: ["{}", #"{"a":1,"b":2}"#]),
            SchemaCase(
                #"{"type":"object","properties":{"a":{}},"additionalProperties":true}"#,
                valid: [#"{"a":1,"b":2}"#, #"{"b":2}"#], invalid: []),
            SchemaCase(
                #"{"properties":{"a":{}},"allOf":[{"properties":{"b":{"type":"null"}},"required":["b"]}]}"#,
                valid: [#"{"a":1,"b":null}"#, #"{"b":null}"#], invalid: [#"{"a":1}"#, #"{"b":null,"c":1}"#]),
            SchemaCase(
                #"{"properties":{"k":{"const":1}},"anyOf":[{"properties":{"a":{}},"required":["a"]},{"properties":{"b":{}},"required":["b"]}]}"#,
                valid: [#"{"k":1,"a":2}"#, #"{"b":2}"#], invalid: [#"{"k":1}"#, #"{"k":1,"c":1}"#]),
            SchemaCase(
                #"{"type":"object","patternProperties":{"^x":{"type":"integer"}}}"#, valid: ["{}", #"{"x1":1}"#],
                invalid: [#"{"a":1}"#]),
            SchemaCase(#"{"type":"object"}"#, valid: ["{}", #"{"a":[{"b":1}]}"#], invalid: []),
            SchemaCase(#"{"type":"object","required":["a"]}"#, valid: [#"{"a":{}}"#], invalid: [#"{"a":1,"b":1}"#]),
            SchemaCase(
                #"{"properties":{"a":{}},"minProperties":3}"#, valid: ["7"], invalid: [#"{"a":1}"#]),
            SchemaCase(
                #"{"type":"object","not":{"required":["a"]}}"#, valid: ["{}", #"{"b":1}"#], invalid: [#"{"a":1}"#]),
        ])
    func f11_closedByDefault(_ item: SchemaCase) throws {
        guard let definition = try? Self.closed(item.schema) else {
            // Several members that nobody names cannot be counted.
            #expect(item.schema.contains("minProperties"))
            return
        }
        for text in item.valid { #expect(GrammarMatcher.accepts(definition, text), "\(item.schema): \(text)") }
        for text in item.invalid { #expect(!GrammarMatcher.accepts(definition, text), "\(item.schema): \(text)") }
    }

    @Test("numbers of which nothing is asked have an end")
    func freeNumbersHaveAnEnd() throws {
        let long = String(repeating: "7", count: 19)
        for (schema, isAllowed) in [
            (#"{"type":"integer"}"#, false), (#"{"type":"number"}"#, false),
            (#"{"type":"integer","minimum":0}"#, false),
            (#"{"type":"integer","maximum":99999999999999999999}"#, true),
            (#"{"type":"integer","minimum":1000000000000000000}"#, true),
        ] {
            let definition = try SchemaCase.definition(schema)
            #expect(
                GrammarMatcher.accepts(definition, "7" + String(repeating: "0", count: 17)) != schema.contains("100"))
            #expect(GrammarMatcher.accepts(definition, long) == isAllowed, "\(schema)")
        }
    }

    @Test(
        "d9: words of other tools say nothing",
        arguments: [
            "self", "readonly", "pbj", "links", "version", "$default", "markdownDescription", "_comment", "_format",
            "_uniqueItems", "decription", "options", "note", "form", "@type", "unit", "x-order", "enumNames", "",
        ])
    func d9_annotations(_ word: String) throws {
        let schema = JSONValue.object(["type": "integer", word: ["a": 1]])
        let definition = try GrammarDefinition(schema: schema, options: .standard)
        #expect(GrammarMatcher.accepts(definition, "17"))
    }

    @Test(
        "d9: slips are refused with what was meant",
        arguments: [
            ("additonalProperties", "additionalProperties"), ("addtionalProperties", "additionalProperties"),
            ("anyof", "anyOf"), ("one_of", "oneOf"), ("requierd", "required"), ("properites", "properties"),
            ("maxLenght", "maxLength"), ("min_length", "minLength"), ("patern", "pattern"), ("Type", "type"),
            ("minimun", "minimum"), ("itmes", "items"),
        ])
    func d9_slips(_ word: String, _ meant: String) {
        let error = #expect(throws: GrammarError.self) {
            try GrammarDefinition(schema: .object([word: true]), options: .standard)
        }
        #expect(error?.reason.contains("did you mean \"\(meant)\"") == true, "\(String(describing: error))")
    }

    @Test(
        "d9: dynamic references, and what is left over beside alternatives",
        arguments: [
            SchemaCase(
                ##"{"$dynamicAnchor":"n","type":"object","properties":{"v":{"type":"integer"},"c":{"type":"array","items":{"$dynamicRef":"#n"}}},"additionalProperties":false}"##,
                valid: [#"{"v":1,"c":[{"v":2},{"c":[]}]}"#], invalid: [#"{"c":[1]}"#]),
            SchemaCase(
                ##"{"type":"object","properties":{"c":{"$recursiveRef":"#"}},"additionalProperties":false}"##,
                valid: [#"{"c":{"c":{}}}"#], invalid: [#"{"c":1}"#]),
            SchemaCase(
                #"{"type":"object","anyOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"b":{}}}],"unevaluatedProperties":false}"#,
                valid: [#"{"a":1}"#, #"{"b":1}"#, "{}"], invalid: [#"{"c":1}"#, #"{"a":1,"c":2}"#]),
        ])
    func d9_references(_ item: SchemaCase) throws { try item.check() }

    @Test(
        "d9: elements that are contained, left over, or not to be repeated",
        arguments: [
            SchemaCase(
                #"{"type":"array","items":{"type":"integer"},"contains":{"minimum":5}}"#,
                valid: ["[5]", "[1,7,2]", "[9,9]"], invalid: ["[]", "[1]", "[1,2]", "[\"a\",5]"]),
            SchemaCase(
                #"{"type":"array","contains":{"const":1},"minContains":2,"maxContains":3,"maxItems":4}"#,
                valid: ["[1,1]", "[1,0,1]", "[1,1,1,2]"], invalid: ["[1]", "[1,1,1,1]", "[1,1,2,3,4]"]),
            SchemaCase(
                #"{"type":"array","contains":{"type":"null"},"minContains":0,"maxContains":1,"minItems":1}"#,
                valid: ["[null]", "[1]", "[1,null,2]"], invalid: ["[]", "[null,null]"]),
            SchemaCase(
                #"{"anyOf":[{"type":"array","not":{"prefixItems":[{"const":1}]},"unevaluatedItems":false},{"const":1}]}"#,
                valid: ["1"], invalid: ["[]", "[1]", "[2]"]),
            SchemaCase(
                #"{"anyOf":[{"type":"array","maxItems":0,"contains":{"type":"null"}},{"const":1}]}"#, valid: ["1"],
                invalid: ["[]", "[null]"]),
            SchemaCase(
                #"{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"integer"},"contains":{"const":3}}"#,
                valid: [#"["a",3]"#, #"["a",1,3]"#], invalid: ["[3]", #"["a"]"#, #"["a",1]"#]),
            SchemaCase(
                #"{"type":"array","allOf":[{"prefixItems":[{"type":"integer"}]}],"unevaluatedItems":false}"#,
                valid: ["[]", "[1]"], invalid: ["[1,2]", "[\"a\"]"]),
            SchemaCase(
                #"{"type":"array","items":{"enum":[1,2,3,4,5,6,7,8,9,10]},"uniqueItems":true,"minItems":2}"#,
                valid: ["[1,2]", "[3,10]", "[1,2,3,4,5,6,7,8,9,10]"], invalid: ["[]", "[1]", "[1,1]", "[2,11]"]),
            SchemaCase(
                #"{"type":"array","items":{"enum":[1,2,3,4,5,6,7,8,9,10]},"uniqueItems":true,"maxItems":2}"#,
                valid: ["[]", "[4]", "[1,9]"], invalid: ["[1,2,3]", "[4,4]"]),
            SchemaCase(
                #"{"type":"array","oneOf":[{"items":{"type":"integer"}},{"items":{"type":"number"},"minItems":1}]}"#,
                valid: ["[]", "[0.5]", "[1,0.5]"], invalid: ["[1]", "[\"a\"]"]),
        ])
    func d9_elements(_ item: SchemaCase) throws { try item.check() }

    @Test(
        "d9: one of several that may hold together leaves out what the others need",
        arguments: [
            SchemaCase(
                #"{"type":"object","oneOf":[{"required":["a"]},{"required":["b"]},{"required":["c"]}],"properties":{"a":{},"b":{},"c":{}},"additionalProperties":false}"#,
                valid: [#"{"a":1}"#, #"{"b":1}"#, #"{"c":1}"#], invalid: ["{}", #"{"a":1,"b":1}"#, #"{"a":1,"c":1}"#]),
            SchemaCase(
                #"{"type":"object","oneOf":[{"patternProperties":{"^a":{"type":"null"}},"required":["x"]},{"properties":{"y":{}},"required":["y"]}]}"#,
                valid: [#"{"x":1}"#], invalid: [#"{"x":1,"y":1}"#, "{}"]),
        ])
    func d9_exclusive(_ item: SchemaCase) throws { try item.check() }
}
