import JSON

/// An earlier call as its message holds it.
struct EarlierCall: Sendable {
    /// The function.
    let name: String
    /// Its arguments: an object, or a text that is none.
    let arguments: JSONValue

    /// The calls of a message; empty without any.
    static func all(in message: JSONValue) -> [EarlierCall] {
        (message["tool_calls"]?.arrayValue ?? []).map {
            EarlierCall(
                name: $0["function"]?["name"]?.stringValue ?? "", arguments: $0["function"]?["arguments"] ?? [:])
        }
    }

    /// The arguments as JSON text, spaced as models see it elsewhere.
    var argumentText: String { arguments.stringValue ?? arguments.spaced }
}

extension ToolFormat {
    /// Calls as a model writes them.
    func text(of calls: [EarlierCall]) -> String {
        switch self {
        case .hermes:
            calls.map { "<tool_call>\n\(object($0, arguments: "arguments"))\n</tool_call>" }.joined(separator: "\n")
        case .xml: calls.map(tagged).joined(separator: "\n")
        case .llama3: calls.map { object($0, arguments: "parameters") }.joined(separator: "; ")
        case .mistral:
            "[TOOL_CALLS][" + calls.map { object($0, arguments: "arguments") }.joined(separator: ", ") + "]"
        case .functionary: calls.map { "<function=\($0.name)>\($0.argumentText)</function>" }.joined()
        case .recipient: calls.map { ">>>\($0.name)\n\($0.argumentText)" }.joined(separator: "\n")
        case .pythonic:
            "<|tool_call_start|>[" + calls.map(python).joined(separator: ", ") + "]<|tool_call_end|>"
        case .deepseek:
            DeepSeekCallReader.callsBegin
                + calls.map { DeepSeekCallReader.text(of: $0.name, $0.argumentText) }.joined(separator: "\n")
                + DeepSeekCallReader.callsEnd
        case .nemotron:
            "<TOOLCALL>[" + calls.map { object($0, arguments: "arguments") }.joined(separator: ", ") + "]</TOOLCALL>"
        }
    }

    /// How a system text of our own explains the format.
    var example: String {
        text(of: [EarlierCall(name: "function_name", arguments: ["argument_name": "value"])])
    }

    private func object(_ call: EarlierCall, arguments: String) -> String {
        "{\"name\": \(JSONValue.string(call.name).serialized()), \"\(arguments)\": \(call.argumentText)}"
    }

    private func tagged(_ call: EarlierCall) -> String {
        let parameters = (call.arguments.objectValue ?? [:]).map { key, value in
            "<parameter=\(key)>\n\(value.stringValue ?? value.spaced)\n</parameter>\n"
        }
        return "<tool_call>\n<function=\(call.name)>\n\(parameters.joined())</function>\n</tool_call>"
    }

    private func python(_ call: EarlierCall) -> String {
        let arguments = (call.arguments.objectValue ?? [:]).map { key, value in "\(key)=\(value.pythonic)" }
        return "\(call.name)(\(arguments.joined(separator: ", ")))"
    }
}

extension JSONValue {
    /// JSON text with a blank behind commas and colons.
    var spaced: String { written(true: "true", false: "false", null: "null") }

    /// The value as Python writes it.
    fileprivate var pythonic: String { written(true: "True", false: "False", null: "None") }

    private func written(true yes: String, false no: String, null: String) -> String {
        switch self {
        case .null: null
        case .bool(let flag): flag ? yes : no
        case .int, .double, .string: serialized()
        case .array(let elements):
            "[" + elements.map { $0.written(true: yes, false: no, null: null) }.joined(separator: ", ") + "]"
        case .object(let members):
            "{"
                + members.map { key, value in
                    JSONValue.string(key).serialized() + ": " + value.written(true: yes, false: no, null: null)
                }.joined(separator: ", ") + "}"
        }
    }
}
