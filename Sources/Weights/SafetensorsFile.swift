package import Platform

/// One safetensors file, mapped into memory; its table is checked from end to end before anyone sees it.
package final class SafetensorsFile: Sendable {
    /// Path of the file, as it was given.
    package let path: String
    /// All tensors in the order of the file.
    package let tensors: [TensorInfo]
    private let content: FileContent

    /// Maps the file and reads everything but the weights; the error names the tensor at fault.
    /// - Throws: `WeightsError` where the file cannot be mapped or is not a sound safetensors file.
    package convenience init(path: String) throws(WeightsError) {
        try self.init(FileContent(path: path), path: path)
    }

    /// Reads a file that is in memory already; `path` is only for errors.
    /// - Throws: `WeightsError` where the bytes are not a sound safetensors file.
    package convenience init(bytes: [UInt8], path: String) throws(WeightsError) {
        try self.init(.memory(bytes), path: path)
    }

    private init(_ content: FileContent, path: String) throws(WeightsError) {
        try content.refusePointer(path)
        self.tensors = try unsafe SafetensorsHeader(file: path, fileBytes: content.count).tensors(content.bytes)
        self.path = path
        self.content = content
    }

    /// Which state of which file this is.
    package var identities: [FileIdentity] { content.identities }

    /// Size of the file.
    package var fileBytes: Int { content.count }

    /// The stored bytes of one of `tensors`; nothing of another file may be asked for.
    @_lifetime(borrow self)
    package func bytes(of tensor: TensorInfo) -> RawSpan {
        // The content lives exactly as long as this object.
        let span = unsafe content.bytes.extracting(tensor.byteOffset..<(tensor.byteOffset + tensor.byteCount))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Gives the memory of the tensor's pages back to the system; they are read again when needed.
    package func release(_ tensor: TensorInfo) {
        content.release(tensor.byteOffset..<(tensor.byteOffset + tensor.byteCount))
    }
}
