import JSON

/// `model.safetensors.index.json`: which shard holds which tensor.
struct ShardIndex {
    /// Path of the index, for errors.
    private let file: String
    /// File name of the shard of each tensor.
    private let shardOf: [String: String]
    /// File names of all shards, sorted.
    let shards: [String]

    init(_ json: JSONValue, file: String) throws(WeightsError) {
        guard let map = json["weight_map"]?.objectValue, !map.isEmpty else {
            throw WeightsError(file: file, reason: "there is no weight_map")
        }
        guard map.count <= CheckpointLimits.maximumTensors else {
            throw WeightsError(
                file: file,
                reason: "\(map.count) tensors are more than the \(CheckpointLimits.maximumTensors) that are accepted")
        }
        var shardOf: [String: String] = [:]
        for (name, value) in map {
            guard let shard = value.stringValue else {
                throw WeightsError(file: file, reason: "tensor \(Quotation.quoted(name)) has no file name")
            }
            try Self.check(shard, of: name, file)
            shardOf[name] = shard
        }
        self.file = file
        self.shardOf = shardOf
        shards = Set(shardOf.values).sorted()
        guard shards.count <= CheckpointLimits.maximumShards else {
            throw fail("\(shards.count) shards are more than the \(CheckpointLimits.maximumShards) that are accepted")
        }
    }

    /// A shard is a file of the folder itself, whatever the index says.
    private static func check(_ shard: String, of name: String, _ file: String) throws(WeightsError) {
        guard !shard.utf8.contains(UInt8(ascii: "/")), !shard.utf8.contains(0), shard.hasSuffix(".safetensors"),
            !shard.hasPrefix("."), shard.utf8.count <= 255
        else {
            throw WeightsError(
                file: file,
                reason: "tensor \(Quotation.quoted(name)) is said to be in \(Quotation.quoted(shard)), "
                    + "which is not the name of a safetensors file in this folder")
        }
    }

    /// Refuses shards that hold anything else than the index says; `tensors` has one list for each of `shards`.
    func check(_ tensors: [[TensorInfo]]) throws(WeightsError) {
        var seen: Set<String> = []
        for (shard, list) in zip(shards, tensors) {
            for tensor in list {
                guard let stated = shardOf[tensor.name] else {
                    throw fail("tensor \(Quotation.quoted(tensor.name)) of \(shard) is not in the index")
                }
                guard stated == shard else {
                    throw fail("tensor \(Quotation.quoted(tensor.name)) is said to be in \(stated), but is in \(shard)")
                }
                seen.insert(tensor.name)
            }
        }
        guard seen.count == shardOf.count else {
            let missing = shardOf.keys.filter { !seen.contains($0) }.sorted()
            let first = missing.first ?? ""
            throw fail(
                "tensor \(Quotation.quoted(first)) is said to be in \(shardOf[first] ?? ""), which does not hold it"
                    + (missing.count > 1 ? " (and \(missing.count - 1) more)" : ""))
        }
    }

    private func fail(_ reason: String) -> WeightsError { WeightsError(file: file, reason: reason) }
}
