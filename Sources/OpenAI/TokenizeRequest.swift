package import JSON

/// A body of `/tokenize` in llama.cpp's shape (`content`) or vLLM's (`prompt`, or `messages`).
package struct TokenizeRequest: Sendable {
    /// What is to be cut into tokens.
    package enum Subject: Sendable {
        /// A text.
        case text(String)
        /// A conversation, rendered first.
        case conversation(TemplateRequest)
    }

    /// The model asked for; nil means the one that is loaded.
    package let model: String?
    /// What is to be cut.
    package let subject: Subject
    /// Whether the model's begin token is put first.
    package let addsSpecialTokens: Bool
    /// Whether special tokens written in the text are recognised.
    package let parsesSpecialTokens: Bool
    /// Whether each token comes with its text.
    package let wantsPieces: Bool
    /// Whether a list of the tokens' texts is added, as vLLM does.
    package let wantsTokenStrings: Bool
    /// Unknown fields, which were ignored.
    package let ignoredFields: [String]

    /// Reads and checks a request body.
    /// - Throws: 400 naming the field at fault.
    package init(_ body: JSONValue, limits: RequestLimits) throws(APIError) {
        guard let object = body.objectValue else { throw .notAnObject }
        let unknown = try FieldTable.tokenize.check(object, limits: limits.withoutStrictness)
        let reader = FieldReader(object: object, prefix: "")
        model = try reader.string("model")
        let isRendered = reader.value("messages") != nil
        if isRendered {
            let conversation = try TemplateRequest(body, limits: limits)
            subject = .conversation(conversation)
            ignoredFields = conversation.ignoredFields.filter { FieldTable.tokenize.field(named: $0) == nil }
        } else {
            ignoredFields = unknown
            let content = try reader.string("content")
            guard let text = try reader.string("prompt") ?? content else { throw .missing("prompt") }
            subject = .text(text)
        }
        let isTheirs = reader.value("content") != nil
        let vLLMs = try reader.boolean("add_special_tokens")
        addsSpecialTokens = try reader.boolean("add_special") ?? vLLMs ?? !(isTheirs || isRendered)
        parsesSpecialTokens = try reader.boolean("parse_special") ?? true
        wantsPieces = try reader.boolean("with_pieces") ?? false
        wantsTokenStrings = try reader.boolean("return_token_strs") ?? false
    }
}

/// A body of `/detokenize`.
package struct DetokenizeRequest: Sendable {
    /// The model asked for; nil means the one that is loaded.
    package let model: String?
    /// The tokens, each one of the vocabulary's.
    package let tokens: [Int32]

    /// Reads and checks a request body.
    /// - Throws: 400 naming the field at fault.
    package init(_ body: JSONValue, limits: RequestLimits) throws(APIError) {
        guard let object = body.objectValue else { throw .notAnObject }
        _ = try FieldTable.detokenize.check(object, limits: limits.withoutStrictness)
        let reader = FieldReader(object: object, prefix: "")
        model = try reader.string("model")
        tokens = TokenList.read(reader.value("tokens")?.arrayValue ?? [])
    }
}

/// A body of `/apply-template`: a conversation to be rendered.
package struct TemplateRequest: Sendable {
    /// The model asked for; nil means the one that is loaded.
    package let model: String?
    /// The conversation, never empty.
    package let messages: [Message]
    /// How to render it.
    package let options: ChatPromptOptions
    /// Unknown fields, which were ignored.
    package let ignoredFields: [String]

    /// Reads and checks a request body.
    /// - Throws: 400 naming the field at fault.
    package init(_ body: JSONValue, limits: RequestLimits) throws(APIError) {
        guard let object = body.objectValue else { throw .notAnObject }
        let unknown = try FieldTable.chat.check(object, limits: limits.withoutStrictness)
        let reader = FieldReader(object: object, prefix: "")
        model = try reader.string("model")
        var conversation = ConversationReader()
        messages = try conversation.read(reader, atMost: limits.lists.messages)
        options = try ChatPromptOptions(reader, messages: messages, reasoning: ReasoningOptions(reader))
        ignoredFields = unknown + conversation.unknown
    }
}

/// The answer of `/tokenize`, with the members of both servers it speaks for.
package struct TokenizeResponse: Sendable {
    private let tokens: [Int32]
    private let contextTokens: Int

    /// An answer over tokens.
    package init(tokens: [Int32], contextTokens: Int) {
        self.tokens = tokens
        self.contextTokens = contextTokens
    }

    /// The JSON body; a piece that is not UTF-8 by itself is a list of its bytes, which `bytes` gives.
    package func body(for request: TokenizeRequest, bytes: (Int32) -> [UInt8]) -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 128 + 8 * tokens.count)
        writer.beginObject()
        writer.key("count")
        writer.int(tokens.count)
        writer.key("max_model_len")
        writer.int(contextTokens)
        writer.key("tokens")
        writer.beginArray()
        for token in tokens {
            if request.wantsPieces { Self.piece(token, bytes(token), to: &writer) } else { writer.int(Int(token)) }
        }
        writer.endArray()
        if request.wantsTokenStrings {
            writer.key("token_strs")
            writer.beginArray()
            for token in tokens { writer.string(TokenReport.text(bytes(token))) }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }

    private static func piece(_ token: Int32, _ bytes: [UInt8], to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.int(Int(token))
        writer.key("piece")
        if let text = String(validating: bytes, as: UTF8.self) {
            writer.string(text)
        } else {
            writer.beginArray()
            for byte in bytes { writer.int(Int(byte)) }
            writer.endArray()
        }
        writer.endObject()
    }
}

/// Small bodies that consist of texts.
package enum TextBody {
    /// `{"content": …, "prompt": …}`: `/detokenize` in both shapes.
    package static func detokenized(_ text: String) -> [UInt8] {
        members([("content", text), ("prompt", text)])
    }

    /// `{"prompt": …}`: `/apply-template`.
    package static func rendered(_ text: String) -> [UInt8] { members([("prompt", text)]) }

    /// `{"version": …}`.
    package static func version(_ version: String) -> [UInt8] { members([("version", version)]) }

    /// `{"status": …}`: `/health` and `/ready`.
    package static func status(_ status: String) -> [UInt8] { members([("status", status)]) }

    private static func members(_ members: [(String, String)]) -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 64)
        writer.beginObject()
        for (key, text) in members {
            writer.key(key)
            writer.string(text)
        }
        writer.endObject()
        return writer.bytes
    }
}
