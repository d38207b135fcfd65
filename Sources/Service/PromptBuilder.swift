import HTTP
import OpenAI
import Platform
import Templating
import Tokenization

/// From a conversation or a text to the tokens that the model reads.
struct PromptBuilder: Sendable {
    let model: ServedModel
    let settings: MessageSettings
    /// What the request holds of the memory that all requests share.
    let memory: (any RequestMemory)?

    /// The tokens of a conversation.
    func tokens(
        _ messages: [Message], _ options: ChatPromptOptions
    ) throws(APIError) -> (tokens: [Int32], start: ReasoningStart) {
        let (text, start) = try rendering(messages, options)
        let own =
            settings.readsControlTokens
            ? [0..<text.string.utf8.count] : text.request.complement(of: text.string.utf8.count)
        let writesBOS = model.tokenizer.bos.map { writes(name(of: $0), at: text, own: own) } ?? false
        let addsBOS = model.tokenizer.addsBOS && !writesBOS
        try checkLength(text.string, parameter: "messages")
        let tokens = try holding(model.tokenizer.encodingBytes(text.string)) {
            model.tokenizer.encode(text.string, specialTokensIn: own, addBOS: addsBOS)
        }
        return (tokens, start)
    }

    /// Whether the template itself begins the prompt with this text.
    private func writes(_ name: String, at text: MarkedText, own: [Range<Int>]) -> Bool {
        text.string.hasPrefix(name)
            && (own.first.map { $0.lowerBound == 0 && $0.upperBound >= name.utf8.count } ?? false)
    }

    /// The tokens of a text as it is; names of special tokens in it become those tokens.
    func tokens(_ text: String, addsBOS: Bool, parameter: String) throws(APIError) -> [Int32] {
        try tokens(text, addsBOS: addsBOS, specialTokens: true, parameter: parameter)
    }

    /// The tokens of a text, in which names of special tokens may or may not become those tokens.
    func tokens(
        _ text: String, addsBOS: Bool, specialTokens: Bool, parameter: String
    ) throws(APIError) -> [Int32] {
        try checkLength(text, parameter: parameter)
        return try holding(model.tokenizer.encodingBytes(text)) {
            model.tokenizer.encode(text, specialTokens: specialTokens, addBOS: addsBOS)
        }
    }

    /// Refuses a text that has more tokens than the context at however few it is counted: it is not cut into tokens.
    func checkLength(_ text: String, parameter: String) throws(APIError) {
        let leastTokens = text.utf8.count / model.longestTokenBytes
        guard leastTokens > model.card.contextTokens else { return }
        throw .contextLengthExceeded(
            context: model.card.contextTokens, promptTokens: leastTokens, isLeast: true, completionTokens: nil,
            parameter: parameter)
    }

    /// Runs `body` while so many bytes more are taken.
    private func holding<Result>(_ bytes: Int, _ body: () -> Result) throws(APIError) -> Result {
        try memory?.need(bytes)
        defer { memory?.give(bytes) }
        return body()
    }

    /// The conversation as the template writes it, with the parts that are the messages' own, and where the answer
    /// begins.
    func rendering(
        _ given: [Message], _ options: ChatPromptOptions
    ) throws(APIError) -> (text: MarkedText, start: ReasoningStart) {
        let messages = settings.joinsSystem ? SystemMessages.arranged(given, for: model.systemMessages) : given
        guard options.continuesFinalMessage, let last = messages.last else {
            let text = try render(
                messages, addsGenerationPrompt: options.addsGenerationPrompt, options)
            return (text, ReasoningStart(endOf: text.string))
        }
        if let continued = ContinuedThinking(last, form: model.reasoning) {
            let opening = try render(messages.dropLast(), addsGenerationPrompt: true, options)
            return (continued.joined(to: opening), continued.start)
        }
        let text = try render(messages, addsGenerationPrompt: options.addsGenerationPrompt, options)
        return (try cut(text, behind: last.content ?? ""), .answering)
    }

    private func render(
        _ messages: [Message], addsGenerationPrompt: Bool, _ options: ChatPromptOptions
    ) throws(APIError) -> MarkedText {
        guard let template = model.template else {
            throw .unsupported(
                "messages", "The model '\(model.card.id)' has no chat template; use /v1/completions with a prompt.")
        }
        let tools = ToolPrompt(model.tools, options.tools)
        let hasTools = tools.tools != nil || messages.contains { $0.role == .tool || $0.callsTools }
        let input = ChatTemplateInput(
            messages: tools.messages(messages.map { $0.forTemplate(model.reasoning) }), tools: tools.tools,
            addGenerationPrompt: addsGenerationPrompt,
            bosToken: model.tokenizer.bos.map { name(of: $0) } ?? "",
            eosToken: model.tokenizer.eos.map { name(of: $0) } ?? "", extra: options.variables,
            now: TemplateDate(unixSeconds: Clock.unixSeconds()))
        do {
            return try (hasTools ? model.toolTemplate ?? template : template).renderMarked(input)
        } catch {
            let reason = error.isRaised ? error.reason : "The chat template failed: \(error)."
            throw .invalid("messages", reason)
        }
    }

    /// The rendering up to the end of the last message's text, so that the answer goes on there.
    ///
    /// Both are read backwards, each byte once: the first occurrence that way is the last one in the rendering.
    private func cut(_ text: MarkedText, behind content: String) throws(APIError) -> MarkedText {
        let sought = Array(content.utf8.reversed().drop { Self.isBlank($0) })
        let bytes = Array(text.string.utf8)
        guard !sought.isEmpty, let end = Self.lastEnd(of: sought, in: bytes) else {
            throw .invalid("continue_final_message", "The chat template does not show the last message as it is.")
        }
        return text.prefix(bytes: end)
    }

    /// Where the last occurrence of a text ends; `reversed` is the text from its end to its beginning.
    private static func lastEnd(of reversed: [UInt8], in bytes: [UInt8]) -> Int? {
        var matcher = StopMatcher(bytes: reversed)
        guard let match = matcher.append(bytes.reversed()) else { return nil }
        return bytes.count - match.consumedBytes + match.stopBytes
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    private func name(of token: Int32) -> String {
        String(decoding: model.tokenizer.bytes(of: token, rendersSpecial: true), as: UTF8.self)
    }
}
