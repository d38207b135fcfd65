import Weights

/// Asks for the bytes of tensors some time before they are loaded, in the order of loading.
struct ReadAhead {
    private let file: any TensorFile
    private let tensors: [StoredTensor]
    private var askedTensors = 0
    private var askedBytes = 0
    /// The disk has work while a large matrix is packed, and little of the file is in memory that has to wait for it.
    private static let distanceBytes = 128 << 20

    init(_ blueprint: Blueprint) {
        file = blueprint.file
        tensors = blueprint.stored
    }

    /// So many bytes of the file have been loaded.
    mutating func advance(loadedBytes: Int) {
        while askedTensors < tensors.count, askedBytes - loadedBytes < Self.distanceBytes {
            let tensor = tensors[askedTensors]
            file.prefetch(tensor.info)
            askedTensors += 1
            askedBytes += tensor.byteRange.count
        }
    }
}
