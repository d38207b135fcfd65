import Foundation
import JSON
import Tokenization

/// Golden files of the reference, see Tests/Fixtures/tokenizers/make.
enum TokenizerFixture {
    static let families = ["gpt-2", "smollm", "qwen2", "llama-bpe"]
    /// Also those that differ from the others in how they split, and in nothing else.
    static let splitters = families + ["tekken", "deepseek-coder"]
    static let tinyModels = ["qwen2-tiny", "llama-tiny", "llama3-tiny"]

    struct Missing: Error { let what: String }

    static func json(_ name: String) throws -> JSONValue {
        try JSONParser.parse(bytes(name), limits: .file)
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: folder.appending(path: "Fixtures/tokenizers/\(name)")))
    }

    static func corpus() throws -> [String] {
        try strings(json("corpus.json"))
    }

    static func strings(_ value: JSONValue?) throws -> [String] {
        guard let array = value?.arrayValue else { throw Missing(what: "array of strings") }
        return array.compactMap(\.stringValue)
    }

    static func integers(_ value: JSONValue?) throws -> [Int32] {
        guard let array = value?.arrayValue else { throw Missing(what: "array of integers") }
        return array.compactMap { $0.intValue.map(Int32.init(truncatingIfNeeded:)) }
    }

    static func integers(inLine line: String) -> [Int32] {
        line.split(separator: " ").compactMap { Int32($0) }
    }

    /// The description of a vocabulary of the given pieces, without named tokens.
    static func description(
        pieces: [String], types: [Int32], merges: [String], preTokenizer: String
    ) -> VocabularyDescription {
        VocabularyDescription(
            pieces: PieceTable(pieces), types: types, merges: PieceTable(merges), preTokenizer: preTokenizer,
            model: "gpt2", bos: nil, eos: nil, eot: nil, pad: nil, addBOS: nil)
    }

    /// The vocabulary in a family's golden file.
    static func description(in golden: JSONValue) throws -> VocabularyDescription {
        guard let name = golden["preTokenizer"]?.stringValue else { throw Missing(what: "preTokenizer") }
        return description(
            pieces: try strings(golden["pieces"]), types: try integers(golden["types"]),
            merges: try strings(golden["merges"]), preTokenizer: name)
    }

    static func tokenizer(_ family: String) throws -> Tokenizer {
        try Tokenizer(description(in: json("\(family).json")))
    }

    /// The vocabulary of a published `tokenizer.json`.
    static func description(ofModel name: String) throws -> VocabularyDescription {
        try TokenizerFile(json("\(name)/tokenizer.json"), others: []).description
    }

    /// A vocabulary of the 256 bytes, some further pieces and their merges.
    static func small(
        extra: [(piece: String, type: Int32)] = [], merges: [String] = [], preTokenizer: String = "gpt-2"
    ) -> VocabularyDescription {
        let letters = byteLetters()
        return description(
            pieces: letters + extra.map(\.piece), types: letters.map { _ in 1 } + extra.map(\.type), merges: merges,
            preTokenizer: preTokenizer)
    }

    /// The byte-level alphabet in the order of its bytes.
    static func byteLetters() -> [String] {
        var next: UInt16 = 0x100
        return (UInt16(0)...255).compactMap { byte in
            let isPrintable = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
            defer { next += isPrintable ? 0 : 1 }
            return Unicode.Scalar(isPrintable ? byte : next).map { String($0) }
        }
    }
}
