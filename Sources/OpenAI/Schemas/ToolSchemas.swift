/// The forms of tools and of the choice among them.
extension FieldSchema {
    /// The functions that may be called.
    static let tools = FieldSchema.array(
        .variants("type", [Variant(["function"], [RequestField("function", required: function, "The function.")])]),
        0, .fixed(ToolDefinition.count))

    private static let function = FieldSchema.object(
        FieldTable([
            RequestField(
                "name", required: .string(1, .fixed(ToolDefinition.nameBytes)),
                "Its name: letters, digits, '_', '.' and '-'."),
            RequestField("description", .text, "What it is for."),
            RequestField(
                "parameters", .object(FieldTable([]), .free), "The JSON Schema of its arguments, an object."),
            RequestField("strict", .boolean, "Whether arguments have to satisfy the schema."),
        ]), .free)

    /// Which functions the answer calls.
    static let toolChoice = FieldSchema.either([
        .word(ToolChoice.words),
        .variants(
            "type",
            [
                Variant(["function"], [RequestField("function", required: functionName, "The function to call.")]),
                Variant(
                    ["allowed_tools"],
                    [RequestField("allowed_tools", allowed, "The choice; or its members beside the type.")]
                        + allowance),
            ]),
    ])

    private static let functionName = FieldSchema.object(
        FieldTable([RequestField("name", required: .text, "The name of one of the tools.")]), .free)

    private static let allowed = FieldSchema.object(FieldTable(allowance), .free)

    private static let allowance = [
        RequestField("mode", .word(["auto", "required"]), "Whether one of them must be called."),
        RequestField(
            "tools",
            .array(
                .variants(
                    "type",
                    [
                        Variant(
                            ["function"],
                            [
                                RequestField("function", functionName, "The function."),
                                RequestField("name", .text, "Its name, where there is no 'function'."),
                            ])
                    ]), 1, .fixed(ToolDefinition.count)), "Those that may be called."),
    ]
}
