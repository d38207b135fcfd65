import Foundation
import JSON
import Weights

/// A small checkpoint folder, to be bent and broken by tests.
struct Checkpoint {
    /// One tensor of a shard: as the header is to describe it, and how many bytes it has.
    struct Tensor {
        var dtype = "F32"
        var shape: [Int] = [2]
        var bytes = 8
        /// Other offsets than those that follow from the bytes.
        var offsets: [Int]?
    }

    /// `config.json`.
    var configuration: JSONValue? = ["architectures": ["Qwen2ForCausalLM"], "hidden_size": 16]
    /// Shards by file name, each a list of tensors in order.
    var shards: [(name: String, tensors: [(String, Tensor)])] = [
        ("model.safetensors", [("a", Tensor()), ("b", Tensor())])
    ]
    /// `weight_map` of the index, if there is to be one.
    var index: JSONValue?
    /// Files that are written as they are.
    var files: [String: [UInt8]] = [:]

    /// The bytes of a safetensors file; `header` replaces the one that fits.
    static func shard(_ tensors: [(String, Tensor)], header: String? = nil) -> [UInt8] {
        var table = JSONObject()
        var start = 0
        for (name, tensor) in tensors {
            let offsets = tensor.offsets ?? [start, start + tensor.bytes]
            table[name] = [
                "dtype": .string(tensor.dtype), "shape": .array(tensor.shape.map { .int(Int64($0)) }),
                "data_offsets": .array(offsets.map { .int(Int64($0)) }),
            ]
            start += tensor.bytes
        }
        let text = Array((header ?? JSONValue.object(table).serialized()).utf8)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
        return length + text + [UInt8](repeating: 1, count: start)
    }

    /// Writes the folder and opens it; the folder is gone when `body` is done.
    func open<Result>(_ body: (CheckpointFolder) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var all = files
        if let configuration { all["config.json"] = Array(configuration.serialized().utf8) }
        for shard in shards where all[shard.name] == nil { all[shard.name] = Self.shard(shard.tensors) }
        if let index { all["model.safetensors.index.json"] = Array(index.serialized().utf8) }
        for (name, bytes) in all { try Data(bytes).write(to: folder.appendingPathComponent(name)) }
        return try body(CheckpointFolder(path: folder.path))
    }
}
