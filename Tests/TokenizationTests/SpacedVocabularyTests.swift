import Testing
import Tokenization

/// Small SentencePiece vocabularies: what is refused, and how pieces read.
@Suite struct SpacedVocabularyTests {
    private static func description(_ change: (inout VocabularyDescription) -> Void = { _ in }) -> VocabularyDescription
    {
        let bytes = (0..<256).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return "<0x\(digits.count == 1 ? "0" : "")\(digits)>"
        }
        let pieces = ["<unk>", "<s>", "</s>"] + bytes + ["\u{2581}", "a", "b", "ab", "\u{2581}ab", "<tool>"]
        var description = TokenizerFixture.description(
            pieces: pieces, types: [2, 3, 3] + bytes.map { _ in 6 } + [1, 1, 1, 1, 1, 4], merges: [], preTokenizer: "")
        description.model = "llama"
        description.scores = [Double](repeating: 0, count: 259) + [-3, -4, -5, -1, -2, 0]
        description.unknown = 0
        description.bos = 1
        description.eos = 2
        description.rules = TextRules(.llama(addsPrefix: true), addsBOS: true)
        change(&description)
        return description
    }

    /// The tokens of the bytes of a text.
    private static func bytes(_ text: String) -> [Int32] { text.utf8.map { Int32($0) + 3 } }

    private static func failure(_ change: (inout VocabularyDescription) -> Void) -> String {
        do throws(VocabularyError) {
            _ = try Tokenizer(description(change))
            return "accepted"
        } catch {
            return "\(error.key): \(error.reason)"
        }
    }

    @Test func l6_damagedVocabularies() {
        #expect(Self.failure { _ in } == "accepted")
        #expect(Self.failure { $0.scores.removeLast() } == "scores: there are 265 pieces but 264 scores")
        #expect(Self.failure { $0.scores = [] } == "scores: there are 265 pieces but 0 scores")
        #expect(Self.failure { $0.scores[260] = .nan } == "scores: piece 260 has the score nan, which is no number")
        #expect(Self.failure { $0.scores[0] = -.infinity }.hasPrefix("scores: piece 0"))
        #expect(Self.failure { $0.types[259] = 5 } == "tokens: there is no piece \u{2581} for a space")
        #expect(Self.failure { $0.unknown = 999 }.hasPrefix("unknown_token_id: "))
        #expect(Self.failure { $0.types[260] = 6 }.contains("is of type byte but not like <0x41>"))
        let long = String(repeating: "x", count: 1025)
        #expect(Self.failure { $0.pieces = Self.replacing(260, with: long) }.contains("has 1025 bytes, more than 1024"))
        #expect(Self.failure { $0.pieces = Self.replacing(260, with: "") } == "accepted")
        #expect(Self.failure { $0.pieces = Self.replacing(260, with: "b") }.contains("are both \"b\""))
    }

    private static func replacing(_ id: Int, with piece: String) -> PieceTable {
        let pieces = description().pieces
        return PieceTable((0..<pieces.count).map { $0 == id ? piece : String(decoding: pieces[$0], as: UTF8.self) })
    }

    /// The bytes of a piece are what grammars, log probabilities and streams see.
    @Test func l6_piecesReadAsTheirBytes() throws {
        let tokenizer = try Tokenizer(Self.description())
        func read(_ id: Int32) -> [UInt8] { tokenizer.bytes(of: id) }
        #expect(read(263) == Array(" ab".utf8) && read(259) == [0x20] && read(231) == [0xE4])
        #expect(read(1).isEmpty && read(0).isEmpty && read(264) == Array("<tool>".utf8))
        #expect(tokenizer.piece(of: 263) == "\u{2581}ab" && tokenizer.id(ofPiece: "\u{2581}ab") == 263)
        #expect(tokenizer.piece(of: 68) == "<0x41>" && tokenizer.endTokens == [2])
    }

    /// Bytes become text once a character is whole; only a whole text loses the space at its beginning.
    @Test func l6_streamsOfPieces() throws {
        let tokenizer = try Tokenizer(Self.description())
        var stream = TextStream(tokenizer: tokenizer, rendersSpecial: false)
        let tokens: [Int32] = [263] + Self.bytes("\u{4F60}") + [260, 231]
        let texts = tokens.map { stream.append($0) }
        #expect(texts == [" ab", "", "", "\u{4F60}", "a", ""])
        let rest = stream.finish()
        #expect(rest == "\u{FFFD}")
        #expect(tokenizer.decode(tokens.dropLast(), rendersSpecial: false) == "ab\u{4F60}a")
        #expect(tokenizer.decode([1, 263], rendersSpecial: true) == "<s> ab")
        #expect(tokenizer.decode([1, 263], rendersSpecial: false) == "ab")
    }

    @Test func l6_aSpaceStandsBehindSpecialTokensToo() throws {
        let tokenizer = try Tokenizer(Self.description())
        #expect(tokenizer.encode("<s>ab<tool>ab", specialTokens: true, addBOS: false) == [1, 263, 264, 263])
        #expect(tokenizer.encode("", specialTokens: true, addBOS: true) == [1])
        // What a person writes cannot merge into a control token.
        let spelled = tokenizer.encode("<s>", specialTokens: false, addBOS: false)
        #expect(spelled == [259] + Self.bytes("<s>"))
        let plain = try Tokenizer(Self.description { $0.rules = TextRules(.llama(addsPrefix: false), addsBOS: true) })
        #expect(plain.encode("ab", specialTokens: true, addBOS: false) == [262])
    }

    @Test func c9_aTextThatNamesBOSNeedsNoOther() throws {
        let tokenizer = try Tokenizer(Self.description())
        #expect(tokenizer.beginsWithBOS("<s>ab") && !tokenizer.beginsWithBOS("ab") && !tokenizer.beginsWithBOS(" <s>"))
    }

    /// Text without byte tokens: unknown characters in a row are one token, or nothing.
    @Test func l6_withoutBytes() throws {
        let bare: (inout VocabularyDescription) -> Void = { description in
            for id in 3..<259 { description.types[id] = 5 }
        }
        let tokenizer = try Tokenizer(Self.description(bare))
        #expect(tokenizer.encode("azza", specialTokens: true, addBOS: false) == [259, 260, 0, 260])
        let none = try Tokenizer(
            Self.description {
                bare(&$0)
                $0.unknown = nil
            })
        #expect(none.encode("azza", specialTokens: true, addBOS: false) == [259, 260, 260])
    }
}
