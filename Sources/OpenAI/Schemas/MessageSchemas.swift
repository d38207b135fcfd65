/// The forms of a conversation.
extension FieldSchema {
    /// A conversation, never empty.
    static let messages = FieldSchema.array(
        .variants(
            "role",
            [
                Variant(["system", "developer", "user"], [name, RequestField("content", required: content, said)]),
                Variant(
                    ["assistant"],
                    [
                        name, RequestField("content", content, said),
                        RequestField("reasoning_content", .text, "What was thought before."),
                        RequestField("reasoning", .text, "The same."),
                        RequestField("refusal", .text, "What was said instead of an answer."),
                        RequestField(
                            "tool_calls", .array(toolCall, 0, .fixed(RequestLimits.parts)), "The calls it made."),
                        RequestField("function_call", .refused(unless: .nothing), "use 'tool_calls'."),
                    ], oneOf: ["content", "tool_calls", "reasoning_content", "reasoning", "refusal"]),
                Variant(
                    ["tool"],
                    [
                        name, RequestField("content", required: content, "What the call gave."),
                        RequestField("tool_call_id", required: .text, "The call that is answered."),
                    ]),
            ]), 1, .messages)

    /// A text, or parts of one.
    static let content = FieldSchema.either([.text, .array(part, 1, .fixed(RequestLimits.parts))])

    private static let said = "What is said."
    private static let name = RequestField("name", .text, "Who says it.")

    private static let part = FieldSchema.variants(
        "type",
        [
            Variant(["text"], [RequestField("text", required: .text, "The text.")]),
            Variant(["refusal"], [RequestField("refusal", required: .text, "The text.")]),
        ])

    private static let toolCall = FieldSchema.object(
        FieldTable([
            RequestField("id", required: .text, "The name by which it is answered."),
            RequestField("type", .word(["function"]), "The only type there is."),
            RequestField(
                "function",
                required: .object(
                    FieldTable([
                        RequestField("name", required: .text, "The function."),
                        RequestField(
                            "arguments", .either([.text, .map(.anything)]),
                            "The arguments, as JSON in a text, or as an object."),
                    ]), .free), "What was called."),
        ]), .free)
}
