import JSON

/// What `/tokenizer_info` tells of the model's text, under the names of Hugging Face's tokenizer configuration, which vLLM
/// answers with and lm-eval reads.
package struct TokenizerInfo: Sendable {
    /// A token that stands in the vocabulary beside the pieces of text.
    package struct AddedToken: Sendable {
        let id: Int32
        let content: String
        let isSpecial: Bool

        /// A token with its text; `isSpecial` where it steers the model.
        package init(id: Int32, content: String, isSpecial: Bool) {
            self.id = id
            self.content = content
            self.isSpecial = isSpecial
        }
    }

    /// The texts of the tokens with a role; nil where the model has none.
    package struct Roles: Sendable {
        let bos, eos, pad, unknown: String?

        /// The four of them.
        package init(bos: String?, eos: String?, pad: String?, unknown: String?) {
            (self.bos, self.eos, self.pad, self.unknown) = (bos, eos, pad, unknown)
        }
    }

    private let roles: Roles
    private let addsBOS: Bool
    private let contextTokens: Int
    private let template: String?
    private let added: [AddedToken]

    /// What is told; `contextTokens` is what this server takes, whatever the tokenizer could.
    package init(roles: Roles, addsBOS: Bool, contextTokens: Int, template: String?, added: [AddedToken]) {
        self.roles = roles
        self.addsBOS = addsBOS
        self.contextTokens = contextTokens
        self.template = template
        self.added = added
    }

    /// Transformers' class for a tokenizer of any kind; nothing but its name is told here.
    private static let tokenizerClass = "PreTrainedTokenizerFast"

    /// The JSON body.
    package func body() -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 512 + (template?.utf8.count ?? 0) + 64 * added.count)
        writer.beginObject()
        writer.key("tokenizer_class")
        writer.string(Self.tokenizerClass)
        let texts = [
            ("bos_token", roles.bos), ("eos_token", roles.eos), ("pad_token", roles.pad), ("unk_token", roles.unknown),
            ("chat_template", template),
        ]
        for (name, text) in texts {
            writer.key(name)
            if let text { writer.string(text) } else { writer.null() }
        }
        writer.key("add_bos_token")
        writer.bool(addsBOS)
        writer.key("model_max_length")
        writer.int(contextTokens)
        writer.key("added_tokens_decoder")
        writer.beginObject()
        for token in added {
            writer.key(String(token.id))
            writer.beginObject()
            writer.key("content")
            writer.string(token.content)
            writer.key("special")
            writer.bool(token.isSpecial)
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
