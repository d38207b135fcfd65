import JSON
import OpenAI
import Service

/// Schemas that say in every way that an argument is text, or what else it is.
struct SchemaCalls: CustomStringConvertible {
    let schema: String
    /// The value between its tags.
    let value: String
    /// The JSON of the argument `t`.
    let json: String

    init(_ schema: String, _ value: String, _ json: String) {
        self.schema = schema
        self.value = value
        self.json = json
    }

    var description: String { "\(schema): \(value)" }

    private static let properties = #""properties": {"t": {"type": "string"}}"#

    /// The type is found wherever the schema says it.
    static let all: [SchemaCalls] =
        [
            ##"{"$ref": "#/$defs/A", "$defs": {"A": {\##(properties)}}}"##,
            ##"{"$ref": "#/$defs/A%20B", "$defs": {"A B": {\##(properties)}}}"##,
            ##"{"$ref": "#here", "$defs": {"A": {"$anchor": "here", \##(properties)}}}"##,
            #"{"allOf": [{\#(properties)}, {"properties": {"u": {}}}]}"#,
            #"{"anyOf": [{\#(properties)}, {"properties": {"u": {"type": "integer"}}}]}"#,
            ##"{"oneOf": [{\##(properties)}, {"$ref": "#/$defs/A"}], "$defs": {"A": {\##(properties)}}}"##,
            #"{"patternProperties": {"^.$": {"type": "string"}}}"#, #"{"additionalProperties": {"type": "string"}}"#,
            #"{"if": {"properties": {"u": {"const": 1}}}, "then": {\#(properties)}}"#,
            #"{"properties": {"t": {}}, "if": {}, "then": {\#(properties)}, "else": {\#(properties)}}"#,
            ##"{"properties": {"t": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "string"}}}"##,
        ].map { SchemaCalls($0, "123", #""123""#) } + [
            SchemaCalls(#"{"properties": {"t": {"type": "string", "nullable": true}}}"#, "null", "null"),
            SchemaCalls(#"{"properties": {"t": {"type": "string", "nullable": true}}}"#, "5", #""5""#),
            SchemaCalls(
                #"{"properties": {"t": {"anyOf": [{"type": "string", "enum": ["edit", "view"]}, {"type": "string"}]}}}"#,
                #""edit""#, #""edit""#),
            SchemaCalls(
                #"{"properties": {"t": {"anyOf": [{"enum": ["edit", "view"]}, {"type": "string"}]}}}"#,
                #"say "edit""#, #""say \"edit\"""#),
            SchemaCalls(#"{"properties": {"t": {"type": "boolean"}}}"#, "FALSE", "false"),
            SchemaCalls(#"{"properties": {"t": {"type": "string"}}}"#, "FALSE", #""FALSE""#),
            SchemaCalls(
                #"{"properties": {"t": {"type": "object"}}}"#, "```json\n{\"a\": 1}\n```", "\n{\"a\": 1}\n"),
            SchemaCalls(#"{"properties": {"t": {"type": "string"}}}"#, "```json\n{}\n```", #""```json\n{}\n```""#),
        ]

    /// The rules of a request with a tool `put` of this schema.
    func rules() throws -> CallScanner.Rules {
        let tool = #"{"type": "function", "function": {"name": "put", "parameters": \#(schema)}}"#
        let body = #"{"messages": [{"role": "user", "content": "hi"}], "tools": [\#(tool)]}"#
        let request = try ChatRequest(JSONParser.parse(body, limits: .request), limits: requestLimits)
        return CallScanner.Rules(
            format: .xml, functions: CallableFunctions(request.prompt.tools?.callable ?? []), mostCalls: 128,
            isForced: false, isNamed: false)
    }

    /// An answer that calls it.
    var sample: ToolSamples.Sample {
        ToolSamples.Sample(
            .xml, "<tool_call>\n<function=put>\n<parameter=t>\n\(value)\n</parameter>\n</function>\n</tool_call>", "",
            ["put", "{\"t\": \(json)}"])
    }

    /// A key that is declared there ends the value in front of it, whose closing tag is missing.
    var unclosed: ToolSamples.Sample {
        ToolSamples.Sample(
            .xml, "<tool_call>\n<function=put>\n<parameter=x>\na\n<parameter=t>\n\(value)\n</parameter>\n</function>",
            "",
            ["put", "{\"x\": \"a\", \"t\": \(json)}"])
    }
}
