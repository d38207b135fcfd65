import JSON

/// Reads `instructions` and `input`: items of a conversation become messages of chat.
struct ResponsesInput {
    /// The name by which the model reads of a function; kept no longer than it is read.
    let shorten: (String) -> String
    /// Items that were left out, as `input[2]`.
    private(set) var dropped: [String] = []
    private var messages: [(role: String, value: JSONObject)] = []
    /// The assistant's turn that is being put together from several items.
    private var turn: Turn?
    /// Thinking for the turn that follows.
    private var thinking: [String] = []
    /// Calls that nothing has answered yet, by id, with their names.
    private var open: [(id: String, name: String)] = []

    /// Pieces, joined once: items may be many, and long.
    private struct Turn {
        var said: [String] = []
        var thinking: [String]
        var calls: [JSONValue] = []

        var message: JSONObject {
            var message: JSONObject = ["role": "assistant", "content": .string(said.joined())]
            if !thinking.isEmpty { message["reasoning_content"] = .string(thinking.joined(separator: "\n")) }
            if !calls.isEmpty { message["tool_calls"] = .array(calls) }
            return message
        }
    }

    /// Items of tools that others run; what they found is of no use without them.
    private static let hosted: Set<String> = [
        "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "computer_call",
        "computer_call_output", "tool_search_call", "tool_search_output", "program", "program_output", "mcp_call",
        "mcp_list_tools", "mcp_approval_request", "mcp_approval_response",
    ]

    /// A reader that has read nothing.
    init(shorten: @escaping (String) -> String) { self.shorten = shorten }

    /// The conversation of a request, never empty.
    /// - Throws: 400 naming the item and the field in it.
    mutating func read(_ reader: FieldReader) throws(APIError) -> [Message] {
        if let text = try reader.string("instructions") {
            messages.append(("developer", ["role": "system", "content": .string(text)]))
        }
        if let text = reader.value("input")?.stringValue {
            messages.append(("user", ["role": "user", "content": .string(text)]))
        }
        for (index, item) in (reader.value("input")?.arrayValue ?? []).enumerated() {
            try read(FieldReader(object: item.objectValue ?? [:], prefix: "input[\(index)]."), at: "input[\(index)]")
        }
        endTurn()
        try checkAnswered()
        guard !messages.isEmpty else { throw .invalid("input", "'input' must hold something to answer.") }
        return ConversationReader.merged(messages)
    }

    private mutating func read(_ item: FieldReader, at place: String) throws(APIError) {
        let type = try item.string("type") ?? "message"
        switch type {
        case "message": try readMessage(item)
        case "reasoning": readReasoning(item)
        case "function_call": try readCall(item, arguments: item.string("arguments") ?? "")
        case "custom_tool_call":
            let input: JSONValue = ["input": .string(try item.string("input") ?? "")]
            try readCall(item, arguments: input.serialized())
        case "function_call_output", "custom_tool_call_output": try readOutput(item)
        case "item_reference":
            throw .unsupported(
                item.path("type"), "'item_reference' is not supported: nothing is stored here; send the item itself.")
        default:
            guard Self.hosted.contains(type) else {
                throw .unsupported(item.path("type"), "'\(type.clipped)' is not a type of item that is read here.")
            }
            if dropped.count < 32 { dropped.append(place) }
        }
    }

    private mutating func readMessage(_ item: FieldReader) throws(APIError) {
        guard let role = try item.string("role") else { throw .missing(item.path("role")) }
        guard item.value("content") != nil || role == "assistant" else { throw .missing(item.path("content")) }
        let text = try Self.text(item, "content") ?? ""
        switch role {
        case "system", "developer":
            endTurn()
            messages.append((role, ["role": "system", "content": .string(text)]))
        case "user":
            endTurn()
            try checkAnswered()
            thinking = []
            messages.append((role, ["role": "user", "content": .string(text)]))
        case "assistant":
            // What was said behind a call belongs to its turn.
            if let turn, turn.calls.isEmpty, turn.said.contains(where: { !$0.isEmpty }) { endTurn() }
            beginTurn()
            turn?.said.append(text)
        default:
            throw .invalid(
                item.path("role"),
                "'\(role.clipped)' is not one of 'system', 'developer', 'user' and 'assistant'.")
        }
    }

