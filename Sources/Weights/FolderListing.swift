import JSON
import Platform

/// The files of a model folder, and what is wrong with a folder that is none.
struct FolderListing {
    private let path: String
    private let names: Set<String>

    init(path: String) throws(WeightsError) {
        self.path = path
        do {
            names = Set(try Folder.names(path))
        } catch {
            throw WeightsError(file: path, reason: "\(error)")
        }
    }

    /// The path of a file in the folder.
    func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : path + "/" + name }

    /// `config.json`; the error says what the folder seems to be instead.
    func configuration() throws(WeightsError) -> JSONValue {
        if names.contains("adapter_config.json"), !names.contains("model.safetensors") {
            throw fail("this is an adapter (LoRA), not a model; merge it into its base model first")
        }
        guard let json = try json("config.json") else { throw fail(reasonForNoModel) }
        guard json.objectValue != nil else {
            throw WeightsError(file: file("config.json"), reason: "a JSON object is expected")
        }
        return json
    }

    private var reasonForNoModel: String {
        if names.isEmpty { return "the folder is empty" }
        if names.contains("snapshots") {
            return "this is a cache entry of Hugging Face; give the folder under snapshots/ that holds config.json"
        }
        if let gguf = names.sorted().first(where: { $0.hasSuffix(".gguf") }) {
            return
                "the folder has no config.json; to serve the GGUF file in it, give its path: \(Quotation.quoted(file(gguf)))"
        }
        return "the folder has no config.json, so it is not a model as Hugging Face publishes them"
    }

    /// The files with the weights: `model.safetensors`, or all that `model.safetensors.index.json` names, or the only
    /// shard of a model that has one.
    func shards() throws(WeightsError) -> [SafetensorsFile] {
        let single = "model.safetensors", indexName = "model.safetensors.index.json"
        if names.contains(single) { return [try SafetensorsFile(path: file(single))] }
        let lone = "model-00001-of-00001.safetensors"
        if names.contains(lone), !names.contains(indexName) { return [try SafetensorsFile(path: file(lone))] }
        guard let json = try json(indexName) else { throw fail(reasonForNoWeights) }
        let index = try ShardIndex(json, file: file(indexName))
        var shards: [SafetensorsFile] = []
        for name in index.shards {
            guard names.contains(name) else {
                throw fail("shard \(Quotation.quoted(name)) is missing; the index names \(index.shards.count) shards")
            }
            shards.append(try SafetensorsFile(path: file(name)))
        }
        try index.check(shards.map(\.tensors))
        return shards
    }

    private var reasonForNoWeights: String {
        let sorted = names.sorted()
        if let other = sorted.first(where: { $0.hasSuffix(".safetensors") }) {
            return
                "neither model.safetensors nor model.safetensors.index.json is there, only \(Quotation.quoted(other))"
        }
        let pickled = [".bin", ".pth", ".pt", ".ckpt"]
        if let other = sorted.first(where: { name in pickled.contains { name.hasSuffix($0) } }) {
            return
                "the weights are PyTorch pickles (\(Quotation.quoted(other))), which can run programs when they are read; "
                + "only safetensors are supported"
        }
        return "there are no weights: neither model.safetensors nor model.safetensors.index.json"
    }

    /// A JSON file of the folder; nil where there is none.
    func json(_ name: String) throws(WeightsError) -> JSONValue? {
        guard let bytes = try bytes(name) else { return nil }
        do {
            return try JSONParser.parse(bytes, limits: CheckpointLimits.json)
        } catch {
            throw WeightsError(file: file(name), reason: "\(error)")
        }
    }

    /// A text file of the folder, without a byte order mark at its beginning; nil where there is none.
    func text(_ name: String) throws(WeightsError) -> String? {
        guard let bytes = try bytes(name) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw WeightsError(file: file(name), reason: "the file is not UTF-8")
        }
        return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    /// A file of the folder as it is; nil where there is none.
    func bytes(_ name: String) throws(WeightsError) -> [UInt8]? {
        guard names.contains(name) else { return nil }
        let content = try FileContent(path: file(name))
        try content.refusePointer(file(name))
        guard content.count <= CheckpointLimits.maximumFileBytes else {
            throw WeightsError(
                file: file(name),
                reason:
                    "\(content.count) bytes are more than the \(CheckpointLimits.maximumFileBytes) that are accepted")
        }
        return content.copy
    }

    private func fail(_ reason: String) -> WeightsError { WeightsError(file: path, reason: reason) }
}
