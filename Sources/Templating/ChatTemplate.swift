package import JSON

/// What a chat template is given.
package struct ChatTemplateInput: Sendable {
    /// The conversation, one object a message.
    package let messages: [JSONValue]
    /// Tool definitions; nil reads as `none`.
    package let tools: JSONValue?
    /// Whether the rendering ends with the opening of an assistant's turn.
    package let addGenerationPrompt: Bool
    /// Text of the token that begins a sequence.
    package let bosToken: String
    /// Text of the token that ends a turn.
    package let eosToken: String
    /// Further variables; the names above win over them.
    package let extra: JSONObject
    /// What `strftime_now` tells.
    package let now: TemplateDate

    /// All variables of one rendering.
    package init(
        messages: [JSONValue], tools: JSONValue?, addGenerationPrompt: Bool, bosToken: String, eosToken: String,
        extra: JSONObject, now: TemplateDate
    ) {
        self.messages = messages
        self.tools = tools
        self.addGenerationPrompt = addGenerationPrompt
        self.bosToken = bosToken
        self.eosToken = eosToken
        self.extra = extra
        self.now = now
    }
}

/// A chat template, compiled once and rendered by any number of threads.
///
/// The language is Jinja as Hugging Face's tools set it up: sandboxed, immutable, `trim_blocks` and `lstrip_blocks` on,
/// with `tojson`, `raise_exception`, `strftime_now`, loop controls and `generation` blocks. Text of the conversation
/// is only ever data; nothing outside the arguments can be reached.
package final class ChatTemplate: Sendable {
    /// The template as it was written.
    package let source: String
    private let statements: [Statement]
    private let limits: TemplateLimits

    /// Compiles the template; errors carry its line.
    /// - Throws: ``TemplateError`` with the line, for a wrong or too large template.
    package init(source: String, limits: TemplateLimits) throws(TemplateError) {
        guard source.utf8.count <= limits.maximumSourceBytes else {
            throw TemplateError(line: 1, reason: "template longer than \(limits.maximumSourceBytes) bytes")
        }
        var lexer = TemplateLexer(source: source)
        var parser = TemplateParser(tokens: try lexer.run(), maximumDepth: limits.maximumDepth)
        statements = try parser.run()
        self.source = source
        self.limits = limits
    }

    /// Whether a text stands somewhere in the template's source.
    package func mentions(_ text: String) -> Bool { source.contains(text) }

    /// The conversation as text.
    /// - Throws: what the template raised, or why it cannot be rendered, with the template's line.
    package func render(_ input: ChatTemplateInput) throws(TemplateError) -> String {
        try renderMarked(input).string
    }

    /// The conversation as text in which the parts that came with the request are told from the template's own.
    /// - Throws: what the template raised, or why it cannot be rendered, with the template's line.
    package func renderMarked(_ input: ChatTemplateInput) throws(TemplateError) -> MarkedText {
        var variables: [String: Value] = ["documents": .none]
        for (name, value) in input.extra { variables[name] = Value(value) }
        variables["messages"] = Value(JSONValue.array(input.messages))
        variables["tools"] = input.tools.map { Value($0) } ?? Value.none
        variables["add_generation_prompt"] = .bool(input.addGenerationPrompt)
        variables["bos_token"] = .template(input.bosToken)
        variables["eos_token"] = .template(input.eosToken)
        return try Renderer(limits: limits, now: input.now, variables: variables).run(statements)
    }
}
