import JSON
import Testing
import Tokenization

/// Token for token against the reference, on the whole corpus.
@Suite struct EncodingTests {
    @Test(arguments: TokenizerFixture.families)
    func equalsTheReference(family: String) throws {
        let golden = try TokenizerFixture.json("\(family).json")
        let tokenizer = try TokenizerFixture.tokenizer(family)
        let corpus = try TokenizerFixture.corpus()
        let special = try TokenizerFixture.strings(golden["special"])
        let plain = golden["plain"]
        // All but one family keep to the first half, to save room.
        try #require(special.count >= 1400 && special.count <= corpus.count)
        for (index, text) in corpus.prefix(special.count).enumerated() {
            let expected = TokenizerFixture.integers(inLine: special[index])
            #expect(tokenizer.encode(text, specialTokens: true, addBOS: false) == expected, "corpus \(index)")
            let expectedPlain = TokenizerFixture.integers(inLine: plain?["\(index)"]?.stringValue ?? special[index])
            #expect(tokenizer.encode(text, specialTokens: false, addBOS: false) == expectedPlain, "corpus \(index)")
        }
    }

    @Test(arguments: TokenizerFixture.splitters)
    func splitsWordsAsTheReference(family: String) throws {
        let golden = try TokenizerFixture.strings(TokenizerFixture.json("splits.json")[family])
        let preTokenizer = try #require(PreTokenizer(named: family))
        let corpus = try TokenizerFixture.corpus()
        try #require(golden.count == corpus.count)
        for (index, text) in corpus.enumerated() {
            let expected = TokenizerFixture.integers(inLine: golden[index]).map { Int($0) }
            #expect(preTokenizer.wordBytes(in: text) == expected, "corpus \(index)")
        }
    }

    @Test func composesAsTheReference() throws {
        let cases = try #require(TokenizerFixture.json("compositions.json").arrayValue)
        try #require(cases.count >= 2000)
        for pair in cases {
            let (input, output) = (try #require(pair[0]?.stringValue), try #require(pair[1]?.stringValue))
            #expect(Array(CanonicalComposition.normalized(input).utf8) == Array(output.utf8), "\(input.unicodeScalars)")
        }
    }

    @Test(arguments: TokenizerFixture.tinyModels)
    func equalsPublishedTokenizers(model: String) throws {
        let tokenizer = try Tokenizer(TokenizerFixture.description(ofModel: model))
        let golden = try TokenizerFixture.json("\(model)/tokenizer_golden.json")
        for entry in try #require(golden["encode"]?.arrayValue) {
            let text = try #require(entry["text"]?.stringValue)
            let ids = tokenizer.encode(text, specialTokens: true, addBOS: false)
            #expect(ids == (try TokenizerFixture.integers(entry["ids"])), "\(text)")
            let decoded = try #require(entry["decoded"]?.stringValue)
            #expect(Array(tokenizer.decode(ids, rendersSpecial: true).utf8) == Array(decoded.utf8))
            let readable = try #require(entry["decoded_skip_special"]?.stringValue)
            #expect(Array(tokenizer.decode(ids, rendersSpecial: false).utf8) == Array(readable.utf8))
        }
        for chat in try #require(golden["chat"]?.arrayValue) {
            let rendered = try #require(chat["rendered"]?.stringValue)
            let ids = tokenizer.encode(rendered, specialTokens: true, addBOS: false)
            #expect(ids == (try TokenizerFixture.integers(chat["ids"])))
        }
    }

    @Test func aliasesShareTheirFamily() {
        #expect(PreTokenizer(named: "llama3") == .llama)
        #expect(PreTokenizer(named: "llama-v3") == .llama)
        #expect(PreTokenizer(named: "deepseek-r1-qwen") == .qwen2)
        #expect(PreTokenizer(named: "starcoder") == .smollm)
        #expect(PreTokenizer(named: "phi-2") == .gpt2)
        #expect(PreTokenizer(named: "deepseek-llm") == nil)
        #expect(PreTokenizer(named: "") == nil)
    }

    @Test func onlyQwen2Normalizes() throws {
        let decomposed = "e\u{301}"
        for (name, bytes) in [("qwen2", 2), ("deepseek-r1-qwen", 3), ("llama-bpe", 3)] {
            let tokenizer = try Tokenizer(TokenizerFixture.small(preTokenizer: name))
            #expect(tokenizer.encode(decomposed, specialTokens: true, addBOS: false).count == bytes, "\(name)")
        }
    }

    @Test func aMergeGivenTwiceCountsAtItsLaterRank() throws {
        let extra: [(piece: String, type: Int32)] = [("ab", 1), ("bc", 1)]
        let once = try Tokenizer(TokenizerFixture.small(extra: extra, merges: ["a b", "b c"]))
        #expect(once.encode("abc", specialTokens: true, addBOS: false) == [256, 0x63])
        let twice = try Tokenizer(TokenizerFixture.small(extra: extra, merges: ["a b", "b c", "a b"]))
        #expect(twice.encode("abc", specialTokens: true, addBOS: false) == [0x61, 257])
    }

    @Test func bytesThatAreNotTextReadAsReplacements() throws {
        let tokenizer = try TokenizerFixture.tokenizer("gpt-2")
        let broken: [UInt8] = [0x61, 0xE2, 0x82, 0x62, 0xFF]
        let ids = tokenizer.encode(broken.span, specialTokens: true, addBOS: false)
        #expect(ids == tokenizer.encode("a\u{FFFD}b\u{FFFD}", specialTokens: true, addBOS: false))
    }
}
