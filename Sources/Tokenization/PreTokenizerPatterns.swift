import JSON

extension TokenizerFile {
    /// Published patterns, each exactly what a family does by hand.
    private static let patterns: [(pattern: String, family: PreTokenizer)] = [
        (#"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, .gpt2),
        (
            #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
            .qwen2
        ),
        (
            #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
            .llama
        ),
        (
            #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
            .tekken
        ),
    ]

    /// The stages of DeepSeek Coder; its last one splits digits singly.
    private static let stages = ["[\r\n]", #"\s?\p{L}+"#, #"\s?\p{P}+"#, "[一-龥ࠀ-一가-퟿]+"]

    /// The family whose splitting is that of the file.
    static func family(_ json: JSONValue) throws(VocabularyError) -> PreTokenizer {
        let steps = json["pretokenizers"]?.arrayValue ?? [json]
        guard let last = steps.last, last["type"]?.stringValue == "ByteLevel" else {
            throw unsupported("text is split by \(names(steps)), which does not end in ByteLevel")
        }
        guard last["add_prefix_space"]?.boolValue != true else {
            throw unsupported("ByteLevel with add_prefix_space is not supported")
        }
        let splitsItself = last["use_regex"]?.boolValue ?? true
        let before = steps.dropLast()
        guard let first = before.first else {
            guard splitsItself else { throw unsupported("ByteLevel without a pattern is not supported") }
            return .gpt2
        }
        if before.count == stages.count + 1, !splitsItself,
            zip(before, stages).allSatisfy({
                $0["pattern"]?["Regex"]?.stringValue == $1 && $0["behavior"]?.stringValue == "Isolated"
                    && $0["invert"]?.boolValue != true
            }), before.last?["type"]?.stringValue == "Digits",
            before.last?["individual_digits"]?.boolValue == true
        {
            return .deepseekCoder
        }
        guard before.count == 1 else { throw unsupported("splitting by \(names(steps)) is not supported") }
        switch first["type"]?.stringValue {
        case "Digits" where first["individual_digits"]?.boolValue == true && splitsItself: return .smollm
        case "Split" where !splitsItself: return try family(ofSplit: first)
        default: throw unsupported("splitting by \(names(steps)) in this form is not supported")
        }
    }

    private static func family(ofSplit split: JSONValue) throws(VocabularyError) -> PreTokenizer {
        guard let pattern = split["pattern"]?["Regex"]?.stringValue else {
            throw unsupported("a Split without a regular expression is not supported")
        }
        guard let known = patterns.first(where: { $0.pattern == pattern }) else {
            throw unsupported("the pattern \(quoted(pattern)) is not one that is known here")
        }
        // The patterns match every character, so that removing what they do not match removes nothing.
        let behavior = split["behavior"]?.stringValue ?? ""
        let inverts = split["invert"]?.boolValue ?? false
        guard behavior == "Isolated" && !inverts || behavior == "Removed" && inverts else {
            throw unsupported("a Split that is \(quoted(behavior))\(inverts ? ", inverted," : "") is not supported")
        }
        return known.family
    }

    /// Whether text is brought into normalization form C.
    static func normalizes(_ json: JSONValue) throws(VocabularyError) -> Bool {
        var result = false
        for step in json["normalizers"]?.arrayValue ?? (json.isNull ? [] : [json]) {
            let type = step["type"]?.stringValue ?? ""
            guard type == "NFC" else {
                throw VocabularyError("the normalizer \(quoted(type)) is not supported; NFC is", key: "normalizer")
            }
            result = true
        }
        return result
    }

    private static func names(_ steps: [JSONValue]) -> String {
        let names = steps.prefix(8).map { quoted($0["type"]?.stringValue ?? "nothing") }
        return names.joined(separator: ", ")
    }

    private static func unsupported(_ reason: String) -> VocabularyError {
        VocabularyError(reason, key: "pre_tokenizer")
    }
}
