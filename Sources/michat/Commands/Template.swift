import ArgumentParser
import JSON
import Platform
import Serving
import Templating
import Tokenization
import Weights

/// A chat template rendered over a conversation.
struct Template: Command {
    static let configuration = CommandConfiguration(
        abstract: "Render a chat template over a conversation.",
        discussion: """
            FILE is a template, or a model whose own template is taken. Nothing is added to the rendering, no line break either.

            Examples:
              michat template chatml.jinja --messages conversation.json --generation-prompt
              michat template model.gguf --messages conversation.json --tools tools.json
            """)

    @Argument(help: "A Jinja template, a GGUF file, or a folder as published.")
    var file: String

    @Option(
        help: ArgumentHelp(
            "The messages: a JSON array, or an object with the key messages. - is standard input.", valueName: "file"))
    var messages: String

    @Option(help: ArgumentHelp("The tools: a JSON array.", valueName: "file"))
    var tools: String?

    @Option(help: ArgumentHelp("Further variables: a JSON object.", valueName: "file"))
    var variables: String?

    @Flag(help: "End with the opening of the assistant's turn.")
    var generationPrompt = false

    @Option(help: ArgumentHelp("The text of bos_token; empty, or the model's own.", valueName: "s"))
    var bosToken: String?

    @Option(help: ArgumentHelp("The text of eos_token; empty, or the model's own.", valueName: "s"))
    var eosToken: String?

    func run() throws {
        try reporting {
            let source = try source()
            let conversation = try json(messages)
            guard let list = conversation.arrayValue ?? conversation["messages"]?.arrayValue else {
                throw CommandFailure("\(TextFile.name(messages)): an array of messages is expected")
            }
            var extra = JSONObject()
            if let variables {
                guard let object = try json(variables).objectValue else {
                    throw CommandFailure("\(TextFile.name(variables)): an object is expected")
                }
                extra = object
            }
            let input = ChatTemplateInput(
                messages: list, tools: try tools.map(json), addGenerationPrompt: generationPrompt,
                bosToken: source.bos, eosToken: source.eos, extra: extra, now: LocalDate.now())
            let template = try ChatTemplate(source: source.text, limits: .serving)
            Terminal.write(try template.render(input))
        }
    }

    /// The template's text and the two tokens that it may name.
    private func source() throws -> (text: String, bos: String, eos: String) {
        guard file.hasSuffix(".gguf") || Folder.exists(file) else {
            return (try TextFile.text(file), bosToken ?? "", eosToken ?? "")
        }
        let model = try ModelFile(path: file)
        guard let text = try model.templateText() else {
            throw CommandFailure("\(file): the model has no chat template")
        }
        let tokenizer = try model.tokenizer()
        return (
            text, bosToken ?? tokenizer.bos.map(tokenizer.piece) ?? "",
            eosToken ?? tokenizer.eos.map(tokenizer.piece) ?? ""
        )
    }

    private func json(_ path: String) throws -> JSONValue {
        do {
            return try JSONParser.parse(try TextFile.bytes(path), limits: .file)
        } catch let error as JSONError {
            throw CommandFailure("\(TextFile.name(path)): \(error)")
        }
    }
}
