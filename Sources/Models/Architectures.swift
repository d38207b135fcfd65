package import Weights

/// The families of models that can be served: one line each.
package enum Architectures {
    /// All of them.
    package static let all: [ArchitectureSpec] =
        [.llama, .qwen2, .qwen3, .llamaCheckpoint, .mistralCheckpoint, .qwen2Checkpoint, .qwen3Checkpoint, .mimo]
        + ArchitectureSpec.omni

    /// The family of a file; the error lists the supported ones.
    /// - Throws: `WeightsError` where the family is unknown or its metadata does not fit.
    package static func spec(of file: any TensorFile) throws(WeightsError) -> ArchitectureSpec {
        let key = "general.architecture"
        guard let name = try file.metadata.string(key) else { throw file.metadata.fail(key, "is missing") }
        let known = all.filter { $0.layout == file.layout }
        guard let spec = known.first(where: { $0.name == name }) else {
            let supported = known.map(\.name).joined(separator: ", ")
            throw file.metadata.fail(
                key, "architecture \(Quotation.quoted(name)) is not supported; supported are \(supported)")
        }
        return spec
    }
}
