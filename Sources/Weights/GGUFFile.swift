package import Platform

/// A GGUF file of version 2 or 3, mapped into memory and checked from end to end before anyone sees it.
///
/// The format is docs/gguf.md of ggml.
package final class GGUFFile: TensorFile {
    /// Path of the file, as it was given.
    package let path: String
    /// The layout that this type reads.
    package var layout: FileLayout { .gguf }
    /// The key-value part.
    package let metadata: ModelMetadata
    /// All tensors in the order of the file.
    package let tensors: [TensorInfo]
    private let positions: [String: Int]
    private let content: FileContent

    /// Maps the file and reads everything but the weights; the error names the key or tensor at fault.
    /// - Throws: `WeightsError` where the file cannot be mapped or is not a sound GGUF file.
    package convenience init(path: String) throws(WeightsError) {
        try self.init(FileContent(path: path), path: path)
    }

    /// Reads a file that is in memory already; `path` is only for errors.
    /// - Throws: `WeightsError` where the bytes are not a sound GGUF file.
    package convenience init(bytes: [UInt8], path: String) throws(WeightsError) {
        try self.init(.memory(bytes), path: path)
    }

    private init(_ content: FileContent, path: String) throws(WeightsError) {
        try content.refusePointer(path)
        var parser = unsafe GGUFParser(content.bytes, file: path)
        let table = try parser.parse()
        self.path = path
        self.content = content
        self.metadata = table.metadata
        self.tensors = table.tensors
        self.positions = Dictionary(uniqueKeysWithValues: zip(table.tensors.map(\.name), table.tensors.indices))
    }

    /// Size of the whole file.
    package var fileBytes: Int { content.count }

    /// Which state of which file this is.
    package var identities: [FileIdentity] { content.identities }

    /// The tensor of this name, if the file has it.
    package func tensor(_ name: String) -> TensorInfo? {
        positions[name].map { tensors[$0] }
    }

    /// The stored bytes of one of `tensors`.
    @_lifetime(borrow self)
    package func bytes(of tensor: TensorInfo) -> RawSpan {
        precondition(self.tensor(tensor.name) == tensor, "a tensor of another file")
        // The content lives exactly as long as this object.
        let span = unsafe content.bytes.extracting(tensor.byteOffset..<(tensor.byteOffset + tensor.byteCount))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Gives the memory of the tensor's pages back to the system; they are read again when needed.
    package func release(_ tensor: TensorInfo) {
        content.release(tensor.byteOffset..<(tensor.byteOffset + tensor.byteCount))
    }
}
