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
package final class ChatTemplate: Sendable {
    private let source: String

    /// Compiles the template; errors carry its line.
    package init(source: String, limits: TemplateLimits) throws(TemplateError) {
        self.source = source
    }

    /// The conversation as text; errors carry the template's line.
    package func render(_ input: ChatTemplateInput) throws(TemplateError) -> String {
        throw TemplateError("the renderer has not landed yet")
    }
}
