import Grammar
import JSON
import Testing

@Suite("Formats and refusals of schemas")
struct SchemaFormatTests {
    @Test(
        "formats",
        arguments: [
            (
                "date-time", ["2024-02-29T23:59:59Z", "1985-04-12t23:20:50.52z", "1990-12-31T15:59:50+05:30"],
                [
                    "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00",
                    "0000-01-01T00:00:00Z",
                ]
            ),
            (
                "time", ["00:00:00Z", "08:30:06.283185-08:00"],
                ["8:30:06Z", "08:30:60Z", "08:30:06", "08:30:06+24:00", "08:30:06.Z"]
            ),
            ("duration", ["P4DT12H30M5S", "PT36H", "P2W", "P1Y2M3D"], ["P", "PT", "P1D2H", "P1YT", "4D", "P1Y3D"]),
            (
                "uuid", ["2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"],
                [
                    "2eb8aa08-aa98-11ea-b4aa-73b441d1638", "2eb8aa08aa9811eab4aa73b441d16380",
                    "2eb8aa0g-aa98-11ea-b4aa-73b441d16380",
                ]
            ),
            (
                "email",
                [
                    "joe.bloggs@example.com", "te~st@example.com", "\"joe bloggs\"@example.com", "joe@[127.0.0.1]",
                    "a@[IPv6:::1]",
                ],
                ["2962", ".test@example.com", "te..st@example.com", "a@-b.com", "a@b@c", "joe@[127.0.0.300]"]
            ),
            ("hostname", ["www.example.com", "xn--4gbwdl.xn--wgbh1c", "a"], ["-a.b", "a_b", "a..b", ""]),
            (
                "ipv4", ["192.168.0.1", "0.0.0.0", "255.255.255.255"],
                ["127.0.0.0.1", "256.1.1.1", "127.0", "087.10.0.1", "1.2.3.4 "]
            ),
            (
                "ipv6", ["::1", "::", "1:2:3:4:5:6:7:8", "::ffff:192.168.0.1", "1::d6:192.168.0.1", "fe80::1"],
                [
                    "12345::", "1:1:1:1:1:1:1:1:1", ":2:3:4:5:6:7:8", "1::2::3", "::laptop", "1:2:3:4:1.2.3",
                    "1:2:3:4:5:6:7",
                ]
            ),
            (
                "uri",
                [
                    "http://foo.bar/?baz=qux#quux", "urn:isbn:0-486", "mailto:a@b.c", "http://[::1]:80/a%20b",
                    "tel:+1-816",
                ],
                ["//foo.bar", "/abc", "\\\\WINDOWS\\x", "http:// a", "bar,baz:foo", "http://a/%zz", ":// x"]
            ),
            ("no-such-format", ["", "anything"], []),
        ] as [(String, [String], [String])])
    func formats(_ name: String, _ valid: [String], _ invalid: [String]) throws {
        let schema: JSONValue = ["type": "string", "format": .string(name)]
        let definition = try GrammarDefinition(schema: schema, options: .standard)
        for text in valid {
            #expect(GrammarMatcher.accepts(definition, JSONValue.string(text).serialized()), "\(text)")
        }
        for text in invalid {
            #expect(!GrammarMatcher.accepts(definition, JSONValue.string(text).serialized()), "\(text)")
        }
    }

