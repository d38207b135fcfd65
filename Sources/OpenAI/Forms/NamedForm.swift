/// A form that the OpenAPI document lists under a name of its own.
package struct NamedForm: Sendable {
    /// The name in `components.schemas`.
    package let name: String
    /// What values look like.
    package let form: FieldForm

    /// A form under a name.
    init(_ name: String, _ form: FieldForm) {
        self.name = name
        self.form = form
    }
}

/// The bodies that requests may have.
extension NamedForm {
    /// `POST /v1/chat/completions`.
    package static let chatRequest = NamedForm("ChatRequest", .object(.chat, .noted))
    /// `POST /v1/completions`.
    package static let completionRequest = NamedForm("CompletionRequest", .object(.completion, .noted))
    /// `POST /tokenize`.
    package static let tokenizeRequest = NamedForm("TokenizeRequest", .object(.tokenize, .free))
    /// `POST /detokenize`.
    package static let detokenizeRequest = NamedForm("DetokenizeRequest", .object(.detokenize, .free))
    /// `POST /apply-template`: what chat takes, most of it without effect here.
    package static let templateRequest = NamedForm("TemplateRequest", .object(.chat, .free))
}
