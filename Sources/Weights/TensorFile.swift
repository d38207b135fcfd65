package import Platform

/// A file of named tensors and the metadata that explains them.
package protocol TensorFile: AnyObject, Sendable {
    /// Path of the file, for errors and for people.
    var path: String { get }
    /// Size of the whole file.
    var fileBytes: Int { get }
    /// What keys and tensors are called.
    var layout: FileLayout { get }
    /// Which state of which files this is; empty where the bytes are in memory only.
    var identities: [FileIdentity] { get }
    /// The key-value part.
    var metadata: ModelMetadata { get }
    /// All tensors in the order of the file.
    var tensors: [TensorInfo] { get }
    /// The tensor of this name, if the file has it.
    func tensor(_ name: String) -> TensorInfo?
    /// The stored bytes of one of `tensors`; any other argument is a mistake of the caller.
    @_lifetime(borrow self)
    func bytes(of tensor: TensorInfo) -> RawSpan
    /// Says that these bytes will hardly be read again, so that their memory can be given back.
    func release(_ tensor: TensorInfo)
}

/// Whose names a model's keys and tensors have.
package enum FileLayout: Sendable {
    /// One GGUF file.
    case gguf
    /// A folder as Hugging Face publishes models: `config.json` and safetensors.
    case checkpoint
}

/// Name, shape and place of one tensor.
package struct TensorInfo: Sendable, Equatable {
    /// Name as stored, such as `blk.0.attn_q.weight` or `model.layers.0.self_attn.q_proj.weight`.
    package let name: String
    /// Extents, innermost first: a matrix of a linear layer is [inputs, outputs].
    package let dimensions: [Int]
    /// Storage of the elements.
    package let type: TensorType
    /// First byte, counted from the start of the file, or of the shard that holds the tensor.
    package let byteOffset: Int
    /// Stored size; `byteOffset + byteCount` is within the file.
    package let byteCount: Int

    /// Product of the extents.
    package var elements: Int { dimensions.reduce(1, *) }

    /// The extents for people: `[576, 1536]`.
    package var shapeText: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
