import JSON

extension TokenizerFile {
    private static let mark = "\u{2581}"

    /// How the file treats spaces, if its pieces are SentencePiece's; nil if they are byte-level.
    static func spaces(_ json: JSONValue, _ type: ModelType) throws(VocabularyError) -> SpaceRules? {
        let splitting = steps(json["pre_tokenizer"], "pretokenizers")
        let normalizing = steps(json["normalizer"], "normalizers")
        let hasBytes = json["model"]?["byte_fallback"]?.boolValue == true
        let hasMarks =
            normalizing.contains { name($0) == "Prepend" } || splitting.contains { name($0) == "Metaspace" }
        let isByteLevel = name(splitting.last) == "ByteLevel"
        guard type == .unigram || !isByteLevel && (hasBytes || hasMarks) else { return nil }
        let normalizer = try normalizer(normalizing)
        var rules = SpaceRules(
            prefix: normalizer.prefixes ? .always : .never, prefixesSpaces: true,
            precedesAddedTokens: normalizer.marks, splitsAtSpaces: false, stripsFirstSpace: false)
        for step in splitting {
            switch name(step) {
            case "Metaspace": try read(step, into: &rules)
            // Behind a normalizer that marks spaces there are none to split at.
            case "Split" where normalizer.marks && step["pattern"]?["String"]?.stringValue == " ": continue
            default: throw unsupported(step, "Metaspace is", "pre_tokenizer")
            }
        }
        guard normalizer.marks || splitting.contains(where: { name($0) == "Metaspace" }) else {
            throw VocabularyError("nothing marks spaces; Metaspace or Replace would", key: "pre_tokenizer")
        }
        rules.stripsFirstSpace = try stripsFirstSpace(json["decoder"])
        return rules
    }

    /// Whether the normalizer marks spaces, and whether it puts one in front.
    private static func normalizer(_ steps: [JSONValue]) throws(VocabularyError) -> (marks: Bool, prefixes: Bool) {
        var marks = false
        var prefixes = false
        for step in steps {
            switch name(step) {
            case "Prepend" where step["prepend"]?.stringValue == mark: prefixes = true
            case "Replace" where step["pattern"]?["String"]?.stringValue == " " && step["content"]?.stringValue == mark:
                marks = true
            default: throw unsupported(step, "Prepend and Replace with \(quoted(mark)) are", "normalizer")
            }
        }
        guard marks || !prefixes else {
            throw VocabularyError("a mark is put in front, but spaces are not replaced by it", key: "normalizer")
        }
        return (marks, prefixes)
    }

    private static func read(_ step: JSONValue, into rules: inout SpaceRules) throws(VocabularyError) {
        guard step["replacement"]?.stringValue == mark else {
            throw VocabularyError("a Metaspace without \(quoted(mark)) is not supported", key: "pre_tokenizer")
        }
        rules.splitsAtSpaces = step["split"]?.boolValue ?? true
        let adds = step["add_prefix_space"]?.boolValue ?? true
        guard rules.prefix == .never else {
            throw VocabularyError("two steps put a space in front of text", key: "pre_tokenizer")
        }
        switch step["prepend_scheme"]?.stringValue ?? (adds ? "always" : "never") {
        case "always": rules.prefix = .always
        case "first": rules.prefix = .first
        case "never": rules.prefix = .never
        case let scheme:
            throw VocabularyError("a Metaspace that prepends \(quoted(scheme)) is not supported", key: "pre_tokenizer")
        }
        if rules.prefix != .never { rules.prefixesSpaces = false }
    }

    /// Whether reading tokens back takes a space away at the beginning.
    private static func stripsFirstSpace(_ json: JSONValue?) throws(VocabularyError) -> Bool {
        var marks = false
        var strips = false
        for step in steps(json, "decoders") {
            switch name(step) {
            case "Replace" where step["pattern"]?["String"]?.stringValue == mark && step["content"]?.stringValue == " ":
                marks = true
            case "Metaspace":
                marks = true
                let adds = step["add_prefix_space"]?.boolValue ?? true
                strips = (step["prepend_scheme"]?.stringValue ?? (adds ? "always" : "never")) != "never"
            case "ByteFallback", "Fuse": continue
            case "Strip" where step["content"]?.stringValue == " " && step["stop"]?.intValue == 0:
                strips = (step["start"]?.intValue ?? 0) > 0
            default: throw unsupported(step, "Replace, ByteFallback, Fuse, Strip and Metaspace are", "decoder")
            }
        }
        guard marks else { throw VocabularyError("nothing makes \(quoted(mark)) a space", key: "decoder") }
        return strips
    }

    /// The steps of a part of the file, one or many.
    private static func steps(_ json: JSONValue?, _ key: String) -> [JSONValue] {
        guard let json, !json.isNull else { return [] }
        return json[key]?.arrayValue ?? [json]
    }

    private static func name(_ step: JSONValue?) -> String { step?["type"]?.stringValue ?? "" }

    private static func unsupported(_ step: JSONValue, _ known: String, _ key: String) -> VocabularyError {
        VocabularyError("\(quoted(name(step))) in this form is not supported; \(known)", key: key)
    }
}
