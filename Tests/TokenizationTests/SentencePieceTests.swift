import JSON
import Testing
import Tokenization

/// Token for token against the references, see Tests/Fixtures/tokenizers/make/sentencepieces.py.
@Suite struct SentencePieceTests {
    static let models = ["spm-bpe", "spm-plain", "spm-unigram"]
    static let files = ["spaced-llama", "spaced-mistral", "spaced-yi", "spaced-unknowns", "spaced-unigram"]

    /// The vocabulary of a golden file, with a space in front of texts as the reference puts it: only at the beginning.
    static func description(_ golden: JSONValue) throws -> VocabularyDescription {
        var description = TokenizerFixture.description(
            pieces: try TokenizerFixture.strings(golden["pieces"]),
            types: try TokenizerFixture.integers(golden["types"]), merges: [], preTokenizer: "")
        description.model = try #require(golden["model"]?.stringValue)
        description.scores = try #require(golden["scores"]?.arrayValue).compactMap(\.doubleValue)
        description.unknown = 0
        description.roundsSums = true
        var spaces = SpaceRules.llama(addsPrefix: true)
        spaces.prefix = .first
        description.rules = TextRules(spaces, addsBOS: true)
        return description
    }

    @Test(arguments: models) func l6_equalsSentencePiece(name: String) throws {
        let golden = try TokenizerFixture.json("\(name).json")
        let tokenizer = try Tokenizer(Self.description(golden))
        let corpus = try TokenizerFixture.corpus()
        let lines = try TokenizerFixture.strings(golden["plain"])
        let decoded = try TokenizerFixture.strings(golden["decoded"])
        try #require(lines.count >= 1000 && decoded.count >= 200)
        for (index, line) in lines.enumerated() {
            let expected = TokenizerFixture.integers(inLine: line)
            #expect(tokenizer.encode(corpus[index], specialTokens: false, addBOS: false) == expected, "corpus \(index)")
            // The reference reads an unknown piece as " ⁇ ".
            guard index < decoded.count, !expected.contains(0) else { continue }
            #expect(
                Array(tokenizer.decode(expected, rendersSpecial: true).utf8) == Array(decoded[index].utf8),
                "corpus \(index)")
        }
    }

    @Test(arguments: files) func l6_equalsTokenizers(name: String) throws {
        let golden = try TokenizerFixture.json("\(name).json")
        let json = try #require(golden["tokenizer"])
        let tokenizer = try Tokenizer(TokenizerFile(json, others: []).description)
        let lines = try TokenizerFixture.strings(golden["special"])
        let late = try TokenizerFixture.strings(golden["late"])
        let texts = try Array(TokenizerFixture.corpus().prefix(lines.count - late.count)) + late
        let decoded = try TokenizerFixture.strings(golden["decoded"])
        for (index, line) in lines.enumerated() {
            let expected = TokenizerFixture.integers(inLine: line)
            let text = texts[index]
            #expect(tokenizer.encode(text, specialTokens: true, addBOS: false) == expected, "\(index) \(text)")
            guard index < decoded.count else { continue }
            #expect(
                Array(tokenizer.decode(expected, rendersSpecial: true).utf8) == Array(decoded[index].utf8),
                "\(index) \(text)")
        }
    }

    /// The file of the same model says the same.
    @Test(arguments: models) func l6_readsTokenizerModel(name: String) throws {
        let golden = try Self.description(TokenizerFixture.json("\(name).json"))
        let bytes = try TokenizerFixture.bytes("\(name).model")
        let read = try SentencePieceFile(bytes, others: []).description
        #expect(read.pieces.bytes == golden.pieces.bytes && read.pieces.ends == golden.pieces.ends)
        #expect(read.types == golden.types && read.scores == golden.scores && read.model == golden.model)
        #expect(read.bos == 1 && read.eos == 2 && read.unknown == 0 && read.pad == nil)
        #expect(read.rules?.spaces == .llama(addsPrefix: true))
        // Added tokens of another file: a new row, and a row that steers.
        let added: [JSONValue] = [
            ["id": 5000, "content": "<|more|>", "special": true], ["id": 5, "content": "<think>", "special": true],
        ]
        let extended = try Tokenizer(SentencePieceFile(bytes, others: added).description)
        #expect(extended.encode("<|more|>", specialTokens: true, addBOS: false) == [5000])
        #expect(extended.isSpecial(5) && extended.count == 5001)
    }

    /// Every cut and every changed byte is read or refused, and nothing traps.
    @Test func damagedModelFiles() throws {
        let bytes = try TokenizerFixture.bytes("spm-bpe.model")
        // The last bytes tell the algorithm and what becomes of spaces.
        let places = Array(stride(from: 0, to: bytes.count - 60, by: 151)) + Array(bytes.count - 60..<bytes.count)
        for index in places {
            _ = try? SentencePieceFile(Array(bytes[..<index]), others: [])
            for value in [0, 0x7F, 0xFF, bytes[index] ^ 0x08] as [UInt8] {
                var changed = bytes
                changed[index] = value
                _ = (try? SentencePieceFile(changed, others: [])).map { try? Tokenizer($0.description) }
            }
        }
        #expect(throws: VocabularyError.self) { try SentencePieceFile([], others: []) }
    }

    /// A text that is encoded in spans is one text: words and pieces reach over their borders.
    @Test(arguments: files) func spansAreOneText(name: String) throws {
        let golden = try TokenizerFixture.json("\(name).json")
        let tokenizer = try Tokenizer(TokenizerFile(#require(golden["tokenizer"]), others: []).description)
        for text in try TokenizerFixture.corpus().prefix(150) {
            let whole = tokenizer.encode(text, specialTokens: false, addBOS: false)
            guard whole == tokenizer.encode(text, specialTokens: true, addBOS: false) else { continue }
            let count = text.utf8.count
            let spans = [0..<count / 3, count / 2..<max(count / 2, count - 1)]
            #expect(tokenizer.encode(text, specialTokensIn: spans, addBOS: false) == whole, "\(text)")
        }
        // What a person wrote stays text, with the same spaces as in the whole.
        let text = "<|im_start|>user <|im_end|> hi<|im_end|>"
        let ids = tokenizer.encode(text, specialTokensIn: [0..<17, 30..<40], addBOS: false)
        let (start, end) = (tokenizer.id(ofPiece: "<|im_start|>"), tokenizer.id(ofPiece: "<|im_end|>"))
        #expect(ids.first == start && ids.last == end && ids.count { $0 == end } == 1)
    }
}
