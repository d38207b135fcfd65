/// Schemas that clients commonly send, each with an answer that meets it.
struct GrammarCase {
    let name: String
    let schema: String
    let answer: String

    static let all = [person, event, steps, invoice, optional, tree, anything]

    private static let person = GrammarCase(
        name: "person",
        schema: """
            {"type": "object", "required": ["name", "age", "email"], "additionalProperties": false, "properties": \
            {"name": {"type": "string"}, "age": {"type": "integer"}, "email": {"type": "string"}}}
            """,
        answer:
            #"{"name": "Grace Brewster Murray Hopper, \"Amazing Grace\"", "age": 85, "email": "hopper@example.org"}"#)

    private static let event = GrammarCase(
        name: "event, date",
        schema: """
            {"type": "object", "required": ["title", "date", "who", "where"], "additionalProperties": false, \
            "properties": {"title": {"type": "string"}, "date": {"type": "string", "format": "date"}, "who": {"type": \
            "array", "items": {"type": "string"}}, "where": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}
            """,
        answer: """
            {"title": "Concert in the park", "date": "2026-02-03", "who": ["Øyvind Müller", "李雷", "everyone else"], \
            "where": "Große Wiese"}
            """)

    private static let steps = GrammarCase(
        name: "steps",
        schema: """
            {"type": "object", "required": ["steps", "answer"], "additionalProperties": false, "properties": {"steps": \
            {"type": "array", "items": {"type": "object", "required": ["why", "result"], "additionalProperties": false, \
            "properties": {"why": {"type": "string"}, "result": {"type": "string"}}}}, "answer": {"type": "string"}}}
            """,
        answer: #"""
            {"steps": [{"why": "Start with 8x + 7 = -23 and subtract 7 from both sides.", "result": "8x = -30"}, \#
            {"why": "Divide both sides by 8 to isolate x,\nthen reduce.", "result": "x = -15/4"}], "answer": "-15/4"}
            """#)

    private static let invoice = GrammarCase(
        name: "invoice, bounds and patterns",
        schema: #"""
            {"type": "object", "required": ["id", "to", "lines", "paid"], "additionalProperties": false, "properties": \#
            {"id": {"type": "string", "format": "uuid"}, "to": {"type": "string", "minLength": 1, "maxLength": 80}, \#
            "lines": {"type": "array", "minItems": 1, "maxItems": 50, "items": {"type": "object", "required": ["sku", \#
            "text", "count", "price"], "additionalProperties": false, "properties": {"sku": {"type": "string", \#
            "pattern": "^[A-Z]{2,4}-[0-9]{3,6}$"}, "text": {"type": "string", "maxLength": 200}, "count": {"type": \#
            "integer", "minimum": 1, "maximum": 999}, "price": {"type": "number", "minimum": 0}}}}, "paid": {"type": \#
            "boolean"}}}
            """#,
        answer: """
            {"id": "123e4567-e89b-12d3-a456-426614174000", "to": "Bürohaus Schneider GmbH & Co. KG", "lines": [{"sku": \
            "AB-1234", "text": "A very comfortable chair with five wheels and adjustable armrests", "count": 12, \
            "price": 199.99}, {"sku": "XYZ-98765", "text": "Desk", "count": 3, "price": 549.5}], "paid": false}
            """)

    private static let optional = GrammarCase(
        name: "20 optional members",
        schema: """
            {"type": "object", "properties": {\
            \((1...20).map { "\"field_\($0)\": {\"type\": [\"string\", \"null\"]}" }.joined(separator: ", "))}}
            """,
        answer:
            #"{"field_2": "Jane Doe", "field_7": null, "field_19": "likes long walks on the beach", "more": [1, 2.5e3]}"#
    )

    private static let tree = GrammarCase(
        name: "tree, recursive",
        schema: """
            {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "required": ["value", "children"], \
            "additionalProperties": false, "properties": {"value": {"type": "string"}, "children": {"type": "array", \
            "items": {"$ref": "#/$defs/node"}}}}}}
            """,
        answer: """
            {"value": "root", "children": [{"value": "left", "children": [{"value": "leaf one", "children": []}]}, \
            {"value": "right", "children": []}]}
            """)

    private static let anything = GrammarCase(
        name: "any object",
        schema: #"{"type": "object"}"#,
        answer: #"""
            {"hello": "world", "list": [1, 2.5, -3e10, true, null, {"deep": {"er": ["x", "y"]}}], "text": "some \#
            \"quoted\" text with \\ backslashes and ünïcödé 你好"}
            """#)
}