    private mutating func readReasoning(_ item: FieldReader) {
        func text(_ name: String) -> String? {
            let parts = item.value(name)?.arrayValue?.compactMap { $0["text"]?.stringValue } ?? []
            return parts.isEmpty ? nil : parts.joined(separator: "\n")
        }
        guard let text = text("content") ?? text("summary") else { return }
        if open.isEmpty { endTurn() }
        if turn?.thinking.isEmpty == false { turn?.thinking.append(text) } else { thinking.append(text) }
    }

    private mutating func readCall(_ item: FieldReader, arguments: String) throws(APIError) {
        guard let id = try item.string("call_id") else { throw .missing(item.path("call_id")) }
        guard let name = try item.string("name") else { throw .missing(item.path("name")) }
        beginTurn()
        open.append((id, name))
        let call = ToolCallHistory(id: id, name: shorten(name), arguments: arguments)
        turn?.calls.append(call.templateValue)
    }

    private mutating func readOutput(_ item: FieldReader) throws(APIError) {
        let given = try item.string("call_id")
        let name = try item.string("name")
        let named = given == nil ? open.filter { $0.name == name } : []
        guard let id = given ?? (named.count == 1 ? named[0].id : nil) else { throw .missing(item.path("call_id")) }
        guard let place = open.firstIndex(where: { $0.id == id }) else {
            throw .invalid("input", "No tool call found for function call output with call_id \(id.clipped).")
        }
        guard let output = try Self.text(item, "output", isOutput: true) else { throw .missing(item.path("output")) }
        open.remove(at: place)
        endTurn()
        messages.append(("tool", ["role": "tool", "tool_call_id": .string(id), "content": .string(output)]))
    }

    private mutating func beginTurn() {
        guard turn == nil else { return }
        turn = Turn(thinking: thinking)
        thinking = []
    }

    private mutating func endTurn() {
        if let turn { messages.append(("assistant", turn.message)) }
        turn = nil
    }

    private func checkAnswered() throws(APIError) {
        guard let call = open.first else { return }
        throw .invalid("input", "No tool output found for function call \(call.id.clipped).")
    }

    /// A text, or the texts of parts joined by newlines; nil when there is neither.
    private static func text(
        _ item: FieldReader, _ name: String, isOutput: Bool = false
    ) throws(APIError) -> String? {
        guard let value = item.value(name) else { return nil }
        if let text = value.stringValue { return text }
        guard let parts = try item.array(name, atMost: RequestLimits.parts) else { return nil }
        var texts: [String] = []
        for (index, part) in parts.enumerated() {
            let path = "\(item.path(name))[\(index)]"
            guard let object = part.objectValue else { throw FieldReader.wrongType(path, expected: "an object", part) }
            texts.append(try text(FieldReader(object: object, prefix: path + "."), at: path, isOutput: isOutput))
        }
        return texts.joined(separator: "\n")
    }

    private static func text(_ part: FieldReader, at path: String, isOutput: Bool) throws(APIError) -> String {
        guard let type = try part.string("type") else { throw .missing(part.path("type")) }
        switch type {
        case "input_text", "output_text", "text", "summary_text":
            guard let text = try part.string("text") else { throw .missing(part.path("text")) }
            return text
        case "refusal": return try part.string("refusal") ?? ""
        case "input_image", "input_audio", "input_video", "input_file":
            let kind = type.dropFirst("input_".count)
            // A client cannot take back what a tool gave, and would fail for ever.
            guard !isOutput else { return "[\(kind) not shown: this model reads text]" }
            var error = APIError.unsupported(path, "'\(path)' is of type '\(type)'; this model reads text only.")
            error.code = "unsupported_content"
            throw error
        default:
            throw .unsupported(part.path("type"), "'\(type.clipped)' is not a type of part that is read here.")
        }
    }
}

