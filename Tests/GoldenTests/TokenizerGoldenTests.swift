import Foundation
import JSON
import Testing
import Tokenization
import Weights

private let modelPath = ProcessInfo.processInfo.environment["MICHAT_TEST_MODEL"]

/// The default model's own vocabulary, whole, against the reference; runs where `scripts/test` has fetched the model.
@Suite(.enabled(if: modelPath != nil))
struct TokenizerGoldenTests {
    private func tokenizer() throws -> Tokenizer {
        let metadata = try GGUFFile(path: try #require(modelPath)).metadata
        let pieces = try #require(try metadata.strings("tokenizer.ggml.tokens"))
        let merges = try #require(try metadata.strings("tokenizer.ggml.merges"))
        return try Tokenizer(
            VocabularyDescription(
                pieces: PieceTable(bytes: pieces.bytes, ends: pieces.ends),
                types: try #require(try metadata.ints("tokenizer.ggml.token_type")),
                merges: PieceTable(bytes: merges.bytes, ends: merges.ends),
                preTokenizer: try #require(try metadata.string("tokenizer.ggml.pre")), model: "gpt2", bos: 1, eos: 2,
                eot: nil, pad: 2, addBOS: try metadata.bool("tokenizer.ggml.add_bos_token")))
    }

    @Test func everyStringEqualsTheReference() throws {
        let tokenizer = try tokenizer()
        let golden = try Fixture.json("tokenizers/smollm2.json")
        let corpus = try #require(Fixture.json("tokenizers/corpus.json").arrayValue).compactMap(\.stringValue)
        let special = try #require(golden["special"]?.arrayValue).compactMap(\.stringValue)
        try #require(special.count >= 1400 && special.count <= corpus.count)
        for (index, text) in corpus.prefix(special.count).enumerated() {
            let plain = golden["plain"]?["\(index)"]?.stringValue ?? special[index]
            for (line, isSpecial) in [(special[index], true), (plain, false)] {
                let expected = line.split(separator: " ").compactMap { Int32($0) }
                #expect(tokenizer.encode(text, specialTokens: isSpecial, addBOS: false) == expected, "corpus \(index)")
            }
        }
    }

    @Test func endsWhereTheModelDoes() throws {
        let tokenizer = try tokenizer()
        let names = Set(tokenizer.endTokens.map { tokenizer.piece(of: $0) })
        #expect(names == ["<|im_end|>", "<|endoftext|>", "<reponame>"])
        #expect(!tokenizer.addsBOS)
    }
}
