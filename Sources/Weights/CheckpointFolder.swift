package import JSON
package import Platform

/// A model in a folder as Hugging Face publishes them: `config.json` beside one or many safetensors files.
package final class CheckpointFolder: TensorFile {
    /// Path of the folder, as it was given.
    package let path: String
    /// The numbers of `config.json`, under the keys that GGUF files use.
    package let metadata: ModelMetadata
    /// All tensors, shard by shard in the order of the bytes.
    package let tensors: [TensorInfo]
    /// The files with the weights, in the order of their names.
    package let shards: [SafetensorsFile]
    /// `config.json` as it stands.
    package let configuration: JSONValue
    private let places: [String: (shard: Int, tensor: Int)]

    /// Maps all shards and reads everything but the weights; the error names the file and the field or tensor at fault.
    /// - Throws: `WeightsError` where a file is missing, cut or damaged.
    package convenience init(path: String) throws(WeightsError) {
        let listing = try FolderListing(path: path)
        let configuration = try listing.configuration()
        // Before the shards: what is unknown is said before gigabytes are mapped.
        _ = try CheckpointConfiguration(configuration, file: listing.file("config.json")).metadata()
        try self.init(configuration: configuration, shards: listing.shards(), path: path)
    }

    /// A folder of shards that are open already; `path` is for errors, and for the files beside the weights.
    /// - Throws: `WeightsError` where the configuration lacks a field, or two shards hold the same tensor.
    package init(configuration: JSONValue, shards: [SafetensorsFile], path: String) throws(WeightsError) {
        let file = path.hasSuffix("/") ? path + "config.json" : path + "/config.json"
        self.path = path
        self.configuration = configuration
        metadata = try CheckpointConfiguration(configuration, file: file).metadata()
        let lists = shards.map(\.tensors)
        self.shards = shards
        tensors = lists.flatMap(\.self)
        var places: [String: (shard: Int, tensor: Int)] = [:]
        var count = 0
        for (shard, list) in lists.enumerated() {
            for tensor in list {
                guard places.updateValue((shard, count), forKey: tensor.name) == nil else {
                    throw WeightsError(
                        file: shards[shard].path, reason: "tensor \(Quotation.quoted(tensor.name)) appears twice")
                }
                count += 1
            }
        }
        self.places = places
    }

    /// The layout that this type reads.
    package var layout: FileLayout { .checkpoint }

    /// Which state of which shards this is.
    package var identities: [FileIdentity] { shards.flatMap(\.identities) }

    /// Size of all shards.
    package var fileBytes: Int { shards.reduce(0) { $0 + $1.fileBytes } }

    /// The tensor of this name, if the folder has it.
    package func tensor(_ name: String) -> TensorInfo? { places[name].map { tensors[$0.tensor] } }

    /// The stored bytes of one of `tensors`.
    @_lifetime(borrow self)
    package func bytes(of tensor: TensorInfo) -> RawSpan {
        unsafe _overrideLifetime(shard(of: tensor).bytes(of: tensor), borrowing: self)
    }

    /// Gives the memory of the tensor's pages back to the system; they are read again when needed.
    package func release(_ tensor: TensorInfo) { shard(of: tensor).release(tensor) }

    private func shard(of tensor: TensorInfo) -> SafetensorsFile {
        guard let place = places[tensor.name], tensors[place.tensor] == tensor else {
            preconditionFailure("a tensor of another file")
        }
        return shards[place.shard]
    }

    /// A JSON file of the folder; nil where there is none.
    /// - Throws: `WeightsError` where the file cannot be read or is no JSON.
    package func json(_ name: String) throws(WeightsError) -> JSONValue? {
        try FolderListing(path: path).json(name)
    }

    /// A file of the folder as it is; nil where there is none.
    /// - Throws: `WeightsError` where the file cannot be read.
    package func data(_ name: String) throws(WeightsError) -> [UInt8]? {
        try FolderListing(path: path).bytes(name)
    }

    /// A text file of the folder, without a byte order mark at its beginning; nil where there is none.
    /// - Throws: `WeightsError` where the file cannot be read or is no UTF-8.
    package func text(_ name: String) throws(WeightsError) -> String? {
        try FolderListing(path: path).text(name)
    }
}
