import Platform

/// A GGUF file of version 2 or 3, mapped into memory and checked from end to end before anyone sees it.
package final class GGUFFile: TensorFile {
    package let path: String
    package let metadata: ModelMetadata
    package let tensors: [TensorInfo]
    private let positions: [String: Int]
    private let mapping: MappedFile

    /// Maps the file and reads everything but the weights; the error names the key or tensor at fault.
    package init(path: String) throws(WeightsError) {
        let mapping: MappedFile
        do {
            mapping = try MappedFile(path: path)
        } catch {
            throw WeightsError(file: path, reason: "\(error)")
        }
        var parser = GGUFParser(mapping.bytes, file: path)
        let content = try parser.parse()
        self.path = path
        self.mapping = mapping
        self.metadata = content.metadata
        self.tensors = content.tensors
        self.positions = Dictionary(uniqueKeysWithValues: zip(content.tensors.map(\.name), content.tensors.indices))
    }

    package var fileBytes: Int { mapping.count }

    package func tensor(_ name: String) -> TensorInfo? {
        positions[name].map { tensors[$0] }
    }

    @_lifetime(borrow self)
    package func bytes(of tensor: TensorInfo) -> RawSpan {
        precondition(self.tensor(tensor.name) == tensor, "a tensor of another file")
        let span = unsafe mapping.bytesForOwner.extracting(tensor.byteOffset..<(tensor.byteOffset + tensor.byteCount))
        // The mapping lives exactly as long as this object.
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    package func release(_ tensor: TensorInfo) {
        mapping.release(tensor.byteOffset..<(tensor.byteOffset + tensor.byteCount))
    }
}
