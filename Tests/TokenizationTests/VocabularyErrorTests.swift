import Testing
import Tokenization

/// Every malformed vocabulary is refused with a sentence that names the item.
@Suite struct VocabularyErrorTests {
    private func reason(_ description: VocabularyDescription) -> String {
        do throws(VocabularyError) {
            _ = try Tokenizer(description)
            return "accepted"
        } catch {
            return error.reason
        }
    }

    private func reason(_ change: (inout VocabularyDescription) -> Void) -> String {
        var description = TokenizerFixture.small(extra: [("ab", 1)], merges: ["a b"])
        change(&description)
        return reason(description)
    }

    @Test func theUnchangedOneIsAccepted() {
        #expect(reason { _ in } == "accepted")
        #expect(reason { $0.types = [] } == "accepted")
    }

    @Test func unknownAlgorithms() {
        let known = "is not supported; gpt2, llama and t5 are"
        #expect(reason { $0.model = "bert" } == "the tokenizer model \"bert\" \(known)")
        #expect(reason { $0.preTokenizer = "viking" } == "the pre-tokenizer \"viking\" is not supported")
    }

    @Test func foreignNamesAreCutAndMadeHarmless() {
        let name = "\u{1b}]\u{202e}" + String(repeating: "x", count: 1000)
        let shown = "\"\u{fffd}]\u{fffd}" + String(repeating: "x", count: 55) + "…\""
        let known = "is not supported; gpt2, llama and t5 are"
        #expect(reason { $0.model = name } == "the tokenizer model \(shown) \(known)")
        #expect(reason { $0.preTokenizer = name } == "the pre-tokenizer \(shown) is not supported")
    }

    @Test func errorsNameTheKey() {
        func key(_ change: (inout VocabularyDescription) -> Void) -> String {
            var description = TokenizerFixture.small(extra: [("ab", 1)], merges: ["a b"])
            change(&description)
            do throws(VocabularyError) {
                _ = try Tokenizer(description)
                return "accepted"
            } catch {
                return error.key
            }
        }
        #expect(key { $0.model = "bert" } == "model")
        #expect(key { $0.preTokenizer = "viking" } == "pre")
        #expect(key { $0.types = [1] } == "token_type")
        #expect(key { $0.merges = PieceTable(bytes: [65], ends: [1]) } == "merges")
        #expect(key { $0.pieces = PieceTable(bytes: [], ends: []) } == "tokens")
        #expect(key { $0.pad = 9999 } == "padding_token_id")
    }

    @Test func countsThatDoNotMatch() {
        #expect(reason { $0.types = [1] } == "there are 257 pieces but 1 types")
        #expect(reason { $0.types.append(1) } == "there are 257 pieces but 258 types")
        #expect(reason { $0.pieces = PieceTable(bytes: [], ends: []) }.hasPrefix("the vocabulary has 0 pieces"))
    }

    @Test(arguments: [-1, 0, 7, Int32.max])
    func unknownTypes(type: Int32) {
        #expect(reason { $0.types[5] = type } == "piece 5 has the unknown type \(type)")
    }

    @Test func tablesThatLeaveTheirBytes() {
        let one: [UInt8] = [65]
        let outside = "does not lie inside the table of"
        #expect(reason { $0.pieces = PieceTable(bytes: one, ends: [1, 0]) } == "piece 1 \(outside) pieces")
        #expect(reason { $0.pieces = PieceTable(bytes: one, ends: [2]) } == "piece 0 \(outside) pieces")
        #expect(reason { $0.merges = PieceTable(bytes: one, ends: [-1]) } == "merge 0 \(outside) merges")
        #expect(reason { $0.merges = PieceTable(bytes: one, ends: [Int.max]) } == "merge 0 \(outside) merges")
    }

    @Test(arguments: [("xyz", 1, 1), ("<s>", 3, 4), ("xyz", 1, 3)] as [(String, Int32, Int32)])
    func doublePieces(piece: String, first: Int32, second: Int32) {
        let description = TokenizerFixture.small(extra: [(piece, first), (piece, second)])
        #expect(reason(description) == "pieces 256 and 257 are both \"\(piece)\"")
    }

    @Test func emptyPiecesMayRepeat() {
        #expect(reason(TokenizerFixture.small(extra: [("", 1), ("", 5)])) == "accepted")
    }

    @Test(arguments: ["ab", " ab", "ab ", " ", "", "a b c", "a  b"])
    func mergesThatAreNotTwoPieces(line: String) {
        let reason = reason { $0.merges = PieceTable(["a b", line]) }
        #expect(reason == "merge 1 \"\(line)\" is not two pieces with a space between")
    }

    @Test(arguments: ["zz b", "a zz", "b a", "\u{1F600} a"])
    func mergesOfUnknownPieces(line: String) {
        let reason = reason { $0.merges = PieceTable([line]) }
        #expect(reason == "merge 0 \"\(line)\": a part, or what it makes, is not a piece")
    }

    @Test(arguments: [-1, 257, Int32.max, Int32.min])
    func namedTokensOutOfRange(id: Int32) {
        #expect(reason { $0.bos = id } == "the bos token \(id) is not among the 257 pieces")
        #expect(reason { $0.eos = id } == "the eos token \(id) is not among the 257 pieces")
        #expect(reason { $0.eot = id } == "the eot token \(id) is not among the 257 pieces")
        #expect(reason { $0.pad = id } == "the pad token \(id) is not among the 257 pieces")
    }

    @Test(arguments: ["<0x-1>", "<0xGG>", "<0x4>", "<0x411>", "0x41", "<0x4a>", ""])
    func bytePiecesOfAnotherSpelling(piece: String) {
        let text = reason(TokenizerFixture.small(extra: [(piece, 6)]))
        #expect(text == "piece 256 \"\(piece)\" is of type byte but not like <0x41>")
    }

    @Test func missingLetters() {
        var pieces = TokenizerFixture.byteLetters()
        pieces[0x41] = "xx"
        let description = TokenizerFixture.description(pieces: pieces, types: [], merges: [], preTokenizer: "gpt-2")
        #expect(reason(description) == "there is no piece for the byte 0x41")
    }

    @Test func endlessSpecialTokens() {
        let long = String(repeating: "<", count: 1025)
        let reason = reason(TokenizerFixture.small(extra: [(long, 3)]))
        #expect(reason == "special token 256 has 1025 bytes, more than 1024")
    }
}
