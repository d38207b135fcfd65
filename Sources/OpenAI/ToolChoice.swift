import JSON

/// Which tools an answer calls.
package enum ToolChoice: Sendable, Equatable {
    /// None.
    case none
    /// Those that the model wants to call, if any.
    case auto
    /// At least one.
    case required
    /// This one.
    case function(String)
    /// Some of these, as the model likes; with `isRequired` at least one.
    case allowed([String], isRequired: Bool)

    /// The choices that are one word.
    static let words = ["none", "auto", "required"]

    /// The `tool_choice` of a request; `auto` when absent.
    fileprivate static func read(_ reader: FieldReader, names: Set<String>) throws(APIError) -> ToolChoice {
        guard let value = reader.value("tool_choice") else { return .auto }
        if let object = value.objectValue {
            return try choice(FieldReader(object: object, prefix: "tool_choice."), names: names)
        }
        switch value.stringValue {
        case "none": return .none
        case "required": return .required
        default: return .auto
        }
    }

    private static func choice(_ reader: FieldReader, names: Set<String>) throws(APIError) -> ToolChoice {
        guard try reader.string("type") == "allowed_tools" else {
            return .function(try function(reader, names: names))
        }
        // The members are in an object of their own, as in chat, or beside the type.
        var inner = reader
        if let object = try reader.object("allowed_tools") {
            inner = FieldReader(object: object, prefix: reader.path("allowed_tools."))
        }
        guard let mode = try inner.string("mode") else { throw .missing(inner.path("mode")) }
        guard let values = try inner.array("tools", atMost: ToolDefinition.count) else {
            throw .missing(inner.path("tools"))
        }
        var allowed: [String] = []
        for (index, value) in values.enumerated() {
            let tool = FieldReader(object: value.objectValue ?? [:], prefix: "\(inner.path("tools"))[\(index)].")
            let isPlain = tool.value("function") == nil
            allowed.append(try isPlain ? name(tool, names: names) : function(tool, names: names))
        }
        return .allowed(allowed, isRequired: mode == "required")
    }

    private static func function(_ reader: FieldReader, names: Set<String>) throws(APIError) -> String {
        guard let inner = try reader.object("function") else { throw .missing(reader.path("function")) }
        return try name(FieldReader(object: inner, prefix: reader.path("function.")), names: names)
    }

    private static func name(_ reader: FieldReader, names: Set<String>) throws(APIError) -> String {
        guard let name = try reader.string("name") else { throw .missing(reader.path("name")) }
        guard names.contains(name) else {
            throw .invalid(
                reader.path("name"), "'\(reader.path("name"))' is '\(name.clipped)', which is not one of 'tools'.")
        }
        return name
    }
}

/// What a request says about tools.
package struct ToolOptions: Sendable, Equatable {
    /// The functions, in the client's order; never empty.
    package let tools: [ToolDefinition]
    /// Which of them the answer calls.
    package let choice: ToolChoice
    /// Whether an answer may call several times.
    package let allowsSeveral: Bool

    /// The functions that the answer may call, in the client's order.
    package var callable: [ToolDefinition] {
        switch choice {
        case .none: []
        case .auto, .required: tools
        case .function(let name): tools.filter { $0.name == name }
        case .allowed(let names, _): tools.filter { names.contains($0.name) }
        }
    }

    /// Whether the request names the function to call.
    package var isNamed: Bool {
        if case .function = choice { return true }
        return false
    }

    /// Whether the answer has to call something.
    package var isForced: Bool {
        switch choice {
        case .none, .auto, .allowed(_, isRequired: false): false
        case .required, .function, .allowed: true
        }
    }

    /// Reads `tools`, `tool_choice` and `parallel_tool_calls`; nil without tools.
    /// - Throws: 400 naming the field at fault.
    static func read(_ reader: FieldReader) throws(APIError) -> ToolOptions? {
        let tools = try ToolDefinition.read(reader)
        guard !tools.isEmpty else {
            guard reader.value("tool_choice") == nil else {
                throw .invalid("tool_choice", "'tool_choice' is only allowed when 'tools' are specified.")
            }
            return nil
        }
        return ToolOptions(
            tools: tools, choice: try ToolChoice.read(reader, names: Set(tools.map(\.name))),
            allowsSeveral: try reader.boolean("parallel_tool_calls") ?? true)
    }
}
