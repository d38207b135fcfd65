package import JSON
package import OpenAI

/// What has been said so far, and how answers are to be sampled.
package struct Conversation {
    /// Messages in OpenAI's form.
    package private(set) var messages: [JSONValue] = []
    /// Fields that are sent with every request, such as `temperature`.
    package private(set) var parameters = JSONObject()

    /// Names that `/params` takes.
    static let parameterNames = [
        "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "presence_penalty", "frequency_penalty", "seed",
        "max_tokens", "min_tokens",
    ]

    private let limits: RequestLimits

    /// A conversation behind an instruction; `limits` are those by which parameters are checked.
    package init(system: String?, limits: RequestLimits) {
        self.limits = limits
        setSystem(system)
    }

    /// Puts an instruction first, or takes it away.
    package mutating func setSystem(_ text: String?) {
        messages.removeAll { $0["role"]?.stringValue == "system" }
        guard let text, !text.isEmpty else { return }
        messages.insert(Self.message("system", text), at: 0)
    }

    /// Forgets everything but the instruction.
    package mutating func reset() { messages.removeAll { $0["role"]?.stringValue != "system" } }

    /// Adds what the user says.
    package mutating func ask(_ text: String) { messages.append(Self.message("user", text)) }

    /// Adds what the model said.
    package mutating func answer(_ text: String) { messages.append(Self.message("assistant", text)) }

    /// Takes back the last answer, so that it can be given anew; false when there is none.
    package mutating func takeBackAnswer() -> Bool {
        guard messages.last?["role"]?.stringValue == "assistant" else { return false }
        messages.removeLast()
        return true
    }

    /// Takes back a question that got no answer.
    package mutating func takeBackQuestion() {
        if messages.last?["role"]?.stringValue == "user" { messages.removeLast() }
    }

    /// Takes one `name=value` or several, with blanks or commas between them, all or none; an empty value removes the
    /// parameter.
    /// - Throws: ``ChatError`` that names the parameter.
    package mutating func setParameters(_ assignments: String) throws(ChatError) {
        var changed = parameters
        for assignment in assignments.split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
            try Self.set(assignment, in: &changed)
        }
        try check(changed)
        parameters = changed
    }

    private static func set(_ assignment: Substring, in parameters: inout JSONObject) throws(ChatError) {
        let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parameterNames.contains(parts[0]) else {
            throw ChatError("give NAME=VALUE with one of \(parameterNames.joined(separator: ", "))")
        }
        guard !parts[1].isEmpty else {
            parameters[parts[0]] = nil
            return
        }
        guard let number = try? JSONParser.parse(parts[1], limits: .request), number.doubleValue != nil else {
            throw ChatError("\(parts[0]) takes a number")
        }
        parameters[parts[0]] = number
    }

    /// Reads the parameters as this server reads a request.
    private func check(_ parameters: JSONObject) throws(ChatError) {
        var request = parameters
        request["messages"] = .array([Self.message("user", "x")])
        do {
            _ = try ChatRequest(.object(request), limits: limits)
        } catch {
            throw ChatError(error.message)
        }
    }

    /// The body of the next request.
    package func request(model: String) -> [UInt8] {
        var body: JSONObject = [
            "model": .string(model), "messages": .array(messages), "stream": .bool(true),
            "stream_options": .object(["include_usage": .bool(true)]),
        ]
        for (key, value) in parameters { body[key] = value }
        return Array(JSONValue.object(body).serialized().utf8)
    }

    private static func message(_ role: String, _ text: String) -> JSONValue {
        .object(["role": .string(role), "content": .string(text)])
    }
}
