import Testing
import Tokenization

/// A megabyte of whatever makes a careless tokenizer quadratic; these would not end within the suite's budget if it were.
@Suite struct HostileTextTests {
    private static let megabyte = 1_000_000
    private static let units = [
        "a", " ", "7", "\u{301}", "ab", "\n", "\r\n", " \n", "<|im_star", "<", "<|im_start|", "\u{A0}", "-=", "中",
        "👨‍👩‍👧", "'l", "\u{1112}\u{1161}\u{11AB}", "\u{301}\u{323}\u{31B}", "\0",
    ]

    @Test(arguments: TokenizerFixture.families, units)
    func aMegabyteOfOneThingComesBack(family: String, unit: String) throws {
        let tokenizer = try TokenizerFixture.tokenizer(family)
        let text = "x" + String(repeating: unit, count: Self.megabyte / unit.utf8.count)
        let ids = tokenizer.encode(text, specialTokens: true, addBOS: false)
        let expected = family == "qwen2" ? CanonicalComposition.normalized(text) : text
        #expect(Array(tokenizer.decode(ids, rendersSpecial: true).utf8) == Array(expected.utf8))
    }

    @Test func longMergesStayInOrder() throws {
        // Every merge of two equal halves: a run of 2^k letters ends in pieces of 2^9 and what is left.
        let pieces = (1...9).map { String(repeating: "a", count: 1 << $0) }
        let merges = (0...8).map { String(repeating: "a", count: 1 << $0) }.map { "\($0) \($0)" }
        let tokenizer = try Tokenizer(TokenizerFixture.small(extra: pieces.map { ($0, 1) }, merges: merges))
        let ids = tokenizer.encode(String(repeating: "a", count: 512 * 1000 + 37), specialTokens: true, addBOS: false)
        #expect(ids.count == 1003)
        #expect(ids.prefix(1000).allSatisfy { $0 == 264 })
        #expect(ids.suffix(3) == [260, 257, 0x61])
    }

    @Test(arguments: SentencePieceTests.models, ["a", " ", "7", "the", "中", "<th", "\u{1}"])
    func l6_aMegabyteOfOneThingInPieces(model: String, unit: String) throws {
        let tokenizer = try Tokenizer(SentencePieceTests.description(TokenizerFixture.json("\(model).json")))
        let text = "x" + String(repeating: unit, count: Self.megabyte / unit.utf8.count)
        let ids = tokenizer.encode(text, specialTokens: true, addBOS: false)
        guard model != "spm-plain" else { return }
        #expect(Array(tokenizer.decode(ids, rendersSpecial: true).utf8) == Array(text.utf8))
    }
}
