import CAllocationCount
import Testing
import Tokenization

/// D1: the memory that encoding takes is known before it is taken, whatever the vocabulary and the text.
@Suite struct EncodingMemoryTests {
    /// Texts whose words are as long as they are, for one family or another.
    private static let units = [
        "a", " ", "7", "ab ", "the quick 12 fox. ", "\n", "a$", "$ ", "\u{2026}!", "!\u{301}", "\u{3000} ", "\u{A0}x",
        "中", "中a", "\u{2581}a", "\u{1D160}", "\u{958}", "x\u{301}\u{323}", "\u{1112}\u{1161}\u{11AB}", "\u{1}",
    ]

    private static let mixed: [String] = {
        var dice = SystemDice(state: 5)
        return (0..<20).map { _ in
            (0..<20_000).map { _ in units[Int(dice.next() % UInt64(units.count))] }.joined()
        }
    }()

    /// Numbers that are the same in every run.
    private struct SystemDice {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }

    private func check(_ name: String, _ tokenizer: Tokenizer) {
        let repeated = Self.units.map { "x" + String(repeating: $0, count: 200_000 / $0.utf8.count) }
        for text in repeated + Self.mixed {
            let bound = tokenizer.encodingBytes(text)
            let before = allocated_bytes()
            forget_highest_allocated_bytes()
            let count = tokenizer.encode(text, specialTokens: true, addBOS: true).count
            let taken = highest_allocated_bytes() - before
            #expect(taken <= bound, "\(name): \(count) tokens of \(text.prefix(8)), \(text.utf8.count) bytes")
        }
    }

    @Test(arguments: TokenizerFixture.families)
    func d1_wordsOfPatterns(family: String) throws { check(family, try TokenizerFixture.tokenizer(family)) }

    @Test func d1_wordsInStages() throws {
        var description = TokenizerFixture.small(extra: [], merges: [])
        description.preTokenizer = "deepseek-coder"
        check("deepseek-coder", try Tokenizer(description))
    }

    @Test(arguments: SentencePieceTests.models)
    func d1_pieces(model: String) throws {
        check(model, try Tokenizer(SentencePieceTests.description(TokenizerFixture.json("\(model).json"))))
    }
}
