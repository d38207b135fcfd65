import JSON
import Testing
import Tokenization

/// `tokenizer.json`: what it asks for is done or refused by name.
@Suite struct TokenizerFileTests {
    /// A file with the 256 bytes, the piece `ab` and its merge; `changes` replace members, null removes one.
    private static func file(
        _ changes: JSONObject = [:], model: JSONObject = [:], added: [JSONValue] = []
    ) -> JSONValue {
        var vocabulary = JSONObject()
        for (id, letter) in TokenizerFixture.byteLetters().enumerated() { vocabulary[letter] = .int(Int64(id)) }
        vocabulary["ab"] = 256
        var inner: JSONObject = ["type": "BPE", "vocab": .object(vocabulary), "merges": ["a b"]]
        for (key, value) in model { inner[key] = value.isNull ? nil : value }
        var file: JSONObject = [
            "added_tokens": .array(added), "normalizer": nil,
            "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true],
            "post_processor": nil, "decoder": ["type": "ByteLevel"], "model": .object(inner),
        ]
        for (key, value) in changes { file[key] = value.isNull ? nil : value }
        return .object(file)
    }

    private static func token(_ id: Int64, _ content: String, _ flags: [String] = []) -> JSONValue {
        var token: JSONObject = ["id": .int(id), "content": .string(content), "special": false]
        for flag in flags { token[flag] = true }
        return .object(token)
    }

    private func ids(_ text: String, _ file: JSONValue) throws -> [Int32] {
        try Tokenizer(TokenizerFile(file, others: []).description).encode(text, specialTokens: true, addBOS: false)
    }

    @Test func bothSpellingsOfMerges() throws {
        for merges: JSONValue in [["a b"], [["a", "b"]]] {
            #expect(try ids("ab", Self.file(model: ["merges": merges])) == [256])
        }
    }

    @Test func wholeWordsAreTakenOnRequest() throws {
        for (ignores, expected) in [(true, [256]), (false, [0x61, 0x62])] as [(Bool, [Int32])] {
            let file = Self.file(model: ["ignore_merges": .bool(ignores), "merges": []])
            #expect(try ids("ab", file) == expected)
        }
    }

    @Test func normalizesOnlyWhereAsked() throws {
        for (normalizer, bytes): (JSONValue, Int) in [
            (nil, 3), (["type": "NFC"], 2), (["type": "Sequence", "normalizers": []], 3),
            (["type": "Sequence", "normalizers": [["type": "NFC"]]], 2),
        ] {
            #expect(try ids("e\u{301}", Self.file(["normalizer": normalizer])).count == bytes)
        }
    }

    @Test func whitespaceBesideATokenBelongsToIt() throws {
        let added = [Self.token(257, "<x>", ["lstrip"]), Self.token(258, "<y>", ["rstrip"]), Self.token(259, "<z>")]
        let file = Self.file(added: added)
        #expect(try ids("a \u{3000}<x> b", file) == [0x61, 257, 0x20, 0x62])
        #expect(try ids("a <y> \n\u{2003}b", file) == [0x61, 0x20, 258, 0x62])
        #expect(try ids("a <z> b", file) == [0x61, 0x20, 259, 0x20, 0x62])
        // What one token has taken is not there for the next.
        #expect(try ids("<y>  <x>", file) == [258, 257])
        #expect(try ids("  ", file).count == 2)
    }

    @Test func normalizedTokensAreFoundInNormalizedText() throws {
        let composed = Self.token(257, "\u{1EB9}", ["normalized"]), literal = Self.token(258, "\u{1EBD}")
        let file = Self.file(["normalizer": ["type": "NFC"]], added: [composed, literal])
        #expect(try ids("e\u{323}", file) == [257])
        #expect(try ids("e\u{303}", file) != [258])
        #expect(try ids("\u{1EBD}\u{1EB9}", file) == [258, 257])
    }

    @Test func tokensOfAnotherFileAreAdded() throws {
        let others = [Self.token(300, "<far>"), Self.token(257, "<other>")]
        let file = try TokenizerFile(Self.file(added: [Self.token(257, "<own>")]), others: others)
        let tokenizer = try Tokenizer(file.description)
        #expect(tokenizer.count == 301)
        #expect(tokenizer.piece(of: 257) == "<own>")
        #expect(tokenizer.encode("<far>", specialTokens: true, addBOS: false) == [300])
        // The rows between are padding.
        #expect(tokenizer.bytes(of: 299).isEmpty)
    }

