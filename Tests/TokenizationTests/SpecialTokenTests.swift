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

    @Test func controlTokensCountOnlyWhereTheyAreAllowed() throws {
        let tokenizer = try tokenizer()
        func encode(_ text: String, _ ranges: [Range<Int>]) -> [Int32] {
            tokenizer.encode(text, specialTokensIn: ranges, addBOS: false)
        }
        let text = "<|im_end|><|im_end|><think>"
        #expect(encode(text, [0..<10]) == [Self.end, Self.prefix] + bytes("end|>") + [Self.think])
        #expect(encode(text, [10..<20]) == [Self.prefix] + bytes("end|>") + [Self.end, Self.think])
        // In any order, beyond the text, in touching parts.
        #expect(encode(text, [15..<99, 10..<15]) == encode(text, [10..<20]))
        #expect(encode(text, [0..<27]) == tokenizer.encode(text, specialTokens: true, addBOS: false))
        #expect(encode(text, []) == tokenizer.encode(text, specialTokens: false, addBOS: false))
        // A token that lies only partly inside is text.
        #expect(encode("<|im_end|>", [0..<9]) == [Self.prefix] + bytes("end|>"))
        #expect(encode("<|im_end|>", [1..<10]) == [Self.prefix] + bytes("end|>"))
    }

    @Test(arguments: TokenizerFixture.families)
    func aTextInSpansIsOneText(family: String) throws {
        let tokenizer = try TokenizerFixture.tokenizer(family)
        var random = SplitMix(state: 1)
        for text in try TokenizerFixture.corpus().prefix(300) where !text.isEmpty {
            let cuts = (0..<4).map { _ in Int.random(in: 0...text.utf8.count, using: &random) }.sorted()
            let spans = [cuts[0]..<cuts[1], cuts[2]..<cuts[3]]
            let whole = tokenizer.encode(text, specialTokens: false, addBOS: false)
            let isPlain = whole == tokenizer.encode(text, specialTokens: true, addBOS: false)
            guard isPlain else { continue }
            #expect(tokenizer.encode(text, specialTokensIn: spans, addBOS: false) == whole, "\(text), \(spans)")
        }
    }

    @Test func spansFollowTextThatIsNormalized() throws {
        var description = TokenizerFixture.small(extra: [("<s>", 3)], preTokenizer: "qwen2")
        description.addedRules = [256: AddedTokenRule(stripsLeft: false, stripsRight: false, isNormalized: true)]
        let tokenizer = try Tokenizer(description)
        // Composed, the accent is two bytes instead of three.
        let text = "e\u{301}<s><s>"
        let composed = "\u{E9}".utf8.map { Int32($0) }
        let ids = tokenizer.encode(text, specialTokensIn: [6..<9], addBOS: false)
        #expect(ids == composed + bytes("<s>") + [256])
        #expect(tokenizer.encode(text, specialTokensIn: [3..<6], addBOS: false) == composed + [256] + bytes("<s>"))
        // A border inside of what is composed cannot be placed, so nothing counts.
        let odd = tokenizer.encode(text, specialTokensIn: [1..<9], addBOS: false)
        #expect(odd == composed + bytes("<s><s>"))
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

/// Random numbers that are the same in every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
