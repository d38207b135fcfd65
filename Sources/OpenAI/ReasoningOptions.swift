import JSON

/// What a chat request says about the model's thinking.
package struct ReasoningOptions: Sendable, Equatable {
    /// How much is to be thought.
    package enum Effort: String, Sendable, CaseIterable {
        case none, minimal, low, medium, high, xhigh
    }

    /// A bound on the thinking, under the name by which it was asked for.
    package struct Budget: Sendable, Equatable {
        /// Most tokens; nil: as many as the model wants.
        package let tokens: Int?
        /// The field that says so.
        package let field: String
    }

    /// How much is to be thought; nil: not said.
    package let effort: Effort?
    /// Whether anything is to be thought at all; nil: not said, the model decides.
    package let isEnabled: Bool?
    /// An explicit bound.
    package let budget: Budget?
    /// Whether the reasoning is part of the answer's body.
    package let isShown: Bool
    /// Whether the reasoning is told from the content.
    package let isSeparate: Bool

    /// What `thinking.type` may say.
    static let types = ["enabled", "disabled", "adaptive", "auto"]

    /// Reads every spelling that clients know.
    /// - Throws: 400 naming the field at fault.
    init(_ reader: FieldReader) throws(APIError) {
        let reasoning = FieldReader(object: try reader.object("reasoning") ?? [:], prefix: "reasoning.")
        let thinking = FieldReader(object: try reader.object("thinking") ?? [:], prefix: "thinking.")
        let variables = FieldReader(
            object: try reader.object("chat_template_kwargs") ?? [:], prefix: "chat_template_kwargs.")
        let nested = try Self.effort(reasoning, "effort")
        effort = try Self.effort(reader, "reasoning_effort") ?? nested
        budget = try Self.budget([
            (reader, "max_thinking_tokens"), (reader, "thinking_budget"), (reader, "thinking_token_budget"),
            (reader, "thinking_budget_tokens"), (thinking, "budget_tokens"), (reasoning, "max_tokens"),
            (variables, "thinking_budget"),
        ])
        isEnabled = try Self.isEnabled(reader, reasoning, thinking, variables) ?? effort.map { $0 != .none }
        let isExcluded = try reasoning.boolean("exclude") ?? false
        isShown = try reader.boolean("include_reasoning") ?? !isExcluded
        isSeparate = try reader.boolean("separate_reasoning") ?? true
    }

    private static func effort(_ reader: FieldReader, _ name: String) throws(APIError) -> Effort? {
        try reader.string(name).flatMap(Effort.init)
    }

    /// The first of the fields that is there; all of them are checked.
    private static func budget(_ fields: [(FieldReader, String)]) throws(APIError) -> Budget? {
        var found: Budget?
        for (reader, name) in fields {
            guard let tokens = try reader.integer(name) else { continue }
            found = found ?? Budget(tokens: tokens < 0 ? nil : tokens, field: reader.path(name))
        }
        return found
    }

    private static func isEnabled(
        _ reader: FieldReader, _ reasoning: FieldReader, _ thinking: FieldReader, _ variables: FieldReader
    ) throws(APIError) -> Bool? {
        let thinks = try flag(variables, "thinking")
        let told = try flag(variables, "enable_thinking") ?? thinks
        let enabled = try reasoning.boolean("enabled")
        let asked = try reader.boolean("enable_thinking")
        guard let type = try thinking.string("type") else { return told ?? asked ?? enabled }
        return told ?? asked ?? (type == "adaptive" || type == "auto" ? nil : type == "enabled") ?? enabled
    }

    /// The variables by which templates know the switch; one template reads one of them.
    private static let switches = ["enable_thinking", "thinking"]

    private static func flag(_ variables: FieldReader, _ name: String) throws(APIError) -> Bool? {
        guard let value = variables.value(name) else { return nil }
        guard let flag = meaning(of: value) else {
            throw .invalid(variables.path(name), "'\(variables.path(name))' must be true or false.")
        }
        return flag
    }

    /// A template's variable that means yes or no, as forms and query strings write it, too; nil for anything else.
    private static func meaning(of value: JSONValue) -> Bool? {
        if let flag = value.boolValue { return flag }
        switch value.stringValue?.lowercased() ?? value.intValue.map({ String($0) }) {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: return nil
        }
    }

    /// What a chat template is told beside what the client tells it: by every name that templates know, so that it does
    /// not matter which one the client gave.
    func variables(beside given: JSONObject) -> JSONObject {
        var variables = given
        for name in Self.switches {
            // Text that says no is true to a template.
            guard let flag = given[name].flatMap(Self.meaning) ?? isEnabled else { continue }
            variables[name] = .bool(flag)
        }
        if let effort, given["reasoning_effort"] == nil {
            variables["reasoning_effort"] = .string(effort.rawValue)
        }
        return variables
    }
}

/// Under which names the reasoning of an answer is sent.
package enum ReasoningFields: String, Sendable {
    case both
    case reasoningContent = "reasoning_content"
    case reasoning

    var names: [String] {
        switch self {
        case .both: ["reasoning_content", "reasoning"]
        case .reasoningContent: ["reasoning_content"]
        case .reasoning: ["reasoning"]
        }
    }
}
