/// The families of pre-tokenizers that we know, by the pattern they share.
package enum PreTokenizer: Sendable, Equatable, CaseIterable {
    /// Contractions, then runs of one class, each with at most one space in front.
    case gpt2
    /// Digits singly first, then as ``gpt2``.
    case smollm
    /// Any one scalar may open a word; numbers singly; newlines end runs.
    case qwen2
    /// As ``qwen2``, with numbers in groups of up to three.
    case llama
    /// Words change where a small letter is followed by a capital one; numbers singly; slashes end runs with newlines.
    case tekken
    /// Newlines, letters, punctuation, ideographs and numbers, one after the other.
    case deepseekCoder

    /// The family that a name in `tokenizer.ggml.pre` stands for; nil if it is not supported.
    package init?(named name: String) {
        guard let rules = TextRules(named: name) else { return nil }
        self = rules.family
    }

    /// The lengths in bytes of the words into which a text is split; they add up to the text.
    package func wordBytes(in text: String) -> [Int] {
        let bytes = Array(text.utf8)
        var lengths: [Int] = []
        WordScanner.words(bytes, 0..<bytes.count, family: self) { lengths.append($0.count) }
        return lengths
    }
}

/// How text is prepared and split into words before the merges.
package struct TextRules: Sendable, Equatable {
    /// The pattern.
    package var family: PreTokenizer
    /// A word that is itself a piece is taken whole.
    package var takesWholeWords: Bool
    /// Text is brought into normalization form C first.
    package var normalizes: Bool
    /// Whether texts begin with the opening token when the file does not say.
    package var addsBOS: Bool
    /// How spaces are treated where pieces are SentencePiece's; then ``family`` does not matter.
    package var spaces: SpaceRules?

    /// The rules of SentencePiece's vocabularies.
    package init(_ spaces: SpaceRules, takesWholeWords: Bool = false, addsBOS: Bool) {
        self.init(.gpt2, takesWholeWords: takesWholeWords, addsBOS: addsBOS)
        self.spaces = spaces
    }

    init(
        _ family: PreTokenizer, takesWholeWords: Bool = false, normalizes: Bool = false, addsBOS: Bool = false
    ) {
        self.family = family
        self.takesWholeWords = takesWholeWords
        self.normalizes = normalizes
        self.addsBOS = addsBOS
    }

    /// What a name in `tokenizer.ggml.pre` stands for; nil if it is not supported.
    ///
    /// Known are the names of llama.cpp whose pattern is exactly one of ours.
    ///
    /// `qwen2` alone normalizes: its published tokenizer does (and its model was trained so), while llama.cpp never does.
    /// For the other names of that pattern nothing published is known to us, so they follow llama.cpp.
    package init?(named name: String) {
        switch name {
        case "gpt-2", "phi-2", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "gigachat", "a.x-4.0", "mellum",
            "modern-bert", "exaone4", "mpt", "olmo", "jais", "trillion", "granite-docling":
            self.init(.gpt2)
        case "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2":
            self.init(.smollm)
        case "qwen2":
            self.init(.qwen2, normalizes: true)
        case "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez", "stablelm2", "hunyuan", "solar-open":
            self.init(.qwen2)
        case "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano":
            self.init(.llama, takesWholeWords: true, addsBOS: true)
        case "tekken":
            self.init(.tekken, takesWholeWords: true, addsBOS: true)
        case "deepseek-coder":
            self.init(.deepseekCoder)
        case "dbrx", "smaug-bpe", "chatglm-bpe":
            self.init(.llama)
        case "glm4", "glm5":
            self.init(.llama, takesWholeWords: true)
        default:
            return nil
        }
    }

    /// A name in `tokenizer.ggml.pre` that stands for these rules but for the opening token; nil where there is none.
    package var publishedName: String? {
        ["gpt-2", "smollm", "qwen2", "deepseek-r1-qwen", "llama-bpe", "smaug-bpe", "tekken", "deepseek-coder"].first {
            name in
            guard var known = TextRules(named: name) else { return false }
            known.addsBOS = addsBOS
            return known == self
        }
    }
}
