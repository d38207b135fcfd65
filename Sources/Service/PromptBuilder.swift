import OpenAI
import Platform
import Templating
import Tokenization

/// From a conversation or a text to the tokens that the model reads.
struct PromptBuilder: Sendable {
    let model: ServedModel

    /// The tokens of a conversation.
    func tokens(
        _ messages: [Message], _ options: ChatPromptOptions
    ) throws(APIError) -> (tokens: [Int32], start: ReasoningStart) {
        let (text, start) = try rendering(messages, options)
        let writesBOS = model.tokenizer.bos.map { text.hasPrefix(name(of: $0)) } ?? false
        return (try tokens(text, addsBOS: model.tokenizer.addsBOS && !writesBOS, parameter: "messages"), start)
    }

    /// The tokens of a text as it is; names of special tokens in it become those tokens.
    func tokens(_ text: String, addsBOS: Bool, parameter: String) throws(APIError) -> [Int32] {
        let context = model.card.contextTokens
        let leastTokens = text.utf8.count / model.longestTokenBytes
        guard leastTokens <= context else {
            throw .contextLengthExceeded(
                context: context, promptTokens: leastTokens, completionTokens: nil, parameter: parameter)
        }
        return model.tokenizer.encode(text, specialTokens: true, addBOS: addsBOS)
    }

    /// The conversation as the template writes it, and where the answer begins.
    func rendering(
        _ messages: [Message], _ options: ChatPromptOptions
    ) throws(APIError) -> (text: String, start: ReasoningStart) {
        guard options.continuesFinalMessage, let last = messages.last else {
            let text = try render(
                messages, addsGenerationPrompt: options.addsGenerationPrompt, options)
            return (text, ReasoningStart(endOf: text))
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
    ) throws(APIError) -> String {
        guard let template = model.template else {
            throw .unsupported(
                "messages", "The model '\(model.card.id)' has no chat template; use /v1/completions with a prompt.")
        }
        let tools = ToolPrompt(model.tools, options.tools)
        let input = ChatTemplateInput(
            messages: tools.messages(messages.map { $0.forTemplate(model.reasoning) }), tools: tools.tools,
            addGenerationPrompt: addsGenerationPrompt,
            bosToken: model.tokenizer.bos.map { name(of: $0) } ?? "",
            eosToken: model.tokenizer.eos.map { name(of: $0) } ?? "", extra: options.variables,
            now: TemplateDate(unixSeconds: Clock.unixSeconds()))
        do {
            return try template.render(input)
        } catch {
            let reason = error.isRaised ? error.reason : "The chat template failed: \(error)."
            throw .invalid("messages", reason)
        }
    }

    /// The rendering up to the end of the last message's text, so that the answer goes on there.
    ///
    /// Both are read backwards, each byte once: the first occurrence that way is the last one in the rendering.
    private func cut(_ text: String, behind content: String) throws(APIError) -> String {
        let sought = Array(content.utf8.reversed().drop { Self.isBlank($0) })
        let bytes = Array(text.utf8)
        guard !sought.isEmpty, let end = Self.lastEnd(of: sought, in: bytes) else {
            throw .invalid("continue_final_message", "The chat template does not show the last message as it is.")
        }
        return String(decoding: bytes[..<end], as: UTF8.self)
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