    @Test func theTemplateSaysWhatOpensAText() throws {
        let template: JSONValue = [
            "type": "TemplateProcessing",
            "single": [["SpecialToken": ["id": "<s>", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]]],
            "special_tokens": ["<s>": ["id": "<s>", "ids": [257], "tokens": ["<s>"]]],
        ]
        for processor: JSONValue in [template, ["type": "Sequence", "processors": [["type": "ByteLevel"], template]]] {
            let file = Self.file(["post_processor": processor], added: [Self.token(257, "<s>")])
            let tokenizer = try Tokenizer(TokenizerFile(file, others: []).description)
            #expect(tokenizer.addsBOS && tokenizer.bos == 257)
        }
        #expect(try !Tokenizer(TokenizerFile(Self.file(), others: []).description).addsBOS)
    }

    @Test("Known patterns, and the ways to write them")
    func patterns() throws {
        let qwen2 =
            #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
        let bytes: JSONValue = ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false]
        func split(_ pattern: String, _ behavior: String, _ invert: Bool) -> JSONValue {
            [
                "type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": .string(behavior),
                "invert": .bool(invert),
            ]
        }
        let cases: [([JSONValue], PreTokenizer?)] = [
            ([split(qwen2, "Isolated", false), bytes], .qwen2), ([split(qwen2, "Removed", true), bytes], .qwen2),
            ([split(qwen2, "Removed", false), bytes], nil), ([split("a+", "Isolated", false), bytes], nil),
            ([["type": "Digits", "individual_digits": true], ["type": "ByteLevel"]], .smollm),
            ([["type": "Digits", "individual_digits": false], ["type": "ByteLevel"]], nil),
            ([["type": "ByteLevel", "add_prefix_space": true]], nil), ([["type": "Metaspace"]], nil), ([bytes], nil),
            ([split(qwen2, "Isolated", false)], nil), ([], nil),
        ]
        for (steps, family) in cases {
            let file = Self.file(["pre_tokenizer": ["type": "Sequence", "pretokenizers": .array(steps)]])
            if let family {
                #expect(try TokenizerFile(file, others: []).description.rules?.family == family)
            } else {
                let error = #expect(throws: VocabularyError.self) { try TokenizerFile(file, others: []) }
                #expect(error?.key == "pre_tokenizer")
            }
        }
    }

    @Test("Refused with the name of the part")
    func refused() {
        let cases: [(JSONValue, String)] = [
            ([], ""), (Self.file(["model": nil]), "model"), (Self.file(model: ["type": "WordPiece"]), "model.type"),
            (Self.file(model: ["byte_fallback": true]), "model.byte_fallback"),
            (Self.file(model: ["end_of_word_suffix": "</w>"]), "model.end_of_word_suffix"),
            (Self.file(model: ["dropout": 0.1]), "model.dropout"), (Self.file(model: ["vocab": nil]), "model.vocab"),
            (Self.file(model: ["vocab": ["a": -1]]), "model.vocab"),
            (Self.file(model: ["vocab": ["a": 9_000_000_000]]), "model.vocab"),
            (Self.file(model: ["vocab": ["a": 1, "b": 1]]), "model.vocab"),
            (Self.file(model: ["merges": nil]), "model.merges"), (Self.file(model: ["merges": [1]]), "model.merges"),
            (Self.file(model: ["merges": [["a", "b", "c"]]]), "model.merges"),
            (Self.file(["normalizer": ["type": "NFKC"]]), "normalizer"),
            (Self.file(["decoder": ["type": "Metaspace"]]), "decoder"),
            (Self.file(["post_processor": ["type": "BertProcessing"]]), "post_processor"),
            (Self.file(added: [["id": 257]]), "added_tokens"), (Self.file(added: [["content": "x"]]), "added_tokens"),
            (Self.file(added: [Self.token(5, "x")]), "added_tokens"),
            (Self.file(added: [Self.token(257, "x", ["single_word"])]), "added_tokens"),
        ]
        for (file, key) in cases {
            let error = #expect(throws: VocabularyError.self, "\(key)") { try TokenizerFile(file, others: []) }
            #expect(error?.key == key)
        }
    }
}
