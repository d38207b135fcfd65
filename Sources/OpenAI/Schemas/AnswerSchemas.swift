/// The bodies that this server answers with, complete to the last member; tests check real answers with them.
extension NamedSchema {
    /// A whole answer to a conversation.
    package static let chatAnswer = NamedSchema(
        "ChatAnswer",
        .answer(
            AnswerParts.identity("chat.completion") + [
                RequestField("choices", required: .array(AnswerParts.choice, 1, 128), "The answers, by index."),
                RequestField("usage", required: AnswerParts.usage, "What it took."),
                RequestField("prompt_logprobs", AnswerParts.promptLogprobs, "Where they were asked for."),
            ]))

    /// One event of a streamed answer to a conversation.
    package static let chatChunk = NamedSchema(
        "ChatChunk",
        .answer(
            AnswerParts.identity("chat.completion.chunk") + [
                RequestField(
                    "choices", required: .array(AnswerParts.chunkChoice, 0, 1),
                    "What is new of one choice; empty in the chunk with the usage."),
                RequestField("usage", .nullable(AnswerParts.usage), "Where it was asked for."),
            ]))

    /// A whole continuation, or one event of it.
    package static let completionAnswer = NamedSchema(
        "CompletionAnswer",
        .answer(
            AnswerParts.identity("text_completion") + [
                RequestField(
                    "choices", required: .array(AnswerParts.completionChoice, 0, 4096), "The answers, by index."),
                RequestField("usage", .nullable(AnswerParts.usage), "What it took."),
            ]))

    /// The loaded model.
    package static let model = NamedSchema(
        "Model",
        .answer([
            RequestField("id", required: .text, "The name by which requests ask for it."),
            RequestField("object", required: .word(["model"]), "What this is."),
            RequestField("created", required: AnswerParts.count, "When it was loaded, Unix time."),
            RequestField("owned_by", required: .text, "The program that serves it."),
            RequestField("max_model_len", required: AnswerParts.count, "Tokens of the context."),
        ]))

    /// Every model there is.
    package static let models = NamedSchema(
        "ModelList",
        .answer([
            RequestField("object", required: .word(["list"]), "What this is."),
            RequestField("data", required: .array(model.form, 0, .unlimited), "The models."),
        ]))

    /// The tokens of a text.
    package static let tokens = NamedSchema(
        "Tokens",
        .answer([
            RequestField("count", required: AnswerParts.count, "How many."),
            RequestField("max_model_len", required: AnswerParts.count, "Tokens of the context."),
            RequestField(
                "tokens", required: .array(.either([AnswerParts.count, AnswerParts.piece]), 0, .unlimited),
                "Ids, or ids with their texts."),
            RequestField("token_strs", .array(.text, 0, .unlimited), "The texts alone."),
        ]))

    /// The text of tokens, under both names.
    package static let detokenized = NamedSchema(
        "Text",
        .answer([
            RequestField("content", required: .text, "The text."),
            RequestField("prompt", required: .text, "The text."),
        ]))

    /// What there is to know of the tokenizer.
    package static let tokenizerInfo = NamedSchema(
        "TokenizerInfo",
        .answer([
            RequestField("tokenizer_class", required: .text, "Transformers' class that reads any tokenizer."),
            RequestField("bos_token", required: .nullable(.text), "The token that opens a text."),
            RequestField("eos_token", required: .nullable(.text), "The token that ends a text."),
            RequestField("pad_token", required: .nullable(.text), "The token that fills rows."),
            RequestField("unk_token", required: .nullable(.text), "The token for what has no other."),
            RequestField("chat_template", required: .nullable(.text), "The template, as Jinja."),
            RequestField("add_bos_token", required: .boolean, "Whether texts begin with the token that opens them."),
            RequestField("model_max_length", required: AnswerParts.count, "Tokens of the context."),
            RequestField(
                "added_tokens_decoder",
                required: .map(
                    .answer([
                        RequestField("content", required: .text, "The token's text."),
                        RequestField("special", required: .boolean, "Whether it steers the model."),
                    ])), "The tokens beside the pieces of text, by id."),
        ]))

    /// A rendered conversation.
    package static let rendered = NamedSchema(
        "Prompt", .answer([RequestField("prompt", required: .text, "The prompt as the model reads it.")]))

    /// The server's version.
    package static let version = NamedSchema(
        "Version", .answer([RequestField("version", required: .text, "The version.")]))

    /// A sign of life.
    package static let status = NamedSchema(
        "Status", .answer([RequestField("status", required: .text, "`ok` or `ready`.")]))

    /// The outcome of a reload.
    package static let reload = NamedSchema(
        "Reload",
        .answer([
            RequestField(
                "status", required: .word(["replaced", "unchanged"]), "Whether another model answers from now on."),
            RequestField("model", required: .text, "The first name of the model that answers now."),
            RequestField("system_fingerprint", required: .text, "Its fingerprint, as in answers."),
            RequestField("taken", required: .array(.text, 0, .unlimited), "Settings that have another value now."),
            RequestField(
                "need_restart", required: .array(.text, 0, .unlimited),
                "Settings that would have another value after a restart."),
        ]))

    /// Whatever goes wrong.
    package static let error = NamedSchema(
        "Error",
        .answer([
            RequestField(
                "error",
                required: .answer([
                    RequestField("message", required: .text, "What went wrong, for people."),
                    RequestField("type", required: .text, "OpenAI's class of it."),
                    RequestField("param", required: .nullable(.text), "The field at fault."),
                    RequestField("code", required: .nullable(.text), "A word for programs."),
                ]), "The error.")
        ]))
}
