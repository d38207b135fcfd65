import Grammar
import JSON
import Testing

/// What has no exact form: less is allowed than the schema does, never more.
@Suite("Schemas that are narrowed")
struct SchemaClassesTests {
    @Test(
        "d9: arrays without repetitions have elements of different classes",
        arguments: [
            SchemaCase(
                #"{"type":"array","items":{"type":"string"},"uniqueItems":true}"#,
                valid: [
                    "[]", #"["a"]"#, #"["b", "a", "c"]"#, #"["red","green","yellow"]"#, #"["","y"]"#, #"["а","м"]"#,
                ],
                invalid: [#"["a","a"]"#, #"["b","a","b"]"#, #"["é","\u00e9"]"#, "[1]"]),
            SchemaCase(
                #"{"type":"array","items":{"type":"string","pattern":"^sg-[0-9a-f]{4}$"},"uniqueItems":true,"minItems":2}"#,
                valid: [#"["sg-0abc","sg-1abc"]"#], invalid: [#"["sg-0abc"]"#, #"["sg-0abc","sg-0abc"]"#]),
            SchemaCase(
                #"{"type":"array","items":{"type":"object","properties":{"Key":{"type":"string"},"Value":{"type":"string"}},"required":["Key","Value"],"additionalProperties":false},"uniqueItems":true}"#,
                valid: [#"[{"Key":"a","Value":"x"},{"Key":"b","Value":"x"}]"#],
                invalid: [#"[{"Key":"a","Value":"x"},{"Key":"a","Value":"x"}]"#, "[{},{}]"]),
            SchemaCase(
                #"{"type":"array","items":{"type":"number"},"uniqueItems":true,"maxItems":2}"#,
                valid: ["[1,2]", "[80,443]", "[0.5]"], invalid: ["[1,1]", "[1,1.0]", "[1,2,10]"]),
            SchemaCase(
                #"{"type":"array","items":{"type":["string","null","boolean","array"]},"uniqueItems":true}"#,
                valid: [#"["a",null,true,[],[1]]"#], invalid: ["[null,null]", "[[],[]]", #"["a","a"]"#]),
            SchemaCase(
                #"{"type":"array","prefixItems":[{"type":"boolean"},{"type":"boolean"}],"uniqueItems":true}"#,
                valid: ["[true,false]", #"[true,false,"a",1]"#], invalid: ["[true,true]", "[1,true]"]),
        ])
    func d9_unique(_ item: SchemaCase) throws { try item.check() }

    @Test("d9: more different elements than there are classes are refused")
    func d9_tooMany() {
        let error = #expect(throws: GrammarError.self) {
            try SchemaCase.definition(
                #"{"type":"array","items":{"type":"string"},"uniqueItems":true,"minItems":9}"#)
        }
        #expect(error?.reason.contains("more than 8 elements of this kind (minItems)") == true)
    }

    @Test(
        "d9: long texts of one kind of character are counted without an automaton for each length",
        arguments: [
            (#"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"#, 1, 256, "é", "!"), (#"^sg-[a-z]+$"#, 1, 1024, "a", "A"),
            (#"^[^\p{C}]{1,2048}$"#, 0, 2048, "é", "\u{7}"), (#"^.*$"#, 0, 2048, "é", "\n"),
            (#"^(https|s3)://([^/]+)/?(.*)$"#, 1, 1024, "/", "\n"), (#"\S+"#, 0, 512, "é", nil),
        ] as [(String, Int, Int, String, String?)])
    func d9_counted(_ pattern: String, _ least: Int, _ most: Int, _ good: String, _ bad: String?) throws {
        let schema: JSONValue = [
            "type": "string", "pattern": .string(pattern), "minLength": .int(Int64(least)),
            "maxLength": .int(Int64(most)),
        ]
        let definition = try GrammarDefinition(schema: schema, options: .standard)
        let start = pattern.hasPrefix("^sg") ? "sg-" : pattern.hasPrefix("^(h") ? "s3://a" : ""
        func accepts(_ rest: String) -> Bool {
            GrammarMatcher.accepts(definition, JSONValue.string(start + rest).serialized())
        }
        #expect(accepts(good) && accepts(String(repeating: good, count: most / 2)))
        #expect(!accepts(String(repeating: good, count: most + 1)))
        if let bad { #expect(!accepts(good + bad)) }
    }

    @Test(
        "d9: what breaks a rule for other members is known where the names are",
        arguments: [
            SchemaCase(
                #"{"type":"object","oneOf":[{"properties":{"a":{"type":"integer"}},"additionalProperties":false},{"properties":{"b":{"type":"integer"}},"additionalProperties":false}]}"#,
                valid: [#"{"a":1}"#, #"{"b":1}"#], invalid: ["{}", #"{"a":1,"b":1}"#]),
            SchemaCase(
                #"{"type":"object","properties":{"a":{},"bc":{}},"additionalProperties":false,"not":{"propertyNames":{"maxLength":1}}}"#,
                valid: [#"{"bc":1}"#, #"{"a":1,"bc":1}"#], invalid: ["{}", #"{"a":1}"#]),
            SchemaCase(
                #"{"type":"object","properties":{"a":{},"x1":{}},"additionalProperties":false,"not":{"patternProperties":{"^x":{"type":"integer"}}}}"#,
                valid: [#"{"x1":"s"}"#], invalid: ["{}", #"{"x1":1}"#, #"{"a":1}"#]),
            SchemaCase(
                #"{"not":{"oneOf":[{"type":"integer"},{"minimum":2}]}}"#, valid: ["1.5", "3"], invalid: ["1", "2.5"]),
            SchemaCase(
                #"{"type":"integer","not":{"if":{"minimum":5},"then":{"multipleOf":2},"else":{"multipleOf":3}}}"#,
                valid: ["7", "4"], invalid: ["6", "3"]),
            SchemaCase(
                #"{"type":"object","properties":{"a":{},"b":{}},"additionalProperties":false,"not":{"dependentRequired":{"a":["b"]}}}"#,
                valid: [#"{"a":1}"#], invalid: ["{}", #"{"b":1}"#, #"{"a":1,"b":1}"#]),
        ])
    func d9_negated(_ item: SchemaCase) throws { try item.check() }

    @Test(
        "d9: names, references and flags of older drafts",
        arguments: [
            SchemaCase(
                ##"{"$schema":"http://json-schema.org/draft-04/schema#","type":"integer","minimum":1,"exclusiveMinimum":true,"maximum":3,"exclusiveMaximum":false}"##,
                valid: ["2", "3"], invalid: ["1", "4"]),
            SchemaCase(
                ##"{"definitions":{"a":{"$id":"#n","type":"null"}},"$ref":"#n"}"##, valid: ["null"], invalid: ["1"]),
        ])
    func d9_oldDrafts(_ item: SchemaCase) throws { try item.check() }
}
