import ArgumentParser
import JSON
import Platform
import Serving
import Tokenization

/// Text to tokens, or tokens to text.
struct Tokenize: Command {
    static let configuration = CommandConfiguration(
        abstract: "Show the tokens of a text, or the text of tokens.",
        discussion: """
            Reads standard input when no text is given.

            Examples:
              michat tokenize --model model.gguf "Hello, world"
              michat tokenize --model model.gguf --json < letter.txt
              michat tokenize --model model.gguf --decode 19556 28 905
            """)

    @Option(help: ArgumentHelp("The model: a GGUF file, or a folder as published.", valueName: "file"))
    var model: String

    @Flag(help: "Take token ids and print their text.")
    var decode = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Read special tokens in the text as ordinary characters.")
    var plain = false

    @Flag(help: "Put the model's beginning-of-sequence token first.")
    var bos = false

    @Argument(help: "The text, or with --decode the ids.")
    var text: [String] = []

    func run() throws {
        try reporting {
            let tokenizer = try ModelFile(path: model).tokenizer()
            if decode {
                try printText(of: ids(below: tokenizer.count), tokenizer)
            } else {
                let input = text.isEmpty ? try TextFile.text("-") : text.joined(separator: " ")
                printTokens(tokenizer.encode(input, specialTokens: !plain, addBOS: bos), tokenizer)
            }
        }
    }

    private func ids(below count: Int) throws -> [Int32] {
        let words = text.isEmpty ? [try TextFile.text("-")] : text
        var ids: [Int32] = []
        for word in words.joined(separator: " ").split(whereSeparator: { " ,\n\t[]".contains($0) }) {
            guard let id = Int32(word), id >= 0, Int(id) < count else {
                throw CommandFailure("'\(Terminal.harmless(String(word.prefix(64))))' is not a token id below \(count)")
            }
            ids.append(id)
        }
        return ids
    }

    private func printText(of ids: [Int32], _ tokenizer: Tokenizer) {
        var stream = TextStream(tokenizer: tokenizer, rendersSpecial: true)
        let text = ids.map { stream.append($0) }.joined() + stream.finish()
        Terminal.print(json ? JSONValue.object(["text": .string(text)]).serialized() : text)
    }

    private func printTokens(_ ids: [Int32], _ tokenizer: Tokenizer) {
        if json {
            let tokens = ids.map { JSONValue.int(Int64($0)) }
            let pieces = ids.map { JSONValue.string(tokenizer.piece(of: $0)) }
            let object: JSONObject = [
                "count": .int(Int64(ids.count)), "tokens": .array(tokens), "pieces": .array(pieces),
            ]
            Terminal.print(JSONValue.object(object).serialized())
            return
        }
        for id in ids { Terminal.print("\(id)\t\(JSONValue.string(tokenizer.piece(of: id)).serialized())") }
    }
}
