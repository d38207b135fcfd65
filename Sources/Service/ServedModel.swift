import Grammar
package import OpenAI
package import Templating
package import Tokenization

/// The model that is served, as requests see it.
package struct ServedModel: Sendable {
    /// Its first name in `/v1/models`; requests may also say `default`.
    package let card: ModelCard
    /// Its names.
    package let names: ModelNames
    /// Changes when the same request might be answered otherwise.
    package let fingerprint: String
    /// What its makers recommend to sample with, where the settings do not say.
    let defaults: SamplingDefaults
    /// Text to tokens and back.
    package let tokenizer: Tokenizer
    /// Conversations to text; nil when the model file has no template.
    package let template: ChatTemplate?
    /// The same for conversations with tools; nil when ``template`` is for those, too.
    let toolTemplate: ChatTemplate?
    /// Ids below this may be sampled.
    package let usableVocabulary: Int
    /// Bytes of the longest token, so that hopelessly long texts are refused before they are cut into tokens.
    let longestTokenBytes: Int
    /// How it thinks.
    let reasoning: ReasoningStyle
    /// The forms that its answers may have to have.
    let grammars: GrammarCache
    /// How it calls tools.
    let tools: ToolCallStyle
    /// Where its template shows system messages.
    let systemMessages: SystemMessageStyle
    /// The body of `/tokenizer_info`: worked out once, as it goes through the vocabulary.
    let tokenizerInfo: [UInt8]

    /// Joins what was loaded from one model file.
    package init(
        card: ModelCard, names: ModelNames, fingerprint: String, defaults: SamplingDefaults, tokenizer: Tokenizer,
        template: ChatTemplate?, toolTemplate: ChatTemplate? = nil, usableVocabulary: Int,
        cachedGrammars: Int, grammarBytes: Int = 256 << 20, toolFormat: ToolFormatChoice
    ) {
        self.card = card
        self.names = names
        self.fingerprint = fingerprint
        self.defaults = defaults
        self.tokenizer = tokenizer
        self.template = template
        self.toolTemplate = toolTemplate
        self.usableVocabulary = usableVocabulary
        reasoning = ReasoningStyle(tokenizer, template, usableVocabulary: usableVocabulary)
        grammars = GrammarCache(
            GrammarVocabulary(
                texts: (0..<Int32(clamping: usableVocabulary)).map { tokenizer.bytes(of: $0) },
                endTokens: tokenizer.endTokens.sorted {
                    ($0 != tokenizer.eos ? 1 : 0, $0) < ($1 != tokenizer.eos ? 1 : 0, $1)
                }),
            capacity: cachedGrammars, bytes: grammarBytes
        ) { tokenizer.encode($0.span, specialTokens: false, addBOS: false) }
        systemMessages = SystemMessageStyle(template)
        tools = ToolCallStyle(toolTemplate ?? template, toolFormat, tokenizer, usableVocabulary: usableVocabulary)
        longestTokenBytes = (0..<Int32(clamping: tokenizer.count)).reduce(1) {
            max($0, tokenizer.bytes(of: $1, rendersSpecial: true).count)
        }
        tokenizerInfo = TokenizerInfo(tokenizer, template, contextTokens: card.contextTokens).body()
    }

    /// The cards of all names.
    var cards: [ModelCard] { [card] + names.others.map { card.named($0) } }

    /// The name by which an answer calls the model: the one that was asked for, if it is one of its own.
    /// - Throws: 404 for the name of another model.
    func name(for asked: String?) throws(APIError) -> String {
        guard let asked, asked != card.id, asked != "default" else { return card.id }
        guard names.takesAny || names.others.contains(asked) else {
            throw .modelNotFound(asked, served: cards.map(\.id))
        }
        return asked
    }
}

/// By which names besides its first a model is asked for.
package struct ModelNames: Sendable, Equatable {
    /// Further names, listed in `/v1/models`.
    package let others: [String]
    /// Whether any other name is taken for this model's, too.
    package let takesAny: Bool

    /// Both of them.
    package init(others: [String], takesAny: Bool) {
        self.others = others
        self.takesAny = takesAny
    }
}

extension TokenizerInfo {
    /// What a vocabulary and a template come to.
    fileprivate init(_ tokenizer: Tokenizer, _ template: ChatTemplate?, contextTokens: Int) {
        func text(_ id: Int32?) -> String? {
            id.map { String(decoding: tokenizer.bytes(of: $0, rendersSpecial: true), as: UTF8.self) }
        }
        self.init(
            roles: Roles(
                bos: text(tokenizer.bos), eos: text(tokenizer.eos), pad: text(tokenizer.pad),
                unknown: text(tokenizer.unknown)),
            addsBOS: tokenizer.addsBOS, contextTokens: contextTokens, template: template?.source,
            added: (0..<Int32(clamping: tokenizer.count)).filter { tokenizer.isAdded($0) }.map {
                AddedToken(id: $0, content: text($0) ?? "", isSpecial: tokenizer.isSpecial($0))
            })
    }
}
