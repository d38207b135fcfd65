extension FieldSchema {
    /// A JSON Schema: an object, or one of the two schemas that allow everything and nothing.
    static let jsonSchema = FieldSchema.either([.object(FieldTable([]), .free), .boolean])
    /// The same, also written as a text.
    private static let schemaOrText = FieldSchema.either([
        .object(FieldTable([]), .free), .boolean, .string(1, .unlimited),
    ])
    /// Texts of which the answer is one.
    private static let choices = FieldSchema.array(.string(1, .unlimited), 0, .fixed(OutputConstraint.maximumChoices))
    /// An expression or a grammar; an empty one asks for nothing.
    private static let source = FieldSchema.text

    /// What the answer has to look like, as OpenAI spells it.
    static let responseFormat = FieldSchema.variants(
        "type",
        [
            Variant(["text"], []),
            Variant(
                ["json_object", "json"],
                [
                    RequestField("schema", .jsonSchema, "A schema that the object has to meet."),
                    RequestField("value", .jsonSchema, "The same, as TGI spells it."),
                ]),
            Variant(
                ["json_schema"],
                [
                    RequestField("json_schema", .namedSchema, "The schema that the answer has to meet."),
                    RequestField("schema", .jsonSchema, "The same without a name."),
                    RequestField("value", .jsonSchema, "The same, as TGI spells it."),
                ]),
            Variant(
                ["regex"], [RequestField("value", required: .string(1, .unlimited), "A regular expression, as TGI.")]),
            Variant(
                ["grammar"],
                [RequestField("grammar", required: .string(1, .unlimited), "A grammar in GBNF, as Fireworks.")]),
        ])

    /// A schema with its name.
    private static let namedSchema = FieldSchema.members([
        RequestField("name", required: .string(1, 64), "What the schema is called."),
        RequestField("description", .text, "What it is for."),
        RequestField("schema", .jsonSchema, "The schema; without one, any object."),
        RequestField("strict", .boolean, "Every answer meets the schema either way."),
    ])

    /// The same as vLLM spells it; one of the first five.
    static let structuredOutputs = FieldSchema.members([
        RequestField("json", .schemaOrText, "A JSON Schema."),
        RequestField("regex", .source, "A regular expression for the whole answer."),
        RequestField("choice", .choices, "Texts of which the answer is one."),
        RequestField("grammar", .source, "A grammar in GBNF or EBNF."),
        RequestField("json_object", .boolean, "Any JSON object."),
        RequestField("structural_tag", .refused(unless: .nothing), "use tools, or a grammar."),
        RequestField("disable_any_whitespace", .boolean, "Whether JSON comes without blanks between its parts."),
        RequestField("whitespace_pattern", .source, "What may stand between the parts of JSON."),
        RequestField("disable_fallback", .ignored, "There is one way of doing it."),
        RequestField("disable_additional_properties", .boolean, "Whether objects have only the declared properties."),
    ])

    /// The older spellings of both, of vLLM, llama.cpp and SGLang, and what binds answers elsewhere and is not obeyed here:
    /// whatever a client means to bind an answer with is obeyed or refused, never passed over.
    static let constraintFields =
        guidedFields + refusedFields + [
            RequestField("nvext", .members(guidedFields), "The same, where NIM looks for it."),
            RequestField("extra_body", .members(misplacedFields), "An argument of the Python client, no field."),
        ]

    private static let refusedFields = [
        RequestField("structural_tag", .refused(unless: .nothing), "use tools, or a grammar."),
        RequestField("json", .refused(unless: .nothing), "use 'response_format' or 'structured_outputs'."),
        RequestField("json_object", .refused(unless: .falseValue), "use 'response_format' or 'structured_outputs'."),
        RequestField("choice", .refused(unless: .emptyArray), "use 'structured_outputs'."),
        RequestField("format", .refused(unless: .emptyString), "use 'response_format'."),
        RequestField("response_schema", .refused(unless: .nothing), "use 'response_format'."),
        RequestField("grammar_lazy", .refused(unless: .falseValue), "a grammar binds the answer from its beginning."),
        RequestField(
            "grammar_triggers", .refused(unless: .emptyArray), "a grammar binds the answer from its beginning."),
    ]

    /// The names of all of them where nobody would look for them.
    private static let misplacedFields =
        (["response_format", "structured_outputs"] + (guidedFields + refusedFields).map(\.name)).map {
            RequestField($0, .refused(unless: .nothing), "put it beside 'messages' or 'prompt'.")
        }

    private static let guidedFields = [
        RequestField("guided_json", .schemaOrText, "A JSON Schema."),
        RequestField("guided_regex", .source, "A regular expression for the whole answer."),
        RequestField("guided_json_object", .boolean, "Any JSON object."),
        RequestField("guided_choice", .choices, "Texts of which the answer is one."),
        RequestField("guided_grammar", .source, "A grammar in GBNF or EBNF."),
        RequestField("guided_whitespace_pattern", .source, "What may stand between the parts of JSON."),
        RequestField("guided_decoding_backend", .ignored, "There is one way of doing it."),
        RequestField("grammar", .source, "A grammar in GBNF or EBNF."),
        RequestField("json_schema", .schemaOrText, "A JSON Schema."),
        RequestField("regex", .source, "A regular expression for the whole answer."),
        RequestField("ebnf", .source, "A grammar in GBNF or EBNF."),
    ]
}
