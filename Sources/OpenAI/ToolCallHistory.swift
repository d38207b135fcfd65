import JSON

/// A tool call that an assistant made in an earlier turn.
struct ToolCallHistory {
    /// The id by which a `tool` message answers it.
    let id: String
    /// The call as a chat template sees it: arguments as an object where they are one.
    let templateValue: JSONValue

    /// The `tool_calls` of an assistant message; empty when absent.
    static func read(_ reader: FieldReader) throws(APIError) -> [ToolCallHistory] {
        let values = try reader.array("tool_calls", atMost: RequestLimits.parts) ?? []
        var calls: [ToolCallHistory] = []
        for (index, value) in values.enumerated() {
            calls.append(try read(value, path: "\(reader.path("tool_calls"))[\(index)]"))
        }
        return calls
    }

    private static func read(_ value: JSONValue, path: String) throws(APIError) -> ToolCallHistory {
        guard let object = value.objectValue else { throw FieldReader.wrongType(path, expected: "an object", value) }
        let call = FieldReader(object: object, prefix: path + ".")
        guard let id = try call.string("id") else { throw .missing(call.path("id")) }
        let type = try call.string("type") ?? "function"
        guard type == "function" else {
            throw .unsupported(call.path("type"), "'\(type.clipped)' is not a type of tool call; 'function' is.")
        }
        guard let inner = try call.object("function") else { throw .missing(call.path("function")) }
        let function = FieldReader(object: inner, prefix: call.path("function."))
        guard let name = try function.string("name") else { throw .missing(function.path("name")) }
        // Clients written for Ollama send the object itself.
        let given = function.value("arguments")?.objectValue
        if let given { return ToolCallHistory(id: id, name: name, given: .object(given)) }
        return ToolCallHistory(id: id, name: name, arguments: try function.string("arguments") ?? "")
    }

    /// A call with its arguments as JSON text.
    init(id: String, name: String, arguments: String) {
        self.init(id: id, name: name, given: Self.arguments(arguments))
    }

    private init(id: String, name: String, given: JSONValue) {
        self.id = id
        templateValue = [
            "id": .string(id), "type": "function", "function": ["name": .string(name), "arguments": given],
        ]
    }

    /// Templates loop over arguments or print them as JSON, so they want the object, not its text.
    private static func arguments(_ text: String) -> JSONValue {
        guard !text.isEmpty else { return [:] }
        guard let value = try? JSONParser.parse(text, limits: .request), value.objectValue != nil else {
            return .string(text)
        }
        return value
    }
}
