import Testing
import Tokenization

@Suite struct SpecialTokenTests {
    private static let extra: [(piece: String, type: Int32)] = [
        ("<|im_start|>", 3), ("<|im_end|>", 3), ("<|im_", 4), ("<think>", 4), ("<unk>", 2),
        ("[PAD261]", 5), ("<0x41>", 6),
    ]
    private static let start: Int32 = 256
    private static let end: Int32 = 257
    private static let prefix: Int32 = 258
    private static let think: Int32 = 259
    private static let unknown: Int32 = 260
    private static let unused: Int32 = 261
    private static let byte: Int32 = 262

    private func tokenizer(
        bos: Int32? = nil, eos: Int32? = nil, eot: Int32? = nil, addBOS: Bool? = nil, preTokenizer: String = "gpt-2"
    ) throws -> Tokenizer {
        var description = TokenizerFixture.small(extra: Self.extra, preTokenizer: preTokenizer)
        description.bos = bos
        description.eos = eos
        description.eot = eot
        description.addBOS = addBOS
        return try Tokenizer(description)
    }

    private func bytes(_ text: String) -> [Int32] {
        text.utf8.map { Int32($0) }
    }

    @Test func theLongestAtTheEarliestPlaceWins() throws {
        let ids = try tokenizer().encode("a<|im_start|><|im_x<|im_end|", specialTokens: true, addBOS: false)
        #expect(ids == bytes("a") + [Self.start, Self.prefix] + bytes("x") + [Self.prefix] + bytes("end|"))
    }

    @Test func controlTokensAreTextUnlessAskedFor() throws {
        let ids = try tokenizer().encode("<|im_start|><think><unk>", specialTokens: false, addBOS: false)
        #expect(ids == [Self.prefix] + bytes("start|>") + [Self.think] + bytes("<unk>"))
        let asked = try tokenizer().encode("<unk>", specialTokens: true, addBOS: false)
        #expect(asked == [Self.unknown])
    }

    @Test func unusedAndByteRowsAreNotMatched() throws {
        let ids = try tokenizer().encode("[PAD261]<0x41>", specialTokens: true, addBOS: false)
        #expect(ids == bytes("[PAD261]<0x41>"))
    }

    @Test func whatEachKindReadsAs() throws {
        let tokenizer = try tokenizer()
        func read(_ id: Int32, _ special: Bool) -> String {
            String(decoding: tokenizer.bytes(of: id, rendersSpecial: special), as: UTF8.self)
        }
        #expect(read(Self.start, false) == "" && read(Self.start, true) == "<|im_start|>")
        #expect(read(Self.unknown, false) == "" && read(Self.unknown, true) == "<unk>")
        #expect(read(Self.think, false) == "<think>")
        #expect(read(Self.unused, true) == "")
        #expect(read(Self.byte, false) == "A")
        let special = [Self.start, Self.unknown, Self.think, Self.unused, Self.byte].filter(tokenizer.isSpecial)
        #expect(special == [Self.start, Self.unknown])
        #expect(tokenizer.piece(of: Self.byte) == "<0x41>" && tokenizer.id(ofPiece: "<0x41>") == Self.byte)
    }

    @Test func endTokensAreTheNamedOnesAndTheKnownOnes() throws {
        let tokenizer = try tokenizer(eos: Self.think, eot: Self.unknown)
        #expect(tokenizer.endTokens == [Self.think, Self.unknown, Self.end])
        #expect(try self.tokenizer().endTokens == [Self.end])
    }

    @Test func endTokensKnownByName() throws {
        let names = [
            "<|endoftext|>", "<|eot_id|>", "<end_of_turn>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "</s>",
        ]
        let description = TokenizerFixture.small(extra: names.map { ($0, 4) } + [("<|fim_prefix|>", 3)])
        let tokenizer = try Tokenizer(description)
        #expect(tokenizer.endTokens == Set((0..<Int32(names.count)).map { 256 + $0 }))
        // Even where the file calls them user-defined they are control tokens: text cannot forge them.
        #expect(tokenizer.isSpecial(256))
        let forged = tokenizer.encode("<|endoftext|>", specialTokens: false, addBOS: false)
        #expect(forged == bytes("<|endoftext|>"))
    }

    @Test func ordinaryTextEndsAnAnswerOnlyWhereItCannotBeProse() throws {
        let extra: [(piece: String, type: Int32)] = [("</s>", 1), ("<|im_end|>", 1)]
        #expect(try Tokenizer(TokenizerFixture.small(extra: extra)).endTokens == [257])
    }

    @Test func anEndOfMessageIsNotTheEndOfAnAnswer() throws {
        let extra: [(piece: String, type: Int32)] = [("<|end|>", 3), ("<|return|>", 3), ("<|call|>", 3)]
        #expect(try Tokenizer(TokenizerFixture.small(extra: extra)).endTokens == [257, 258])
        #expect(try Tokenizer(TokenizerFixture.small(extra: [extra[0]])).endTokens == [256])
    }

    @Test func theOpeningTokenComesFirstOnce() throws {
        let tokenizer = try tokenizer(bos: Self.start)
        #expect(tokenizer.encode("a", specialTokens: true, addBOS: true) == [Self.start] + bytes("a"))
        #expect(tokenizer.encode("a", specialTokens: true, addBOS: false) == bytes("a"))
        #expect(try self.tokenizer().encode("a", specialTokens: true, addBOS: true) == bytes("a"))
    }

    @Test func theFamilyDecidesAboutTheOpeningTokenWhereTheFileIsSilent() throws {
        #expect(try tokenizer(preTokenizer: "llama-bpe").addsBOS)
        #expect(try !tokenizer(preTokenizer: "qwen2").addsBOS)
        #expect(try !tokenizer(addBOS: false, preTokenizer: "llama-bpe").addsBOS)
        #expect(try tokenizer(addBOS: true, preTokenizer: "qwen2").addsBOS)
    }
}