    @Test(
        "what can not be done is refused with its place and by its name",
        arguments: [
            ("{\"properties\":{\"age\":{\"type\":\"int\"}}}", "$.properties.age", "type must be"),
            ("{\"items\":{\"contian\":1,\"contans\":1}}", "$.items", "did you mean \"contains\"?"),
            (
                "{\"uniqueItems\":true,\"contains\":{\"type\":\"null\"}}", "$",
                "the keyword uniqueItems is not supported"
            ),
            ("{\"$ref\":\"other.json\"}", "$", "leads to another document"),
            ("{\"anyOf\":[{\"$ref\":\"#/$defs/no\"}]}", "$.anyOf.0", "leads to nothing"),
            ("{\"pattern\":\"(?<=a)\"}", "$", "pattern: regular expression, character 4: lookbehind is not supported"),
            ("{\"minLength\":-1}", "$", "minLength must be a whole number"),
            ("{\"required\":\"a\"}", "$", "required must be an array"),
            ("{\"properties\":{\"a\":7}}", "$.properties.a", "a schema must be an object or a boolean"),
            ("{\"type\":\"string\",\"minLength\":3,\"maxLength\":2}", "$", "no value fulfils the schema"),
            ("{\"type\":\"object\",\"minProperties\":2}", "$", "minProperties is not supported where"),
            (
                "{\"type\":\"object\",\"oneOf\":[{\"patternProperties\":{\"^a\":{\"type\":\"null\"}}},{\"patternProperties\":{\"^b\":{\"const\":1}}}]}",
                "$",
                "oneOf: branches 0 and 1 may both hold"
            ),
            ("{\"multipleOf\":0}", "$", "multipleOf must be greater than zero"),
            ("7", "$", "a schema must be an object or a boolean"),
        ])
    func refusals(_ schema: String, _ place: String, _ reason: String) {
        let error = #expect(throws: GrammarError.self) { try SchemaCase.definition(schema) }
        #expect(error?.place == place)
        #expect(error?.reason.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("white space as it is asked")
    func whitespace() throws {
        let schema: JSONValue = ["type": "object", "properties": ["a": ["type": "array"]], "required": ["a"]]
        let texts = ["{\"a\":[1,2]}", "{\"a\": [1, 2]}", "{\n  \"a\": [\n    1,\n    2\n  ]\n}", "{\"a\":  [1]}"]
        for (whitespace, allowed) in [
            (SchemaOptions.Whitespace.compact, [true, false, false, false]), (.flexible, [true, true, true, false]),
            (.pattern(" *"), [true, true, false, true]),
        ] {
            var options = SchemaOptions.standard
            options.whitespace = whitespace
            let definition = try GrammarDefinition(schema: schema, options: options)
            #expect(texts.map { GrammarMatcher.accepts(definition, $0) } == allowed)
        }
        var options = SchemaOptions.standard
        options.whitespace = .pattern("[ x]*")
        #expect(throws: GrammarError.self) { try GrammarDefinition(schema: schema, options: options) }
    }

    @Test(
        "arrays without repetitions, alternatives and references",
        arguments: [
            SchemaCase(
                "{\"type\":\"array\",\"items\":{\"enum\":[\"a\",\"b\",\"c\"]},\"uniqueItems\":true,\"minItems\":1}",
                valid: ["[\"a\"]", "[\"c\", \"a\",\"b\"]"], invalid: ["[]", "[\"a\",\"a\"]", "[\"d\"]"]),
            SchemaCase(
                "{\"oneOf\":[{\"properties\":{\"k\":{\"const\":\"x\"},\"n\":{\"type\":\"integer\"}},\"required\":[\"k\"]},"
                    + "{\"properties\":{\"k\":{\"const\":\"y\"}},\"required\":[\"k\"]}],\"type\":\"object\"}",
                valid: ["{\"k\":\"x\",\"n\":1}", "{\"k\":\"y\"}"],
                invalid: ["{}", "{\"k\":\"x\",\"n\":\"\"}", "{\"k\":\"z\"}"]),
            SchemaCase(
                "{\"$ref\":\"#/$defs/tree\",\"$defs\":{\"tree\":{\"type\":\"object\",\"required\":[\"v\"],\"additionalProperties\":false,"
                    + "\"properties\":{\"v\":{\"type\":\"integer\"},\"next\":{\"anyOf\":[{\"$ref\":\"#/$defs/tree\"},{\"type\":\"null\"}]}}}}}",
                valid: ["{\"v\":1}", "{\"v\":1,\"next\":{\"v\":2,\"next\":null}}"],
                invalid: ["{\"next\":null}", "{\"v\":1,\"next\":{}}"]),
            SchemaCase(
                "{\"allOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]},{\"properties\":{\"b\":{\"minimum\":2}}}],"
                    + "\"unevaluatedProperties\":false,\"type\":\"object\"}",
                valid: ["{\"a\":1}", "{\"a\":1,\"b\":2}"],
                invalid: ["{\"a\":1,\"c\":1}", "{\"a\":1,\"b\":1}", "{\"b\":2}"]),
            SchemaCase(
                "{\"type\":\"object\",\"if\":{\"properties\":{\"k\":{\"const\":1}},\"required\":[\"k\"]},\"then\":{\"required\":[\"x\"]}}",
                valid: ["{}", "{\"k\":2}", "{\"k\":1,\"x\":0}"], invalid: ["{\"k\":1}", "{\"k\":1,\"y\":0}"]),
        ])
    func combinations(_ item: SchemaCase) throws { try item.check() }
}
