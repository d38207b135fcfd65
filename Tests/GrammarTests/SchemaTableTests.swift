import Grammar
import JSON
import Testing

/// One schema with texts that must be possible and texts that must not.
struct SchemaCase: Sendable, CustomTestStringConvertible {
    let schema: String
    let valid: [String]
    let invalid: [String]

    init(_ schema: String, valid: [String], invalid: [String]) {
        self.schema = schema
        self.valid = valid
        self.invalid = invalid
    }

    var testDescription: String { schema }

    /// Schemas are compiled as they come with a request.
    static func definition(_ schema: String) throws -> GrammarDefinition {
        try GrammarDefinition(schema: JSONParser.parse(schema, limits: .request), options: .standard)
    }

    func check() throws {
        let definition = try Self.definition(schema)
        for text in valid { #expect(GrammarMatcher.accepts(definition, text), "\(schema) must allow \(text)") }
        for text in invalid { #expect(!GrammarMatcher.accepts(definition, text), "\(schema) must not allow \(text)") }
    }
}

@Suite("Schemas by tables")
struct SchemaTableTests {
    @Test(
        "types",
        arguments: [
            SchemaCase(
                "true", valid: ["1", "\"a\"", "[]", "{}", "null", "{\"a\": [1, {\"b\": null}]}"],
                invalid: ["", "x", "{"]),
            SchemaCase("{}", valid: ["-1.5e3", "[true, false]"], invalid: ["01", "+1", ".5", "1.", "\"\n\""]),
            SchemaCase(
                "{\"type\":\"integer\"}", valid: ["0", "-17", "123456"], invalid: ["1.5", "-0", "00", "\"1\"", "1e2"]),
            SchemaCase(
                "{\"type\":\"number\"}", valid: ["0", "-0.5", "1e5", "1.25E-3", "9e307"],
                invalid: ["9e308", "1.e5", "-"]),
            SchemaCase("{\"type\":\"boolean\"}", valid: ["true", "false"], invalid: ["True", "null", "0"]),
            SchemaCase("{\"type\":\"null\"}", valid: ["null"], invalid: ["", "nil"]),
            SchemaCase("{\"type\":[\"string\",\"null\"]}", valid: ["\"\"", "null"], invalid: ["1", "[]"]),
            SchemaCase(
                "{\"type\":\"string\"}",
                valid: ["\"\"", "\"é😀\"", "\"\\u00e9\\uD83D\\uDE00\\n\\/\\\\\\\"\""],
                invalid: ["\"\\uD83D\"", "\"\\uDE00\"", "\"\\x\"", "\"\t\"", "\"a", "a"]),
        ])
    func types(_ item: SchemaCase) throws { try item.check() }

    @Test(
        "objects",
        arguments: [
            SchemaCase(
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"string\"},\"c\":{}},"
                    + "\"required\":[\"b\"],\"additionalProperties\":false}",
                valid: [
                    "{\"b\":\"\"}", "{\"a\":1,\"b\":\"x\"}", "{\"b\":\"x\",\"c\":[]}",
                    "{\n  \"a\": 1,\n  \"b\": \"x\"\n}",
                ],
                invalid: [
                    "{}", "{\"a\":1}", "{\"b\":\"x\",\"a\":1}", "{\"b\":\"x\",}", "{,\"b\":\"x\"}",
                    "{\"b\":\"x\",\"d\":1}",
                ]),
            SchemaCase(
                "{\"type\":\"object\",\"properties\":{\"ab\":{\"type\":\"integer\"}}}",
                valid: [
                    "{}", "{\"ab\":1}", "{\"ab\":1,\"c\":null}", "{\"a\":\"x\"}", "{\"abc\":\"x\",\"é\":0}", "{\"\":1}",
                ],
                invalid: ["{\"ab\":\"x\"}", "{\"c\":1,\"ab\":1}", "{\"a\\u0062\":\"x\"}", "{\"\\u0061b\":\"x\"}"]),
            SchemaCase(
                "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"},\"minProperties\":1,\"maxProperties\":2}",
                valid: ["{\"a\":1}", "{\"a\":1, \"b\":2}"],
                invalid: ["{}", "{\"a\":\"\"}", "{\"a\":1,\"b\":2,\"c\":3}"]),
            SchemaCase(
                "{\"properties\":{\"a\":true,\"b\":true,\"c\":true},\"additionalProperties\":false,\"minProperties\":2}",
                valid: ["{\"a\":1,\"b\":2}", "{\"b\":1,\"c\":2}", "{\"a\":1,\"b\":2,\"c\":3}", "7", "[]"],
                invalid: ["{}", "{\"a\":1}", "{\"c\":1}"]),
            SchemaCase(
                "{\"type\":\"object\",\"patternProperties\":{\"^x\":{\"type\":\"integer\"},\"y$\":{\"minimum\":3}},"
                    + "\"additionalProperties\":{\"type\":\"null\"}}",
                valid: ["{\"x\":1}", "{\"xy\":3}", "{\"a\":null}", "{\"ay\":5}", "{\"ay\":\"s\"}"],
                invalid: ["{\"x\":\"\"}", "{\"xy\":2}", "{\"a\":1}", "{\"xy\":\"s\"}"]),
            SchemaCase(
                "{\"type\":\"object\",\"propertyNames\":{\"maxLength\":2,\"pattern\":\"^[a-z]+$\"},\"properties\":{\"abc\":true}}",
                valid: ["{\"ab\":1}", "{}"], invalid: ["{\"abc\":1}", "{\"A\":1}", "{\"\":1}"]),
        ])
    func objects(_ item: SchemaCase) throws { try item.check() }

    @Test(
        "arrays",
        arguments: [
            SchemaCase(
                "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":1,\"maxItems\":3}",
                valid: ["[1]", "[1,2]", "[ 1, 2, 3 ]", "[\n1,\n2\n]"], invalid: ["[]", "[1,2,3,4]", "[\"\"]", "[1,]"]),
            SchemaCase(
                "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"},{\"type\":\"string\"}],\"items\":{\"type\":\"null\"}}",
                valid: ["[]", "[1]", "[1,\"\"]", "[1,\"\",null,null]"], invalid: ["[\"\"]", "[1,2]", "[1,\"\",3]"]),
            SchemaCase(
                "{\"type\":\"array\",\"prefixItems\":[{},{},{}],\"items\":false,\"minItems\":2}",
                valid: ["[1,2]", "[1,2,3]"], invalid: ["[1]", "[1,2,3,4]", "[]"]),
        ])
    func arrays(_ item: SchemaCase) throws { try item.check() }

    @Test(
        "numbers",
        arguments: [
            SchemaCase(
                "{\"type\":\"integer\",\"minimum\":-12,\"maximum\":105}",
                valid: ["-12", "-9", "0", "9", "10", "99", "100", "105"],
                invalid: ["-13", "-99", "106", "110", "200", "-0"]),
            SchemaCase(
                "{\"type\":\"number\",\"exclusiveMinimum\":0,\"exclusiveMaximum\":1}",
                valid: ["0.5", "0.001", "0.99"], invalid: ["0", "1", "0.0", "1.0", "-0.5", "1e-3"]),
            SchemaCase(
                "{\"type\":\"number\",\"minimum\":0.25,\"maximum\":12.5}",
                valid: ["0.25", "0.250", "0.3", "9", "12.5", "12.49", "10"],
                invalid: ["0.2", "0.24", "12.51", "13", "100"]),
            SchemaCase(
                "{\"type\":\"integer\",\"multipleOf\":7,\"minimum\":0}", valid: ["0", "7", "21", "700"],
                invalid: ["1", "22", "-7"]),
            SchemaCase(
                "{\"type\":\"number\",\"multipleOf\":0.05,\"maximum\":2}",
                valid: ["0.05", "0.1", "0", "2", "-3.15", "1.95", "0.10"], invalid: ["0.01", "0.055", "2.05"]),
            SchemaCase("{\"minimum\":3}", valid: ["3", "\"a\"", "null"], invalid: ["2", "2.99"]),
        ])
    func numbers(_ item: SchemaCase) throws { try item.check() }

    @Test(
        "strings",
        arguments: [
            SchemaCase(
                "{\"type\":\"string\",\"minLength\":2,\"maxLength\":3}",
                valid: ["\"ab\"", "\"😀é\"", "\"\\uD83D\\uDE00a\\n\""], invalid: ["\"a\"", "\"abcd\"", "\"\\u0061\""]),
            SchemaCase(
                "{\"type\":\"string\",\"pattern\":\"^[a-z]+-\\\\d{2}$\"}", valid: ["\"ab-12\""],
                invalid: ["\"ab-1\"", "\"AB-12\"", "\"ab-123\""]),
            SchemaCase(
                "{\"type\":\"string\",\"pattern\":\"b\"}", valid: ["\"b\"", "\"abc\"", "\"\\n😀b\\\"\""],
                invalid: ["\"\"", "\"ac\""]),
            SchemaCase(
                "{\"type\":\"string\",\"pattern\":\"^\\\"\\\\\\\\/\\n$\"}",
                valid: ["\"\\\"\\\\/\\n\"", "\"\\u0022\\u005c\\/\\u000A\""], invalid: ["\"\"\""]),
            SchemaCase(
                "{\"type\":\"string\",\"format\":\"date\"}",
                valid: ["\"2024-02-29\"", "\"1999-12-31\"", "\"2000-02-29\""],
                invalid: [
                    "\"2023-02-29\"", "\"1900-02-29\"", "\"2023-13-01\"", "\"2023-04-31\"", "\"0000-01-01\"",
                    "\"2023-1-1\"",
                ]),
            SchemaCase(
                "{\"enum\":[\"a\",1,null,[1,{\"x\":2}],\"é\"]}",
                valid: ["\"a\"", "1", "null", "[1, {\"x\": 2}]", "\"é\"", "\"\\u00e9\""], invalid: ["\"b\"", "2", "[]"]),
            SchemaCase("{\"const\":\"x\\ny\"}", valid: ["\"x\\ny\""], invalid: ["\"xny\""]),
        ])
    func strings(_ item: SchemaCase) throws { try item.check() }
}
