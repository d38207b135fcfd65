/// A form that the OpenAPI document lists under a name of its own.
package struct NamedSchema: Sendable {
    /// The name in `components.schemas`.
    package let name: String
    /// What values look like.
    package let form: FieldSchema

    /// A form under a name.
    init(_ name: String, _ form: FieldSchema) {
        self.name = name
        self.form = form
    }
}

/// The bodies that requests may have.
extension NamedSchema {
    /// `POST /v1/chat/completions`.
    package static let chatRequest = NamedSchema("ChatRequest", .object(.chat, .noted))
    /// `POST /v1/completions`.
    package static let completionRequest = NamedSchema("CompletionRequest", .object(.completion, .noted))
    /// `POST /tokenize`.
    package static let tokenizeRequest = NamedSchema("TokenizeRequest", .object(.tokenize, .free))
    /// `POST /detokenize`.
    package static let detokenizeRequest = NamedSchema("DetokenizeRequest", .object(.detokenize, .free))
    /// `POST /apply-template`: what chat takes, most of it without effect here.
    package static let templateRequest = NamedSchema("TemplateRequest", .object(.chat, .free))
}