/// The functions among `tools`, in the words of chat, and what the client hears of them.
struct ResponsesTools {
    /// As chat has them.
    private(set) var definitions: [JSONValue] = []
    /// As the response shows them.
    private(set) var shown: [JSONValue] = []
    /// Their places in the request.
    private(set) var places: [Int] = []
    /// The functions' own names by those that the model reads.
    private(set) var names: [String: String] = [:]
    /// Tools that this server does not run, as `tools[2]`.
    private(set) var dropped: [String] = []
    /// Chat's `tool_choice`.
    private(set) var choice: JSONValue?

    /// Reads `tools` and `tool_choice`.
    /// - Throws: 400 naming the tool and the field in it.
    init(_ reader: FieldReader, shorten: (String) -> String) throws(APIError) {
        for (index, value) in (reader.value("tools")?.arrayValue ?? []).enumerated() {
            let place = "tools[\(index)]"
            let tool = FieldReader(object: value.objectValue ?? [:], prefix: place + ".")
            guard let type = try tool.string("type") else { throw .missing(tool.path("type")) }
            guard type == "function" else {
                dropped.append(place)
                continue
            }
            try append(tool, shorten)
            places.append(index)
        }
        choice = try choice(reader, shorten)
    }

    private mutating func append(_ tool: FieldReader, _ shorten: (String) -> String) throws(APIError) {
        guard let name = try tool.string("name"), !name.isEmpty else { throw .missing(tool.path("name")) }
        let read = shorten(name)
        guard names.updateValue(name, forKey: read) == nil else {
            throw .invalid(tool.path("name"), "'\(tool.path("name"))' repeats the name '\(name.clipped)'.")
        }
        let description = try tool.string("description")
        let parameters = try tool.object("parameters")
        let isStrict = try tool.boolean("strict") ?? false
        var function: JSONObject = ["name": .string(read), "strict": .bool(isStrict)]
        if let description { function["description"] = .string(description) }
        if let parameters { function["parameters"] = .object(parameters) }
        definitions.append(["type": "function", "function": .object(function)])
        shown.append([
            "type": "function", "name": .string(name), "description": description.map { .string($0) } ?? .null,
            "parameters": parameters.map { .object($0) } ?? .null, "strict": .bool(isStrict),
        ])
    }

    private func choice(_ reader: FieldReader, _ shorten: (String) -> String) throws(APIError) -> JSONValue? {
        guard let value = reader.value("tool_choice") else { return nil }
        guard let object = value.objectValue else {
            guard definitions.isEmpty else { return value }
            guard value.stringValue != "required" else {
                throw .invalid("tool_choice", "'tool_choice' is 'required', but there is no function to call.")
            }
            return nil
        }
        let choice = FieldReader(object: object, prefix: "tool_choice.")
        guard try choice.string("type") == "allowed_tools" else {
            return ["type": "function", "function": ["name": .string(try name(choice, shorten))]]
        }
        guard let mode = try choice.string("mode"), mode == "auto" || mode == "required" else {
            throw .invalid("tool_choice.mode", "'tool_choice.mode' must be 'auto' or 'required'.")
        }
        var allowed: [JSONValue] = []
        for (index, value) in (try choice.array("tools", atMost: ToolDefinition.count) ?? []).enumerated() {
            let tool = FieldReader(object: value.objectValue ?? [:], prefix: "tool_choice.tools[\(index)].")
            allowed.append(["type": "function", "name": .string(try name(tool, shorten))])
        }
        guard !allowed.isEmpty else { throw .missing("tool_choice.tools") }
        return ["type": "allowed_tools", "mode": .string(mode), "tools": .array(allowed)]
    }

    /// The name that the model reads of a function that is one of the tools.
    private func name(_ choice: FieldReader, _ shorten: (String) -> String) throws(APIError) -> String {
        guard try choice.string("type") == "function" else {
            throw .invalid(choice.path("type"), "'\(choice.path("type"))' must be 'function': others are not run here.")
        }
        guard let name = try choice.string("name") else { throw .missing(choice.path("name")) }
        guard names[shorten(name)] != nil else {
            throw .invalid(
                choice.path("name"), "'\(choice.path("name"))' is '\(name.clipped)', which is not one of 'tools'.")
        }
        return shorten(name)
    }
}
