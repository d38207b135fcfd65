package import JSON

/// One message of a conversation, checked.
package struct Message: Sendable, Equatable {
    /// Who speaks; `developer` has become `system`.
    package enum Role: String, Sendable {
        case system, user, assistant, tool
    }

    /// Who speaks.
    package let role: Role
    /// What is said; empty for an assistant that only called tools.
    package let content: String?
    /// What was thought before it was said.
    package let reasoning: String?
    /// The message as a chat template sees it.
    package let templateValue: JSONValue
}

/// Reads `messages`: every role, content as text, parts or null, tool calls as history.
struct ConversationReader {
    private var messages: [(role: String, value: JSONObject)] = []
    private var knownCalls: Set<String> = []
    /// Fields of messages that mean nothing here, as `messages[].name`.
    private(set) var unknown: [String] = []

    private static let knownFields: Set<String> = [
        "role", "content", "name", "tool_calls", "tool_call_id", "refusal", "annotations", "audio", "function_call",
        "reasoning", "reasoning_content",
    ]

    /// The conversation of a request.
    /// - Throws: 400 naming the message and the field in it.
    mutating func read(_ reader: FieldReader, atMost limit: Int) throws(APIError) -> [Message] {
        guard let values = try reader.array("messages", atMost: limit) else {
            throw .missing("messages")
        }
        guard !values.isEmpty else { throw .invalid("messages", "'messages' must not be empty.") }
        for (index, value) in values.enumerated() {
            let path = "messages[\(index)]"
            guard let object = value.objectValue else {
                throw FieldReader.wrongType(path, expected: "an object", value)
            }
            try append(FieldReader(object: object, prefix: path + "."))
        }
        return Self.merged(messages)
    }

    private mutating func append(_ reader: FieldReader) throws(APIError) {
        guard let role = try reader.string("role") else { throw .missing(reader.path("role")) }
        noteUnknown(reader.object)
        var value: JSONObject = ["role": .string(role == "developer" ? "system" : role)]
        switch role {
        case "system", "developer", "user":
            value["content"] = .string(try Self.requiredContent(reader))
        case "assistant":
            try readAssistant(reader, into: &value)
        case "tool":
            guard let call = try reader.string("tool_call_id") else { throw .missing(reader.path("tool_call_id")) }
            guard knownCalls.contains(call) else {
                throw .invalid(
                    reader.path("tool_call_id"),
                    "'\(reader.path("tool_call_id"))' answers '\(call.clipped)', which no earlier message called.")
            }
            value["tool_call_id"] = .string(call)
            value["content"] = .string(try Self.requiredContent(reader))
        case "function":
            throw .unsupported(reader.path("role"), "The role 'function' is not supported; use 'tool'.")
        default:
            throw .invalid(
                reader.path("role"),
                "'\(role.clipped)' is not one of 'system', 'developer', 'user', 'assistant' and 'tool'.")
        }
        if let name = try reader.string("name") { value["name"] = .string(name) }
        messages.append((role, value))
    }

    private mutating func readAssistant(_ reader: FieldReader, into value: inout JSONObject) throws(APIError) {
        if reader.value("function_call") != nil {
            throw .unsupported(reader.path("function_call"), "'function_call' is not supported; use 'tool_calls'.")
        }
        let calls = try ToolCallHistory.read(reader)
        let reasoning = try reader.string("reasoning")
        if let reasoning = try reader.string("reasoning_content") ?? reasoning {
            value["reasoning_content"] = .string(reasoning)
        }
        let refusal = try reader.string("refusal")
        let content = try Self.content(reader) ?? refusal
        // Many templates add the content to a string without looking: beside calls, null is an empty text.
        value["content"] = .string(content ?? "")
        let namesCalls = reader.value("tool_calls") != nil
        if !namesCalls, content == nil, value["reasoning_content"] == nil {
            throw .invalid(
                reader.path("content"), "'\(reader.path("content"))' may be null only beside 'tool_calls' or reasoning."
            )
        }
        guard !calls.isEmpty else { return }
        knownCalls.formUnion(calls.map(\.id))
        value["tool_calls"] = .array(calls.map(\.templateValue))
    }

    private mutating func noteUnknown(_ object: JSONObject) {
        for name in object.keys where !Self.knownFields.contains(name) {
            let path = "messages[]." + name
            if !unknown.contains(path), unknown.count < 32 { unknown.append(path) }
        }
    }

    /// The text of a `content` that has to be there.
    static func requiredContent(_ reader: FieldReader) throws(APIError) -> String {
        guard let content = try content(reader) else { throw .missing(reader.path("content")) }
        return content
    }

    /// The text of `content`: the string itself, or the text parts joined by newlines.
    private static func content(_ reader: FieldReader) throws(APIError) -> String? {
        guard let value = reader.value("content") else { return nil }
        if let text = value.stringValue { return text }
        guard value.arrayValue != nil else {
            throw FieldReader.wrongType(reader.path("content"), expected: "a string or an array of parts", value)
        }
        let parts = try reader.array("content", atMost: RequestLimits.parts) ?? []
        guard !parts.isEmpty else { throw .invalid(reader.path("content"), "'\(reader.path("content"))' is empty.") }
        var texts: [String] = []
        for (index, part) in parts.enumerated() {
            texts.append(try Self.text(of: part, path: "\(reader.path("content"))[\(index)]"))
        }
        return texts.joined(separator: "\n")
    }

    private static func text(of part: JSONValue, path: String) throws(APIError) -> String {
        guard let object = part.objectValue else { throw FieldReader.wrongType(path, expected: "an object", part) }
        let reader = FieldReader(object: object, prefix: path + ".")
        guard let type = try reader.string("type") else { throw .missing(reader.path("type")) }
        guard type == "text" || type == "refusal" else {
            throw .unsupported(
                path, "'\(path)' is a part of type '\(type.clipped)'; this model reads parts of type 'text' only.")
        }
        guard let text = try reader.string(type) else { throw .missing(reader.path(type)) }
        return text
    }

    /// Joins the leading system messages when one of them says `developer`, so that a template that reads only the
    /// first message drops none of them.
    static func merged(_ messages: [(role: String, value: JSONObject)]) -> [Message] {
        let leading = messages.prefix { $0.role == "system" || $0.role == "developer" }
        guard leading.count > 1, leading.contains(where: { $0.role == "developer" }) else {
            return messages.map { Message($0.value) }
        }
        let text = leading.compactMap { $0.value["content"]?.stringValue }.joined(separator: "\n\n")
        return [Message(["role": "system", "content": .string(text)])]
            + messages.dropFirst(leading.count).map { Message($0.value) }
    }
}

extension Message {
    /// What a user says.
    package static func user(_ content: String) -> Message { Message(["role": "user", "content": .string(content)]) }

    /// Whether it calls tools.
    package var callsTools: Bool { templateValue["tool_calls"]?.arrayValue?.isEmpty == false }

    /// The same message with another text.
    package func saying(_ content: String) -> Message {
        var value = templateValue.objectValue ?? [:]
        value["content"] = .string(content)
        return Message(value)
    }

    fileprivate init(_ value: JSONObject) {
        role = value["role"]?.stringValue.flatMap(Role.init) ?? .user
        content = value["content"]?.stringValue
        reasoning = value["reasoning_content"]?.stringValue
        templateValue = .object(value)
    }
}
