import Platform
package import Settings
package import Templating
package import Tokenization
package import Weights

/// A model, as a GGUF file or a folder, with what can be read from it without its weights.
package struct ModelFile {
    /// The mapped file, or all files of the folder.
    package let file: any TensorFile
    /// What a folder says about text; nil in a GGUF file, whose metadata says it.
    private let checkpoint: CheckpointText?

    /// Opens what lies at `path`.
    /// - Throws: ``ServingError/file(_:)`` for what is not there or is no model.
    package init(path: String) throws(ServingError) {
        do {
            try self.init(opening: path)
        } catch {
            throw .file(error)
        }
    }

    private init(opening path: String) throws(WeightsError) {
        if Folder.exists(path) {
            let folder = try CheckpointFolder(path: path)
            file = folder
            checkpoint = try CheckpointText(folder)
            return
        }
        if !FileName.isTaken(path), let reason = Self.remoteHint(path) {
            throw WeightsError(file: path, reason: reason)
        }
        guard !path.hasSuffix(".safetensors") else {
            throw WeightsError(
                file: path, reason: "weights alone are no model; give the folder with config.json and tokenizer.json")
        }
        file = try GGUFFile(path: path)
        checkpoint = nil
    }

    /// What to do about a path that names a model elsewhere; nil for any other.
    private static func remoteHint(_ path: String) -> String? {
        if let name = HubName(path, isFolder: Folder.exists) {
            return "no such file or folder; it looks like a name on the Hugging Face hub: \(name.advice)"
        }
        guard path.contains("://") else { return nil }
        return "an address is no model; download it and give the file or the folder"
    }

    /// Opens the model that the settings name.
    /// - Throws: ``ServingError/noModel`` where they name none, ``ServingError/file(_:)`` for what is not there or no model.
    package init(_ settings: Configuration) throws(ServingError) {
        guard !settings.model.path.isEmpty else { throw .noModel }
        try self.init(path: settings.model.path)
    }

    /// The names that clients see: those of the settings, else the file's or folder's without what is around it.
    package func servedNames(_ settings: Configuration) -> [String] {
        let given = settings.model.name.split(separator: ",").map { $0.trimmingBlanks }.filter { !$0.isEmpty }
        guard given.isEmpty else {
            return given.enumerated().filter { !given[..<$0.offset].contains($0.element) }.map(\.element)
        }
        let base = file.path.split(separator: "/").last.map(String.init) ?? file.path
        return [base.hasSuffix(".gguf") ? String(base.dropLast(5)) : base]
    }

    /// The name that the makers of the model gave it, for people; folders go by their own.
    package var title: String {
        if checkpoint != nil { return file.path.split(separator: "/").last.map(String.init) ?? "" }
        return (try? file.metadata.string("general.name")) ?? ""
    }

    /// The tokenizer, checked.
    /// - Throws: ``ServingError/file(_:)`` where the model has none that can be used.
    package func tokenizer() throws(ServingError) -> Tokenizer {
        let description = try ServingError.reading(try vocabulary())
        do {
            return try Tokenizer(description)
        } catch {
            guard checkpoint == nil else {
                throw .file(WeightsError(file: file.path, reason: "tokenizer: \(error.reason)"))
            }
            throw .file(file.metadata.fail("tokenizer.ggml.\(error.key)", error.reason))
        }
    }

    /// Everything that the model says about its tokenizer.
    func vocabulary() throws(WeightsError) -> VocabularyDescription {
        if let checkpoint { return try checkpoint.vocabulary() }
        let metadata = file.metadata
        guard let model = try metadata.string("tokenizer.ggml.model") else {
            throw metadata.fail("tokenizer.ggml.model", "the file has no tokenizer")
        }
        guard let pieces = try metadata.strings("tokenizer.ggml.tokens") else {
            throw metadata.fail("tokenizer.ggml.tokens", "the file has no vocabulary")
        }
        let types = try metadata.ints("tokenizer.ggml.token_type") ?? [Int32](repeating: 1, count: pieces.count)
        var description = VocabularyDescription(
            pieces: PieceTable(bytes: pieces.bytes, ends: pieces.ends), types: types,
            merges: PieceTable(bytes: [], ends: []), preTokenizer: "", model: model, bos: try token("bos"),
            eos: try token("eos"), eot: try token("eot"), pad: try token("padding"),
            addBOS: try metadata.bool("tokenizer.ggml.add_bos_token"))
        if model == "llama" || model == "t5" {
            try readScores(into: &description)
        } else {
            try readMerges(into: &description)
        }
        return description
    }

    /// What byte-level vocabularies need.
    private func readMerges(into description: inout VocabularyDescription) throws(WeightsError) {
        let metadata = file.metadata
        guard let preTokenizer = try metadata.string("tokenizer.ggml.pre") else {
            throw metadata.fail("tokenizer.ggml.pre", "the key is missing, so how text is split is not known")
        }
        description.preTokenizer = preTokenizer
        if let merges = try metadata.strings("tokenizer.ggml.merges") {
            description.merges = PieceTable(bytes: merges.bytes, ends: merges.ends)
        }
    }

    /// What SentencePiece's vocabularies need. Some files have merges, too; they are made of the scores and not read.
    private func readScores(into description: inout VocabularyDescription) throws(WeightsError) {
        let metadata = file.metadata
        guard let scores = try metadata.floats("tokenizer.ggml.scores") else {
            throw metadata.fail("tokenizer.ggml.scores", "the vocabulary has no scores")
        }
        let map = "tokenizer.ggml.precompiled_charsmap"
        if metadata.contains(map) {
            throw metadata.fail(map, "a vocabulary that rewrites characters is not supported")
        }
        if try metadata.bool("tokenizer.ggml.remove_extra_whitespaces") == true {
            throw metadata.fail(
                "tokenizer.ggml.remove_extra_whitespaces", "a vocabulary that removes spaces is not supported")
        }
        let isPairs = description.model == "llama"
        let addsPrefix = try metadata.bool("tokenizer.ggml.add_space_prefix") ?? isPairs
        description.scores = scores.map { Double($0) }
        description.roundsSums = true
        description.rules = TextRules(.llama(addsPrefix: addsPrefix), addsBOS: isPairs)
        // What the format says where a file is silent.
        let count = description.pieces.count
        func hasRole(_ id: Int32) -> Int32? { Int(id) < count ? id : nil }
        description.unknown = try token("unknown") ?? hasRole(isPairs ? 0 : 2)
        description.bos = description.bos ?? (isPairs ? hasRole(1) : nil)
        description.eos = description.eos ?? hasRole(isPairs ? 2 : 1)
    }

    /// The text of the model's own chat template; nil when it has none.
    /// - Throws: ``ServingError/file(_:)`` where the model says something else in its place.
    package func templateText() throws(ServingError) -> String? {
        if let checkpoint { return try ServingError.reading(try checkpoint.template()) }
        return try ServingError.reading(try file.metadata.string("tokenizer.chat_template"))
    }

    /// The text of its template for conversations with tools; nil when the one above is for those, too.
    private func toolTemplateText() throws(ServingError) -> String? {
        if let checkpoint { return try ServingError.reading(try checkpoint.toolTemplate()) }
        return try ServingError.reading(try file.metadata.string("tokenizer.chat_template.tool_use"))
    }

    /// What the model's makers recommend to sample with; a GGUF file does not say.
    /// - Throws: ``ServingError/file(_:)`` where the model recommends what cannot be.
    package func sampling() throws(ServingError) -> SamplingSuggestion {
        guard let checkpoint else { return SamplingSuggestion() }
        return try ServingError.reading(try checkpoint.sampling())
    }

    /// The chat template in the file, or in the file that replaces it; nil when there is none.
    /// - Throws: ``ServingError/text(_:)`` where the other file cannot be read, ``ServingError/model(_:)`` where what is
    ///   there is no template.
    package func template(replacedBy path: String) throws(ServingError) -> ChatTemplate? {
        guard path.isEmpty else { return try Self.compiled(try Self.text(path), from: path) }
        guard let source = try templateText() else { return nil }
        return try Self.compiled(source, from: file.path)
    }

    /// The chat template for conversations with tools, if there is one of its own; a template that replaces the model's
    /// replaces this one, too.
    func toolTemplate(replacedBy path: String) throws(ServingError) -> ChatTemplate? {
        guard path.isEmpty, let source = try toolTemplateText() else { return nil }
        return try Self.compiled(source, from: file.path)
    }

    /// What a file that the settings name says.
    static func text(_ path: String) throws(ServingError) -> String {
        do {
            return try TextFile.text(path)
        } catch {
            throw .text(error.description)
        }
    }

    private static func compiled(_ source: String, from path: String) throws(ServingError) -> ChatTemplate {
        do {
            return try ChatTemplate(source: source, limits: .serving)
        } catch {
            throw .model("\(path): \(error)")
        }
    }

    private func token(_ name: String) throws(WeightsError) -> Int32? {
        let key = "tokenizer.ggml.\(name)_token_id"
        guard let id = try file.metadata.int(key) else { return nil }
        guard let narrow = Int32(exactly: id), narrow >= 0 else {
            throw file.metadata.fail(key, "\(id) is not a token")
        }
        return narrow
    }
}

extension Substring {
    /// The text without blanks around it.
    fileprivate var trimmingBlanks: String {
        let rest = drop { $0 == " " }
        return String(rest.prefix(rest.count - rest.reversed().prefix { $0 == " " }.count))
    }
}
