import JSON
import OpenAI
import Testing

/// What an answer has to look like, in every spelling that clients know.
@Suite struct OutputConstraintTests {
    @Test(
        arguments: [
            (#""response_format": {"type": "json_object"}"#, .jsonObject, "response_format"),
            (
                #""response_format": {"type": "json_object", "schema": {"type": "object"}}"#,
                .schema(["type": "object"]), "response_format.schema"
            ),
            (
                #""response_format": {"type": "json_schema", "json_schema": {"name": "a-B_9", "schema": {"a": 1}, "strict": true}}"#,
                .schema(["a": 1]), "response_format.json_schema.schema"
            ),
            (
                #""response_format": {"type": "json_schema", "json_schema": {"name": "x"}}"#, .jsonObject,
                "response_format.json_schema.schema"
            ),
            (
                #""response_format": {"type": "json_schema", "schema": true}"#, .schema(true), "response_format.schema"
            ),
            (#""structured_outputs": {"json": {"a": 1}}"#, .schema(["a": 1]), "structured_outputs.json"),
            (#""structured_outputs": {"json": "{\"a\": 1}"}"#, .schema(["a": 1]), "structured_outputs.json"),
            (#""structured_outputs": {"regex": "a+"}"#, .regex("a+"), "structured_outputs.regex"),
            (#""structured_outputs": {"choice": ["a", "b"]}"#, .choice(["a", "b"]), "structured_outputs.choice"),
            (
                #""structured_outputs": {"grammar": "root ::= \"a\""}"#, .grammar("root ::= \"a\""),
                "structured_outputs.grammar"
            ),
            (#""structured_outputs": {"json_object": true}"#, .jsonObject, "structured_outputs.json_object"),
            (#""guided_json": {"a": 1}"#, .schema(["a": 1]), "guided_json"),
            (#""guided_regex": "x""#, .regex("x"), "guided_regex"),
            (#""guided_choice": ["x"]"#, .choice(["x"]), "guided_choice"),
            (#""guided_grammar": "g""#, .grammar("g"), "guided_grammar"),
            (#""grammar": "g""#, .grammar("g"), "grammar"),
            (#""json_schema": {"a": 1}"#, .schema(["a": 1]), "json_schema"),
            (#""regex": "x+""#, .regex("x+"), "regex"), (#""ebnf": "g""#, .grammar("g"), "ebnf"),
            (
                #""guided_grammar": "g", "structured_outputs": {"grammar": "g"}"#, .grammar("g"),
                "structured_outputs.grammar"
            ),
            (#""regex": "a", "guided_regex": "a""#, .regex("a"), "guided_regex"),
            (#""guided_json_object": true"#, .jsonObject, "guided_json_object"),
            (#""nvext": {"guided_regex": "a"}"#, .regex("a"), "nvext.guided_regex"),
            (#""response_format": {"type": "json"}"#, .jsonObject, "response_format"),
            (#""response_format": {"type": "json", "value": {"a": 1}}"#, .schema(["a": 1]), "response_format.value"),
            (
                #""response_format": {"type": "json_object", "value": {"a": 1}}"#, .schema(["a": 1]),
                "response_format.value"
            ),
            (
                #""response_format": {"type": "json_schema", "value": {"a": 1}}"#, .schema(["a": 1]),
                "response_format.value"
            ),
            (#""response_format": {"type": "regex", "value": "a+"}"#, .regex("a+"), "response_format.value"),
            (#""response_format": {"type": "grammar", "grammar": "g"}"#, .grammar("g"), "response_format.grammar"),
            (
                #""guided_choice": ["a", "b"], "structured_outputs": {"choice": ["b", "a"]}"#, .choice(["b", "a"]),
                "structured_outputs.choice"
            ),
        ] as [(String, OutputConstraint.Form, String)])
    func everySpellingIsRead(_ text: String, _ form: OutputConstraint.Form, _ parameter: String) throws {
        for constraint in [
            try chat(text).options.constraint, try completion(#""prompt": "a", "# + text).options.constraint,
        ] {
            #expect(constraint?.form == form)
            #expect(constraint?.parameter == parameter)
        }
    }

    @Test(arguments: [
        "", #""structured_outputs": {}"#, #""response_format": {"type": "text"}"#, #""response_format": null"#,
        #""structured_outputs": null"#,
        #""guided_json": null, "grammar": null"#, #""guided_regex": "", "guided_choice": [], "grammar": """#,
    ])
    func withoutAFormTheAnswerIsFree(_ text: String) throws {
        #expect(try chat(text).options.constraint == nil)
    }

    @Test(arguments: [
        (#""response_format": {"type": "xml"}"#, "response_format.type"),
        (#""response_format": "json_object""#, "response_format"),
        (#""response_format": {}"#, "response_format.type"),
        (#""response_format": {"type": "json_schema"}"#, "response_format.json_schema"),
        (#""response_format": {"type": "json_schema", "json_schema": {}}"#, "response_format.json_schema.name"),
        (
            #""response_format": {"type": "json_schema", "json_schema": {"name": "a b", "schema": {}}}"#,
            "response_format.json_schema.name"
        ),
        (
            #""response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": []}}"#,
            "response_format.json_schema.schema"
        ),
        (
            #""response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}, "strict": 1}}"#,
            "response_format.json_schema.strict"
        ),
        (#""structured_outputs": {"structural_tag": "x"}"#, "structured_outputs.structural_tag"),
        (#""structural_tag": "x""#, "structural_tag"),
        (#""response_format": {"type": "structural_tag", "structures": []}"#, "response_format.type"),
        (#""response_format": {"type": "regex"}"#, "response_format.value"),
        (#""json": {"a": 1}"#, "json"), (#""choice": ["a"]"#, "choice"), (#""json_object": true"#, "json_object"),
        (#""format": "json""#, "format"), (#""format": {"type": "object"}"#, "format"),
        (#""response_schema": {}"#, "response_schema"), (#""grammar": "g", "grammar_lazy": true"#, "grammar_lazy"),
        (#""grammar_triggers": [{"type": 1}]"#, "grammar_triggers"),
        (#""extra_body": {"guided_json": {}}"#, "extra_body.guided_json"),
        (#""extra_body": {"structured_outputs": {"regex": "a"}}"#, "extra_body.structured_outputs"),
        (#""nvext": {"guided_regex": 1}"#, "nvext.guided_regex"),
        (#""nvext": {"guided_regex": "a"}, "regex": "b""#, "nvext.guided_regex"),
        (#""guided_choice": ["a", "b"], "structured_outputs": {"choice": ["a"]}"#, "guided_choice"),
        (#""structured_outputs": {"json": "[1]"}"#, "structured_outputs.json"),
        (#""structured_outputs": {"json": "{"}"#, "structured_outputs.json"),
        (#""structured_outputs": {"regex": "a", "choice": ["b"]}"#, "structured_outputs.choice"),
        (#""guided_json": 3"#, "guided_json"),
        (#""guided_choice": [1]"#, "guided_choice[0]"),
        (#""guided_regex": "a", "response_format": {"type": "json_object"}"#, "guided_regex"),
        (#""grammar": 1"#, "grammar"), (#""regex": "a", "ebnf": "b""#, "ebnf"),
        (#""guided_grammar": "a", "structured_outputs": {"grammar": "b"}"#, "guided_grammar"),
    ])
    func whatIsWrongIsNamed(_ text: String, _ parameter: String) {
        let error = refusal { _ = try chat(text) }
        #expect(error?.status == 400)
        #expect(error?.parameter == parameter)
    }

    /// Whatever is meant to bind an answer is obeyed or refused on both endpoints, but never passed over.
    @Test func nothingThatBindsAnswersIsPassedOver() throws {
        for name in [
            "structural_tag", "json", "json_object", "choice", "format", "response_schema", "grammar_lazy",
            "grammar_triggers", "regex", "ebnf", "grammar", "json_schema", "guided_json", "guided_json_object",
            "guided_regex", "guided_choice", "guided_grammar", "structured_outputs", "response_format",
        ] {
            let member = #""\#(name)": [7]"#
            #expect(refusal { _ = try chat(member) }?.parameter?.hasPrefix(name) == true, "\(name)")
            let legacy = refusal { _ = try completion(#""prompt": "a", "# + member) }
            #expect(legacy?.parameter?.hasPrefix(name) == true, "\(name)")
            let misplaced = refusal { _ = try chat(#""extra_body": {\#(member)}"#) }
            #expect(misplaced?.parameter == "extra_body.\(name)", "\(name)")
        }
        #expect(try chat(#""extra_body": {"top_k": 4}, "format": "", "json_object": false"#).options.constraint == nil)
    }

    @Test func whitespaceIsTheClients() throws {
        #expect(try chat(#""guided_json": {}"#).options.constraint?.whitespace == .usual)
        let none = try chat(#""structured_outputs": {"json": {}, "disable_any_whitespace": true}"#).options.constraint
        #expect(none?.whitespace == OutputConstraint.Whitespace.none)
        let pattern = try chat(#""guided_json": {}, "guided_whitespace_pattern": " ?""#).options.constraint
        #expect(pattern?.whitespace == .pattern(" ?"))
        let closed = try chat(#""structured_outputs": {"json": {}, "disable_additional_properties": true}"#)
        #expect(closed.options.constraint?.allowsAdditional == false)
    }
}
