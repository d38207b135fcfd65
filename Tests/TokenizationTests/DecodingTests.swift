import JSON
import Testing
import Tokenization

@Suite struct DecodingTests {
    @Test(arguments: TokenizerFixture.families)
    func brokenSequencesReadAsInTheReference(family: String) throws {
        let golden = try TokenizerFixture.json("\(family).json")
        let tokenizer = try TokenizerFixture.tokenizer(family)
        let cases = try #require(golden["decodings"]?.arrayValue)
        try #require(cases.count == 400)
        for pair in cases {
            let ids = TokenizerFixture.integers(inLine: try #require(pair[0]?.stringValue))
            let text = try #require(pair[1]?.stringValue)
            #expect(Array(tokenizer.decode(ids, rendersSpecial: false).utf8) == Array(text.utf8))
            #expect(streamed(ids, tokenizer) == Array(text.utf8))
        }
    }

    @Test(arguments: TokenizerFixture.families)
    func streamingEqualsDecodingAtOnce(family: String) throws {
        let tokenizer = try TokenizerFixture.tokenizer(family)
        for text in try TokenizerFixture.corpus() {
            let ids = tokenizer.encode(text, specialTokens: true, addBOS: false)
            #expect(streamed(ids, tokenizer) == Array(tokenizer.decode(ids, rendersSpecial: false).utf8))
        }
    }

    @Test func everyByteInTurnComesOutWhole() throws {
        let tokenizer = try Tokenizer(TokenizerFixture.small())
        let text = "a\u{7FF}\u{800}\u{FFFD}\u{10000}\u{10FFFF}\u{0}é👨‍👩‍👧z"
        var stream = TextStream(tokenizer: tokenizer, rendersSpecial: false)
        var pieces: [String] = []
        for byte in text.utf8 {
            pieces.append(stream.append(Int32(byte)))
        }
        #expect(stream.finish().isEmpty)
        #expect(pieces.filter { !$0.isEmpty }.map { $0.unicodeScalars.count }.allSatisfy { $0 == 1 })
        #expect(Array(pieces.joined().utf8) == Array(text.utf8))
    }

    /// Control tokens and beginnings of characters, and no others.
    @Test func tokensThatShowNothingAreKnown() throws {
        let silent = try Tokenizer(TokenizerFixture.small()).silentTokens
        #expect((0..<0xC2).allSatisfy { !silent[$0] })
        #expect((0xC2...0xF4).allSatisfy { silent[$0] })
        let family = try TokenizerFixture.tokenizer("qwen2")
        #expect(family.silentTokens.count == family.count)
        for token in 0..<Int32(family.count) where family.isSpecial(token) {
            #expect(family.silentTokens[Int(token)], "\(token)")
        }
        #expect(!family.silentTokens[Int(try #require(family.encode("a", specialTokens: false, addBOS: false).first))])
    }

    @Test func aHalfScalarComesOutAtTheEndOnly() throws {
        let tokenizer = try Tokenizer(TokenizerFixture.small())
        var stream = TextStream(tokenizer: tokenizer, rendersSpecial: false)
        #expect(stream.append(0xF0) == "")
        #expect(stream.append(0x9F) == "")
        #expect(stream.append(0x98) == "")
        #expect(stream.finish() == "\u{FFFD}")
        #expect(stream.finish() == "")
        #expect(stream.append(0xE2) + stream.append(0x41) == "\u{FFFD}A")
    }

    @Test(arguments: ["gpt-2", "llama-bpe"])
    func textSurvivesTheRoundTrip(family: String) throws {
        let tokenizer = try TokenizerFixture.tokenizer(family)
        for text in try TokenizerFixture.corpus() {
            for special in [true, false] {
                let ids = tokenizer.encode(text, specialTokens: special, addBOS: false)
                #expect(Array(tokenizer.decode(ids, rendersSpecial: true).utf8) == Array(text.utf8))
            }
        }
    }

    @Test func unknownIdsAreNothing() throws {
        let tokenizer = try Tokenizer(TokenizerFixture.small())
        for id in [-1, 256, Int32.max, Int32.min] {
            #expect(tokenizer.bytes(of: id) == [])
            #expect(tokenizer.piece(of: id) == "")
            #expect(!tokenizer.isSpecial(id))
        }
    }

    @Test func piecesAndIdsAreInverse() throws {
        let tokenizer = try TokenizerFixture.tokenizer("qwen2")
        for id in 0..<Int32(tokenizer.count) {
            #expect(tokenizer.id(ofPiece: tokenizer.piece(of: id)) == id)
        }
        #expect(tokenizer.id(ofPiece: "no such piece") == nil)
        #expect(tokenizer.id(ofPiece: "") == nil)
    }

    /// As bytes: strings count as equal when only their composition differs.
    private func streamed(_ ids: [Int32], _ tokenizer: Tokenizer) -> [UInt8] {
        var stream = TextStream(tokenizer: tokenizer, rendersSpecial: false)
        return ids.flatMap { Array(stream.append($0).utf8) } + Array(stream.finish().utf8)
    }
}
